/**
 * An evaluation as a run: no updates, no examples, and the tests that its one policy sits.
 */
import { createHash } from "node:crypto"
import { Effect, Schema } from "effect"
import { readSheet } from "../../../learning/datasets/benchmarks/sheet.ts"
import type { CohortSize } from "../../../learning/policy/generation/slot-count.ts"
import { evaluationRows } from "../../../pipelines/update/schedule.ts"
import type { BenchmarkTest } from "../../../schemas/evaluation-config.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import type { Base } from "../base.ts"
import { configText } from "../begin-run.ts"
import type { MadeTest } from "../benchmark-tests.ts"
import { SettingsContradictory } from "../presets.ts"
import { evaluationPreset } from "./is-evaluation.ts"
import type { Subject } from "./subject.ts"

export interface EvaluationSettings {
  readonly testSeed: number
  readonly perFamily: number
  /** Answers sampled side by side; null: by the model. */
  readonly rows: number | null
  readonly reflectionWords: ReadonlyArray<string> | null
  /** How it computes, where that was said. */
  readonly computing: Partial<Pick<RunConfig, "slots" | "precision" | "intraOpThreads">>
}

/** The schema asks for them; with no step they say nothing. */
const untrained = {
  ...{ prompts: [], seed: 0, steps: 0, copies: 1, groupSize: 8, cohorts: 1, shards: 1, temperature: 1, maxTokens: 1 },
  ...{ maxStaleness: 0, learningRate: 0, weightDecay: 0, beta1: 0.9, beta2: 0.999, adamEpsilon: 1e-8 },
  ...{ maxGradientNorm: 1, policyCoefficient: 1, clip: 0.2, klCoefficient: 0, entropyCoefficient: 0 },
  ...{ reward: "outcome", unknownReward: "zero", snapshotEvery: 1 }
} as const

/** Long answers side by side need memory, and a kill costs the answers of a cohort: fewer than the miniature's 240. */
const rowsOfOthers = 64

/** The configuration as it was asked for. Fails with SettingsContradictory. */
export const evaluationConfig = (
  { lora, model }: Subject,
  tests: ReadonlyArray<BenchmarkTest>,
  isMiniature: boolean,
  { computing, perFamily, reflectionWords, rows, testSeed }: EvaluationSettings
) =>
  Schema.decodeUnknownEffect(RunConfig)({
    ...untrained,
    ...computing,
    preset: evaluationPreset,
    model,
    ...(lora === undefined ? {} : { lora }),
    evaluation: {
      ...{ everySteps: 1, testSeed, problemsPerFamily: perFamily, samples: 1, temperature: 0, problems: [] },
      maxTokens: tests.reduce((most, { maxTokens }) => Math.max(most, maxTokens), 1),
      rows: rows ?? (isMiniature ? evaluationRows : rowsOfOthers),
      benchmarks: tests,
      ...(reflectionWords === null ? {} : { reflectionWords })
    }
  }).pipe(Effect.mapError(({ message }) => new SettingsContradictory({ detail: message.replace(/\s+/g, " ") })))

const longestTitle = 50

/** The name follows from what was asked, so the same command finds what it began before. */
export const evaluationName = (config: RunConfig, { base, title }: Subject): RunId => {
  const identity = createHash("sha256")
    .update(JSON.stringify([configText(config), base.tokenizerHash]))
    .digest("hex")
  const slug = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, longestTitle)
    .replace(/^-+|-+$/g, "")
  return RunId.make(["eval", ...(slug === "" ? [] : [slug]), identity.slice(0, 8)].join("-"))
}

/** The same but for what a machine's free memory settles. */
export const isSameEvaluation = (recorded: RunConfig, asked: RunConfig): boolean => {
  const { slots: _, ...shared } = recorded
  const settled = asked.slots === undefined ? new RunConfig(shared) : recorded
  return configText(settled) === configText(asked)
}

/** The largest cohort of an evaluation: its longest prompt, its longest answers, its most answers at once. */
export const largestTestCohort = Effect.fn("evaluationConfig.largestCohort")(function* (
  { evaluation }: RunConfig,
  made: ReadonlyArray<MadeTest>,
  { config, tokenizer }: Base
) {
  let size: CohortSize = { columns: 1, maxTokens: 1, sequences: 1 }
  for (const { sheet, test } of made) {
    let columns = 1
    for (const { text } of yield* readSheet(sheet, test.sheet))
      columns = Math.max(columns, (yield* tokenizer.encode(text)).length)
    const perCohort = Math.max(1, Math.floor((evaluation.rows ?? evaluationRows) / test.samples))
    size = {
      columns: Math.max(size.columns, columns),
      maxTokens: Math.max(size.maxTokens, Math.min(test.maxTokens, config.maxPositions - columns)),
      sequences: Math.max(size.sequences, Math.min(perCohort, test.count) * test.samples)
    }
  }
  return size
})
