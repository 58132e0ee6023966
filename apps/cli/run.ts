/**
 * `onefold run`: a configuration becomes a run, and the run is conducted to its end.
 */
import { Effect } from "effect"
import type { RunConfig } from "../../schemas/run-config.ts"
import { askedBackend } from "./backend.ts"
import { type Base, loadBase, miniatureBase } from "./base.ts"
import { beginRun, configText } from "./begin-run.ts"
import { openDataFolder } from "./data-folder.ts"
import { services } from "./embedded.ts"
import { checkWritable, findExample } from "./examples.ts"
import { configOf } from "./presets.ts"
import { reporter } from "./reporter.ts"
import { tellEnding } from "./telling.ts"

export interface RunOptions {
  readonly example: string
  readonly preset: string
  readonly steps: number | null
  readonly seed: number
  readonly testSeed: number
  readonly dataDir: string
  readonly json: boolean
  readonly dryRun: boolean
}

/** Everything that can be refused is refused here, before anything is written. */
const resolve = Effect.fn("run.resolve")(function* (options: RunOptions, base: Base) {
  yield* askedBackend
  const example = yield* findExample(options.example)
  const config = yield* configOf({
    preset: options.preset,
    prompts: [example],
    model: { name: "miniature", hash: base.weightsHash },
    steps: options.steps,
    seed: options.seed,
    testSeed: options.testSeed
  })
  yield* checkWritable(options.example, example, base.tokenizer, {
    contextLength: base.config.maxPositions,
    maxTokens: config.maxTokens
  })
  return config
})

/** What a run like this will leave behind. */
const estimate = (config: RunConfig, base: Base) => {
  const rollouts = config.prompts.length * config.copies * config.groupSize
  const weights = base.weights.length
  const eventsPerStep = 2 * rollouts + config.cohorts + 2 * config.shards + 1
  return {
    rolloutsPerStep: rollouts,
    events: eventsPerStep * config.steps,
    megabytes: Math.round((config.steps * weights * (config.shards + 1 + 3 / config.snapshotEvery)) / 1e6)
  }
}

export const run = Effect.fn("run")(function* (options: RunOptions) {
  const base = yield* loadBase(miniatureBase)
  const config = yield* resolve(options, base)
  if (options.dryRun) {
    const plan = { type: "plan", config: JSON.parse(configText(config)), estimate: estimate(config, base) }
    return yield* Effect.sync(() => process.stdout.write(`${JSON.stringify(plan, null, options.json ? 0 : 2)}\n`))
  }
  const folder = yield* openDataFolder(options.dataDir)
  const telling = reporter({ json: options.json })
  return yield* beginRun({ config, base, folder, reporter: telling }).pipe(
    Effect.flatMap(({ ending, run }) => tellEnding({ ending, run, folder, reporter: telling })),
    Effect.provide(services(folder, base))
  )
})
