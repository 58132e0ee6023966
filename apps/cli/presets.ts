/**
 * Presets: complete settings by name. `paper` is the seed's method as its script runs it (One-Shot-RLVR,
 * training_1.5b_pi1_r128.sh). `mini` is that method on the miniature: the same losses and switches, with sizes, learning
 * rate and temperature of a 208,448-parameter model. `model` is the same on a real language model, with sizes that 135
 * million parameters and two cores can bear.
 *
 * What a preset says is replaced by what lies over it: the data's copies and a recipe's settings, then flags, then --set.
 */
import { Effect, Schema } from "effect"
import { nearest } from "../../learning/nearest.ts"
import type { CheckpointInvalid } from "../../learning/policy/checkpoint/checkpoint-invalid.ts"
import { largestInt } from "../../schemas/ids.ts"
import { type Keeping, type Lora, RunConfig } from "../../schemas/run-config.ts"
import { type CriticBeginning, completeCritic } from "./critic-settings.ts"
import { checkBetween, checkCount, checkSeed } from "./ranges.ts"
import { layered, type Settings } from "./settings.ts"

/** Whether a preset is of the miniature: its prompts are lines in its own notation. */
export const isMiniature = (preset: string): boolean => preset === "mini" || preset === "smoke"

/** What `onefold run` trains on unless told otherwise; chosen on development seeds. */
export const defaultExample = "two:1"

export const presetNames = ["mini", "smoke", "model", "paper"] as const
export type PresetName = (typeof presetNames)[number]

export class UnknownPreset extends Schema.TaggedError<UnknownPreset>()("UnknownPreset", {
  name: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    return `there is no preset "${this.name}"; did you mean "${this.suggestion}"? Known: ${presetNames.join(", ")}`
  }
}

/** Settings that are each in order but do not go together: more shards than rollouts, and the like. */
export class SettingsContradictory extends Schema.TaggedError<SettingsContradictory>()("SettingsContradictory", {
  detail: Schema.String
}) {
  override get message(): string {
    return `these settings do not go together: ${this.detail}`
  }
}

/** Settings of a preset that may be replaced one by one. */
export interface Overrides {
  readonly copies?: number
  readonly groupSize?: number
  readonly cohorts?: number
  readonly shards?: number
  readonly maxTokens?: number
  readonly snapshotEvery?: number
  readonly temperature?: number
  readonly learningRate?: number
  readonly slots?: number
  readonly microBatch?: number
  readonly intraOpThreads?: number
  readonly recompute?: boolean
  readonly precision?: NonNullable<RunConfig["precision"]>
  readonly lora?: Lora
  readonly reward?: string
  readonly rewardParameters?: NonNullable<RunConfig["rewardParameters"]>
  readonly rewardFile?: NonNullable<RunConfig["rewardFile"]>
  readonly unknownReward?: RunConfig["unknownReward"]
  readonly keep?: Keeping
  readonly grader?: NonNullable<RunConfig["grader"]>
}

export interface Choices {
  readonly preset: string
  readonly prompts: RunConfig["prompts"]
  readonly model: RunConfig["model"]
  readonly steps: number | null
  readonly seed: number
  readonly testSeed: number
  /** The run's own held-out problems; the preset's where left out. */
  readonly problems?: NonNullable<RunConfig["evaluation"]["problems"]>
  /** What a recipe and a training set change of the preset, by what the preset says. */
  readonly recipe?: (preset: RunConfig) => Settings
  readonly overrides?: Overrides
  /** What --set says. */
  readonly set?: Settings
  /** Where a critic begins, asked where there is to be one. */
  readonly criticInitial?: Effect.Effect<CriticBeginning, CheckpointInvalid>
}

/** The miniature's settings; where the paper's differ, the comment says so. */
const mini = ({ model, prompts, seed, testSeed }: Choices): RunConfig =>
  new RunConfig({
    preset: "mini",
    prompts,
    model,
    seed,
    // 128 copies in groups of 8 in the paper; 16 here.
    copies: 16,
    groupSize: 8,
    cohorts: 2,
    shards: 4,
    // 2000 in the paper.
    steps: 60,
    // 0.6 in the paper; the miniature explores too little below 1.
    temperature: 1,
    // 3072 in the paper.
    maxTokens: 56,
    maxStaleness: 0,
    // 1e-6 in the paper.
    learningRate: 3e-4,
    weightDecay: 0.01,
    beta1: 0.9,
    beta2: 0.999,
    adamEpsilon: 1e-8,
    maxGradientNorm: 1,
    policyCoefficient: 1,
    clip: 0.2,
    klCoefficient: 0.001,
    entropyCoefficient: 0.001,
    reward: "outcome",
    unknownReward: "zero",
    snapshotEvery: 10,
    evaluation: {
      everySteps: 10,
      testSeed,
      problemsPerFamily: 50,
      samples: 8,
      temperature: 0.6,
      maxTokens: 56
    }
  })

