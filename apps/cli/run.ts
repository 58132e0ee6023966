/**
 * `onefold run`: a configuration becomes a run, and the run is conducted to its end.
 */
import { Effect } from "effect"
import { chooseBackend } from "../../learning/policy/tensors/installation.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import { type LoraFlags, loraOf, trainedLayout } from "./adapter.ts"
import { askedBackend } from "./backend.ts"
import { type Base, loadBase, miniatureBase, nameOfModel } from "./base.ts"
import { beginRun, configText } from "./begin-run.ts"
import { criticInitial } from "./critic-settings.ts"
import { openDataFolder } from "./data-folder.ts"
import { engineWorkers, questionsOf, services } from "./embedded.ts"
import { checkWritable, findExample } from "./examples.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { readProblems } from "./held-out.ts"
import { modelFolder } from "./model-folder.ts"
import { asChat, asLine, asText } from "./notation.ts"
import { configOf, type Overrides } from "./presets.ts"
import { reporter } from "./reporter.ts"
import { choiceOf, resolveReward } from "./reward.ts"
import type { RewardFlags } from "./reward-flags.ts"
import { settingsOf, withoutLora } from "./settings.ts"
import { checkSlots, largestCohort, slotsFor } from "./slots.ts"
import { tellEnding } from "./telling.ts"

export interface RunOptions extends LoraFlags, RewardFlags {
  readonly example: string
  /** What an example "rank:K" is the K-th of: a file of accuracies or a run. */
  readonly from: string | null
  /** The folder of a model, or its id on the hub; null for the miniature. */
  readonly model: string | null
  /** Prompts are what a user says. */
  readonly chat: boolean
  /** A file of held-out problems; null for the preset's. */
  readonly problems: string | null
  /** Null: `mini` for the miniature, `model` for another model. */
  readonly preset: string | null
  readonly overrides: Overrides
  /** Settings as they were typed, key=value. */
  readonly set: ReadonlyArray<string>
  /** For keys and values; null: a part of the memory that is free. */
  readonly cacheBytes: number | null
  readonly steps: number | null
  readonly seed: number
  readonly testSeed: number
  readonly dataDir: string
  readonly json: boolean
  readonly dryRun: boolean
}

/** The presets of the miniature write its notation. */
const notationOf = ({ chat }: RunOptions, preset: string, { folder, tokenizer }: Base) =>
  chat ? asChat(folder) : preset === "model" ? asText(folder, tokenizer) : asLine(folder)

/** Refuses what the backend cannot compute with, and flags that say the same thing twice. */
const checkComputing = Effect.fn("run.checkComputing")(function* (
  { precision, slots }: RunConfig,
  cacheBytes: number | null
) {
  const asked = yield* askedBackend
  yield* checkSlots({ slots: slots ?? null, cacheBytes })
  if (precision !== "bfloat16" || chooseBackend(asked.backend).backend === "tensorflow") return
  return yield* new OptionsConflict({
    reason:
      "--precision bfloat16 needs native TensorFlow, and there is only WebAssembly; leave it out, or see onefold doctor"
  })
})

/** The slots that the free memory allows become a setting of the run, since its bits depend on them. */
const withSlots = Effect.fn("run.withSlots")(function* (config: RunConfig, base: Base, cacheBytes: number | null) {
  if (config.slots !== undefined) return config
  const largest = largestCohort(config, yield* questionsOf(config, base))
  const slots = yield* slotsFor(base.config, largest, cacheBytes, engineWorkers)
  return slots === null ? config : new RunConfig({ ...config, slots })
})

/** Everything that can be refused is refused here, before anything is written. */
const resolve = Effect.fn("run.resolve")(function* (options: RunOptions, base: Base) {
  const { asked, rest: set } = withoutLora(yield* settingsOf(options.set))
  const seed = typeof set.seed === "number" ? set.seed : options.seed
  const lora = yield* loraOf({ ...options, ...asked }, base.config, seed)
  const preset = options.preset ?? (options.model === null ? "mini" : "model")
  const notation = notationOf(options, preset, base)
  const { dataDir, from } = options
  const example = yield* findExample(options.example, notation, { from, dataDir, findByIndex: null })
  const problems = options.problems === null ? null : yield* readProblems(options.problems, notation)
  const choice = yield* choiceOf(options, { reward: "outcome", parameters: {} })
  const { prompts, settings } = yield* resolveReward(choice, [example], seed)
  const unknownReward = options.unknownReward === null ? {} : { unknownReward: options.unknownReward }
  const config = yield* configOf({
    preset,
    prompts,
    model: { name: nameOfModel(base.folder), hash: base.weightsHash },
    steps: options.steps,
    seed,
    testSeed: options.testSeed,
    ...(problems === null ? {} : { problems }),
    overrides: { ...options.overrides, ...settings, ...unknownReward, ...(lora === null ? {} : { lora }) },
    set,
    criticInitial: criticInitial(base)
  })
  yield* checkComputing(config, options.cacheBytes)
  const contextLength = base.config.maxPositions
  for (const prompt of prompts)
    yield* checkWritable(options.example, prompt, base.tokenizer, { contextLength, maxTokens: config.maxTokens })
  for (const { answer, id, text } of problems ?? [])
    yield* checkWritable(`${options.problems}, ${id}`, { promptId: id, text, answer }, base.tokenizer, {
      contextLength,
      maxTokens: config.evaluation.maxTokens
    })
  return yield* withSlots(config, base, options.cacheBytes)
})

/** What a run like this will leave behind. */
const estimate = (config: RunConfig, base: Base) => {
  const rollouts = config.prompts.length * config.copies * config.groupSize
  const weights = 4 * trainedLayout(base.config, config).size
  const eventsPerStep = 2 * rollouts + config.cohorts + 2 * config.shards + 1
  return {
    rolloutsPerStep: rollouts,
    events: eventsPerStep * config.steps,
    megabytes: Math.round((config.steps * weights * (config.shards + 1 + 3 / config.snapshotEvery)) / 1e6)
  }
}

export const run = Effect.fn("run")(function* (options: RunOptions) {
  const base = yield* loadBase(options.model === null ? miniatureBase : yield* modelFolder(options.model))
  const config = yield* resolve(options, base)
  if (options.dryRun) {
    const plan = { type: "plan", config: JSON.parse(configText(config)), estimate: estimate(config, base) }
    return yield* Effect.sync(() => process.stdout.write(`${JSON.stringify(plan, null, options.json ? 0 : 2)}\n`))
  }
  const folder = yield* openDataFolder(options.dataDir)
  const telling = reporter({ json: options.json })
  return yield* beginRun({ config, base, folder, reporter: telling }).pipe(
    Effect.flatMap(({ ending, run }) => tellEnding({ ending, run, folder, reporter: telling })),
    Effect.provide(services(folder, base, config))
  )
})
