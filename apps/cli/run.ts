/**
 * `onefold run`: a configuration becomes a run, and the run is conducted to its end.
 */
import { Effect } from "effect"
import { RunConfig } from "../../schemas/run-config.ts"
import { type LoraFlags, loraOf, trainedLayout } from "./adapter.ts"
import { type Base, loadBase, miniatureBase, nameOfModel } from "./base.ts"
import { beginRun, configText } from "./begin-run.ts"
import type { BenchmarkFlags } from "./benchmark-flags.ts"
import { checkComputing } from "./computing.ts"
import { criticInitial } from "./critic-settings.ts"
import { openDataFolder } from "./data-folder.ts"
import { benchmarkOf, engineWorkers, questionsOf, services } from "./embedded.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { checkWritable, limitsOf } from "./examples.ts"
import { checkRoom, readProblems } from "./held-out.ts"
import { writeText } from "./json-lines.ts"
import { modelFolder } from "./model-folder.ts"
import { afterExample, asChat, asLine, asText } from "./notation.ts"
import { paperConfig, planOf } from "./plan.ts"
import { type Choices, configOf, isMiniature, type Overrides } from "./presets.ts"
import { type ChosenRecipe, findRecipe } from "./recipes/catalogue.ts"
import { paperModels } from "./recipes/models.ts"
import { reporter } from "./reporter.ts"
import { keepingOf } from "./retention/keeping.ts"
import { choiceOf, choiceOver, resolveReward } from "./reward.ts"
import type { RewardFlags } from "./reward-flags.ts"
import { type SheetTest, withTests } from "./run-tests.ts"
import { settingsOf, withoutLora } from "./settings.ts"
import { largestCohort, slotsFor } from "./slots.ts"
import { tellEnding } from "./telling.ts"
import { trainingOf } from "./training.ts"
import { trainingSetFor } from "./training-data.ts"

