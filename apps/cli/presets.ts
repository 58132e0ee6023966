/**
 * Presets: complete settings by name. `mini` is the seed's method (One-Shot-RLVR, training_1.5b_pi1_r128.sh) on the
 * miniature: the same losses and switches, with sizes, learning rate and temperature of a 208,448-parameter model.
 */
import { Effect, Schema } from "effect"
import { RunConfig } from "../../schemas/run-config.ts"
import { nearest } from "./nearest.ts"
import { checkCount, checkSeed } from "./ranges.ts"

/** What `onefold run` trains on unless told otherwise; chosen on development seeds. */
export const defaultExample = "two:1"

export const presetNames = ["mini", "smoke"] as const

export class UnknownPreset extends Schema.TaggedError<UnknownPreset>()("UnknownPreset", {
  name: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    return `there is no preset "${this.name}"; did you mean "${this.suggestion}"? Known: ${presetNames.join(", ")}`
  }
}

export interface Choices {
  readonly preset: string
  readonly prompts: RunConfig["prompts"]
  readonly model: RunConfig["model"]
  readonly steps: number | null
  readonly seed: number
  readonly testSeed: number
}

/** The miniature's settings; where the paper's differ, the comment says so. */
const mini = ({ model, prompts, seed, steps, testSeed }: Choices): RunConfig =>
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
    steps: steps ?? 60,
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
    steps: choices.steps ?? 6,
    snapshotEvery: 4,
    evaluation: { ...settings.evaluation, everySteps: 3, problemsPerFamily: 2, samples: 2 }
  })
}

/** The resolved configuration. Fails with UnknownPreset or OptionOutOfRange. */
export const configOf = Effect.fn("presets.configOf")(function* (choices: Choices) {
  yield* checkCount("--steps", choices.steps ?? 1)
  yield* checkSeed("--seed", choices.seed)
  yield* checkSeed("--test-seed", choices.testSeed)
  if (choices.preset === "mini") return mini(choices)
  if (choices.preset === "smoke") return smoke(choices)
  return yield* new UnknownPreset({ name: choices.preset, suggestion: nearest(choices.preset, presetNames) })
})