/** The miniature in seconds: does an installation work? Too short to learn much. */
const smoke = (choices: Choices): RunConfig => {
  const settings = mini(choices)
  return new RunConfig({
    ...settings,
    preset: "smoke",
    copies: 4,
    steps: 6,
    snapshotEvery: 4,
    evaluation: { ...settings.evaluation, everySteps: 3, problemsPerFamily: 2, samples: 2 }
  })
}

/** A real language model: it answers in words, so it needs room, and its memory is what is short. */
const model = (choices: Choices): RunConfig => {
  const settings = mini(choices)
  return new RunConfig({
    ...settings,
    preset: "model",
    copies: 2,
    groupSize: 4,
    shards: 2,
    steps: 10,
    // As in the paper.
    temperature: 0.6,
    // As in the paper.
    learningRate: 1e-6,
    maxTokens: 64,
    snapshotEvery: 5,
    // A gradient takes no more memory where copies or groups grow.
    microBatch: 4,
    evaluation: { ...settings.evaluation, everySteps: 5, maxTokens: 64, problems: [], rows: 16 }
  })
}

/** The seed's own settings, as its code runs them; the sizes of our own parts are guesses for large devices. */
const paper = (choices: Choices): RunConfig => {
  const settings = mini(choices)
  return new RunConfig({
    ...settings,
    preset: "paper",
    copies: 128,
    groupSize: 8,
    cohorts: 8,
    shards: 8,
    steps: 2000,
    temperature: 0.6,
    maxTokens: 3072,
    learningRate: 1e-6,
    oldLogProbs: "recomputed",
    aggregation: "verl-microbatch",
    // Whose code the paper's training reward is.
    grader: "deepscaler",
    snapshotEvery: 20,
    microBatch: 4,
    recompute: true,
    evaluation: { ...settings.evaluation, everySteps: 20, maxTokens: 3072, problems: [], rows: 64 }
  })
}

const presets: Readonly<Record<PresetName, (choices: Choices) => RunConfig>> = { mini, smoke, model, paper }

export const isPreset = (name: string): name is PresetName => presetNames.some((known) => known === name)

const presetOf = Effect.fn("presets.of")(function* (choices: Choices) {
  if (isPreset(choices.preset)) return presets[choices.preset](choices)
  return yield* new UnknownPreset({ name: choices.preset, suggestion: nearest(choices.preset, presetNames) })
})

const checkOverrides = Effect.fn("presets.checkOverrides")(function* (overrides: Overrides) {
  const { cohorts, copies, groupSize, learningRate, maxTokens, shards, snapshotEvery, temperature } = overrides
  const { intraOpThreads, microBatch, slots } = overrides
  const counts = {
    ...{ copies, cohorts, shards, slots, "max-tokens": maxTokens, "snapshot-every": snapshotEvery },
    ...{ "micro-batch": microBatch, "intra-op-threads": intraOpThreads }
  }
  for (const [name, value] of Object.entries(counts)) if (value !== undefined) yield* checkCount(`--${name}`, value)
  if (groupSize !== undefined) yield* checkBetween("--group-size", groupSize, 1, largestInt)
  if (temperature !== undefined) yield* checkBetween("--temperature", temperature, 0.001, 1000)
  if (learningRate !== undefined) yield* checkBetween("--learning-rate", learningRate, 0, 1)
})

const plain = Schema.encodeSync(RunConfig)

/** What flags say. Evaluations allow as many tokens as training does. */
const ofFlags = ({ overrides = {}, problems, steps }: Choices): Settings => ({
  ...overrides,
  ...(steps === null ? {} : { steps }),
  evaluation: {
    ...(problems === undefined ? {} : { problems }),
    ...(overrides.maxTokens === undefined ? {} : { maxTokens: overrides.maxTokens })
  }
})

/** The resolved configuration. Fails with UnknownPreset, OptionOutOfRange, SettingRefused or SettingsContradictory. */
export const configOf = Effect.fn("presets.configOf")(function* (choices: Choices) {
  yield* checkCount("--steps", choices.steps ?? 1)
  yield* checkSeed("--seed", choices.seed)
  yield* checkSeed("--test-seed", choices.testSeed)
  yield* checkOverrides(choices.overrides ?? {})
  const preset = yield* presetOf(choices)
  const layers = [choices.recipe?.(preset) ?? {}, ofFlags(choices), choices.set ?? {}]
  const settings = layers.reduce(layered, plain(preset))
  const complete = yield* completeCritic(settings, preset, choices.criticInitial)
  return yield* Effect.mapError(
    Schema.decodeUnknownEffect(RunConfig)(complete),
    ({ message }) => new SettingsContradictory({ detail: message })
  )
})