export interface RunOptions extends LoraFlags, RewardFlags, BenchmarkFlags {
  /** What to train on: a name or a file; null: the recipe's, all of --data, or the default. */
  readonly example: string | null
  /** What an example "rank:K" is the K-th of: a file of accuracies or a run. */
  readonly from: string | null
  /** A training set: a file, or a data set of the hub. */
  readonly data: string | null
  /** An experiment of the paper. */
  readonly recipe: string | null
  /** The folder of a model, or its id on the hub; null for the miniature. */
  readonly model: string | null
  /** Prompts are what a user says. */
  readonly chat: boolean
  /** A file of held-out problems; null for the preset's. */
  readonly problems: string | null
  /** Null: `mini` for the miniature, `model` for another model. */
  readonly preset: string | null
  readonly overrides: Overrides
  /** What stays on the disk; null: everything. */
  readonly keep: string | null
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
  chat ? asChat(folder) : isMiniature(preset) ? asLine(folder) : asText(folder, tokenizer)

const presetOf = ({ model, preset }: RunOptions): string => preset ?? (model === null ? "mini" : "model")

/** The slots that the free memory allows become a setting of the run, since its bits depend on them. */
const withSlots = Effect.fn("run.withSlots")(function* (
  config: RunConfig,
  tests: ReadonlyArray<SheetTest>,
  base: Base,
  cacheBytes: number | null
) {
  if (config.slots !== undefined) return config
  const benchmarks = yield* Effect.forEach(tests, ({ sheet, test }) => benchmarkOf(test, sheet, base.tokenizer))
  const largest = largestCohort(config, { ...(yield* questionsOf(config, base)), benchmarks })
  const slots = yield* slotsFor(base.config, largest, cacheBytes, engineWorkers)
  return slots === null ? config : new RunConfig({ ...config, slots })
})

/** What fits one event, which a run begins with. */
const longestConfig = 900_000

/** Refuses what the model cannot read, or could not be rewarded for; of a set, some answers may be such. */
const checkPrompts = Effect.fn("run.checkPrompts")(function* (config: RunConfig, options: RunOptions, base: Base) {
  const { prompts } = config
  const limits = limitsOf(config, base.config.maxPositions)
  for (const prompt of prompts)
    yield* checkWritable(
      prompts.length === 1 ? (options.example ?? prompt.promptId) : prompt.promptId,
      prompt,
      base.tokenizer,
      limits
    )
  const length = configText(config).length
  if (length > longestConfig)
    return yield* new ExampleUnusable({
      example: options.data ?? options.recipe ?? "the run",
      reason: "too-long",
      detail: `with its ${prompts.length} examples the configuration has ${length} characters, and at most ${longestConfig} fit the event that a run begins with`,
      next: "Take a part of the set"
    })
})

/** With tests and slots: what all else must be settled for. */
const completed = Effect.fn("run.completed")(function* (config: RunConfig, options: RunOptions, base: Base) {
  const tested = yield* withTests(config, options, options.overrides.maxTokens, base)
  const complete = yield* withSlots(tested.config, tested.tests, base, options.cacheBytes)
  return { config: complete, sheets: tested.tests.map(({ sheet }) => sheet) }
})

const unknownRewardOf = ({ unknownReward }: RunOptions): Overrides => (unknownReward === null ? {} : { unknownReward })

/** Everything that can be refused is refused here, before anything is written. */
const resolve = Effect.fn("run.resolve")(function* (options: RunOptions, recipe: ChosenRecipe | null, base: Base) {
  const { asked: askedLora, rest } = withoutLora(yield* settingsOf(options.set))
  const seed = typeof rest.seed === "number" ? rest.seed : options.seed
  const lora = yield* loraOf({ ...options, ...askedLora }, base.config, seed)
  const preset = presetOf(options)
  const miniature = isMiniature(preset)
  const notation = notationOf(options, preset, base)
  const { chat, data, dataDir, example, from } = options
  const set = yield* trainingSetFor({ data, example, recipe }, miniature)
  const training = yield* trainingOf({ example, recipe, seed, set, miniature, notation, chat, from, dataDir })
  const { shown } = training
  const asked = shown === null ? notation : afterExample(notation, shown)
  const problems = options.problems === null ? null : yield* readProblems(options.problems, asked)
  // What is paid for: the recipe's, over it what flags say, over that --set. Labels follow from it.
  const paid = choiceOver(yield* choiceOf(options, training.reward), rest)
  const reward = yield* resolveReward(paid.choice, training.prompts, seed)
  const plain: Choices = {
    preset,
    prompts: reward.prompts,
    model: { name: nameOfModel(base.folder), hash: base.weightsHash },
    steps: null,
    seed,
    testSeed: options.testSeed,
    recipe: training.settings,
    criticInitial: criticInitial(base)
  }
  const config = yield* configOf({
    ...plain,
    // The reward is settled with its parameters, which do not mix with another one's.
    recipe: (of) => ({ ...training.settings(of), reward: null, rewardParameters: null }),
    steps: options.steps,
    ...(problems === null ? {} : { problems }),
    overrides: {
      ...options.overrides,
      ...reward.settings,
      ...unknownRewardOf(options),
      ...(yield* keepingOf(options.keep, options.overrides.snapshotEvery)),
      ...(lora === null ? {} : { lora })
    },
    set: paid.rest
  })
  yield* checkComputing(config, options.cacheBytes)
  yield* checkPrompts(config, options, base)
  for (const { answer, id, text } of problems ?? [])
    yield* checkWritable(`${options.problems}, ${id}`, { promptId: id, text, answer }, base.tokenizer, {
      contextLength: base.config.maxPositions,
      maxTokens: config.evaluation.maxTokens
    })
  yield* checkRoom(config, base)
  if (training.leftOut.length > 0)
    yield* Effect.logWarning(`left out, for they have no answer: ${training.leftOut.join(", ")}`)
  return { ...(yield* completed(config, options, base)), plain }
})

/** The plan of a run whose model lies on the hub: made without bringing it here. */
const planUnread = Effect.fn("run.planUnread")(function* (options: RunOptions, recipe: ChosenRecipe | null) {
  const model = paperModels[recipe?.model ?? "1.5b"]
  const preset = yield* paperConfig(recipe)
  const { rest: set } = withoutLora(yield* settingsOf(options.set))
  const config = yield* configOf({
    preset: "paper",
    prompts: preset.prompts,
    model: preset.model,
    steps: options.steps,
    seed: options.seed,
    testSeed: options.testSeed,
    recipe: () => ({ ...preset }),
    overrides: { ...options.overrides, ...unknownRewardOf(options) },
    set,
    criticInitial: Effect.succeed(preset.model.hash)
  })
  const sizes = { parameters: model.parameters, trained: model.parameters }
  return yield* planOf({ config, preset, recipe, sizes, unread: ["model", "training set"] })
})

/** Whether a plan can do without the model's files: nothing was asked that has to be read or measured with them. */
const namesOnly = ({ cacheBytes, data, example, from, problems, set, ...options }: RunOptions): boolean => {
  const { benchmarks, label, loraAlpha, loraRank, loraTargets, reward, rewardSet, validation } = options
  const asked = [cacheBytes, label, loraAlpha, loraRank, loraTargets, reward]
  const read = [data, example, from, problems, benchmarks, validation === "none" ? null : validation, ...asked]
  return (
    read.every((each) => each === null) && rewardSet.length === 0 && !set.some((each) => /^(lora|reward)/.test(each))
  )
}

const print = (plan: unknown, json: boolean) => writeText(`${JSON.stringify(plan, null, json ? 0 : 2)}\n`)

/** A run that can be begun; null where only its plan was asked for, which is printed. */
export const preparedRun = Effect.fn("run.prepared")(function* (options: RunOptions) {
  const recipe = options.recipe === null ? null : yield* findRecipe(options.recipe)
  const onHub = options.model === null && presetOf(options) === "paper"
  if (onHub && options.dryRun && namesOnly(options)) {
    yield* print(yield* planUnread(options, recipe), options.json)
    return null
  }
  const named = onHub ? paperModels[recipe?.model ?? "1.5b"].hub : options.model
  const base = yield* loadBase(named === null ? miniatureBase : yield* modelFolder(named))
  const { config, plain, sheets } = yield* resolve(options, recipe, base)
  if (!options.dryRun) return { base, config, sheets }
  const sizes = { parameters: base.layout.size, trained: trainedLayout(base.config, config).size }
  yield* print(yield* planOf({ config, preset: yield* configOf(plain), recipe, sizes }), options.json)
  return null
})

export const run = Effect.fn("run")(function* (options: RunOptions) {
  const prepared = yield* preparedRun(options)
  if (prepared === null) return
  const { base, config } = prepared
  const folder = yield* openDataFolder(options.dataDir)
  const telling = reporter({ json: options.json })
  return yield* beginRun({ ...prepared, folder, reporter: telling }).pipe(
    Effect.flatMap(({ ending, run }) => tellEnding({ ending, run, folder, reporter: telling, json: options.json })),
    Effect.provide(services(folder, base, config))
  )
})
