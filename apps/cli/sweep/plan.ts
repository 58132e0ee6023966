/**
 * The plan of a sweep: its runs with their names and configurations, which follow from what was asked for alone. So the
 * same command finds the runs it began before.
 */
import { createHash } from "node:crypto"
import { Effect } from "effect"
import { EvaluationConfig } from "../../../schemas/evaluation-config.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import { configText } from "../begin-run.ts"
import { findExample } from "../examples.ts"
import { configOf, defaultExample } from "../presets.ts"
import { choiceOver, resolveReward } from "../reward.ts"
import type { TrainingExample } from "../training-example.ts"
import { sweepSettings } from "./settings.ts"

export interface Asked {
  readonly preset: string
  readonly steps: number | null
  readonly testSeed: number
  readonly settings: ReadonlyArray<string>
  readonly examples: ReadonlyArray<TrainingExample>
  readonly seeds: ReadonlyArray<number>
  readonly model: RunConfig["model"]
  readonly tokenizerHash: string
}

export interface PlannedRun {
  readonly runId: RunId
  readonly config: RunConfig
}

export interface SweepPlan {
  /** What all runs share, as eight hexadecimal digits. */
  readonly identity: string
  /** The run that only evaluates the base, once for all. */
  readonly base: PlannedRun
  /** Example by example, and of each seed by seed. */
  readonly runs: ReadonlyArray<PlannedRun>
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")
const digits = (text: string): string => sha256(text).slice(0, 8)

/** What the runs of a sweep share: their settings but for example and seed, and how text becomes tokens. */
export const identityOf = (config: RunConfig, tokenizerHash: string): string => {
  const { prompts: _, seed: __, ...shared }: Readonly<Record<string, unknown>> = JSON.parse(configText(config))
  return digits(JSON.stringify([shared, tokenizerHash]))
}

/** An example's name within a run's: `two:1` is two-1; a name that would be long or ambiguous ends in its hash. */
export const slugOf = (promptId: string): string =>
  /^[a-z]{1,12}:[0-9a-f]{1,12}$/.test(promptId)
    ? promptId.replace(":", "-")
    : `${promptId
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, "-")
        .slice(0, 20)}-${digits(promptId)}`

const nameOf = (identity: string, rest: string) => RunId.make(`sweep-${identity}-${rest}`)

const withBase = (config: RunConfig, baseRun: RunId): RunConfig =>
  new RunConfig({ ...config, evaluation: new EvaluationConfig({ ...config.evaluation, baseRun }) })

/** Every run of the sweep. Fails where a setting cannot be had, before anything begins. */
export const planOf = Effect.fn("sweep.plan")(function* (asked: Asked) {
  const { examples, model, preset, seeds, settings, steps, testSeed, tokenizerHash } = asked
  const { choice, rest: set } = choiceOver({ reward: "outcome", parameters: {} }, yield* sweepSettings(settings))
  const configFor = (example: TrainingExample, seed: number) =>
    Effect.flatMap(resolveReward(choice, [example], seed), ({ prompts, settings: overrides }) =>
      configOf({ preset, prompts, model, steps, seed, testSeed, overrides, set })
    )
  const stem = yield* findExample(defaultExample)
  // The base trains on nothing; the schema asks for an example, and it has no label that another one's reward may have.
  const shared = new RunConfig({ ...(yield* configFor(examples[0] ?? stem, 0)), prompts: [stem] })
  const identity = identityOf(shared, tokenizerHash)
  const base: PlannedRun = { runId: nameOf(identity, "base"), config: new RunConfig({ ...shared, steps: 0 }) }
  const runs = yield* Effect.forEach(examples, (example) =>
    Effect.forEach(seeds, (seed) =>
      Effect.map(configFor(example, seed), (config): PlannedRun => {
        const runId = nameOf(identity, `${slugOf(example.promptId)}-s${seed}`)
        return { runId, config: withBase(config, base.runId) }
      })
    )
  )
  const plan: SweepPlan = { identity, base, runs: runs.flat() }
  return plan
})
