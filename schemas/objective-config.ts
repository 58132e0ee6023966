/**
 * The part of a run's configuration that says what is learned: advantages, losses, how they are aggregated, the critic.
 *
 * "Paper" in the comments is 1-shot RLVR (arXiv 2504.20571) as its code runs it. A setting that older logs do not name
 * has the value that their runs were computed with.
 */
import { Effect, Schema } from "effect"
import { Sha256 } from "./ids.ts"
import { Count, NotNegative, Positive } from "./quantities.ts"

/** A decay rate of a running mean: 0 ≤ rate < 1. */
export const Decay = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999999999 }))
/** What a discounted sum keeps from one token to the next. */
const Discount = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 1 }))
const AboveZero = Schema.Finite.check(Schema.isGreaterThan(0))

/** Settings that came after the first logs were written, with what those were computed with. */
const flag = (before: boolean) => {
  const value = Effect.succeed(before)
  return Schema.Boolean.pipe(Schema.withDecodingDefaultKey(value), Schema.withConstructorDefault(value))
}
const number = (schema: typeof Schema.Finite, before: number) => {
  const value = Effect.succeed(before)
  return schema.pipe(Schema.withDecodingDefaultKey(value), Schema.withConstructorDefault(value))
}
const oneOf = <const Names extends ReadonlyArray<string>>(names: Names, before: Names[number]) => {
  const value = Effect.succeed(before)
  const decoded = Schema.withDecodingDefaultKey<Schema.Literals<Names>>(value)(Schema.Literals(names))
  return Schema.withConstructorDefault<typeof decoded>(value)(decoded)
}

export const advantageNames = ["grpo", "rloo", "gae"] as const
export const policyLossNames = ["clip", "gspo"] as const
export const klEstimators = ["k1", "abs", "k2", "k3"] as const
export const aggregations = [
  "token-mean",
  "seq-mean-token-mean",
  "seq-mean-token-sum",
  "seq-mean-token-sum-norm",
  "drgrpo-constant",
  "verl-microbatch"
] as const

/** A critic of its own backbone, for advantages by GAE. */
export const CriticConfig = Schema.Struct({
  /** SHA-256 of the critic that the run starts from: the base's backbone, the value head zero. */
  initial: Sha256,
  /** Paper's code: 1e-5. */
  learningRate: NotNegative,
  weightDecay: NotNegative,
  beta1: Decay,
  beta2: Decay,
  adamEpsilon: AboveZero,
  maxGradientNorm: AboveZero,
  /** A value is clipped to ± clip around the one that the advantages were computed with. Paper's code: 0.5. */
  clip: NotNegative,
  /** Batches in which only the critic learns. */
  warmUpBatches: Count
})
export type CriticConfig = typeof CriticConfig.Type

export const objectiveFields = {
  /** grpo: against the rest of the group. rloo: against the mean of the others. gae: against a critic, which is PPO. */
  advantage: oneOf(advantageNames, "grpo"),
  /** grpo: whether advantages are divided by the group's standard deviation. Dr.GRPO does not. */
  advantageStd: flag(true),
  /** Added to that deviation. */
  advantageEpsilon: number(NotNegative, 1e-6),
  /** copies: each copy of an example is a group of its own (paper). example: all of an example's rollouts are one group. */
  grouping: oneOf(["copies", "example"], "copies"),
  /** gae: the discount, and how far a temporal difference reaches back. */
  gamma: number(Discount, 1),
  lambda: number(Discount, 1),
  /** gae: whether advantages get mean 0 and variance 1 over the batch. */
  whitenAdvantages: flag(true),
  /** Present where and only where advantages are by GAE. */
  critic: Schema.optionalKey(CriticConfig),
  /** Updates that share one batch of rollouts, each with a part of it. Paper's code: 1, its text: 8. */
  updatesPerBatch: number(Positive, 1),
  /** behaviour: the ratio is taken to what the sampler recorded. recomputed: to what the batch's policy scores (paper). */
  oldLogProbs: oneOf(["behaviour", "recomputed"], "behaviour"),
  policyLoss: oneOf(policyLossNames, "clip"),
  /** 1 with the policy loss, 0 without (ablation rows 8 to 10). */
  policyCoefficient: NotNegative,
  /** The ratio is clipped to 1 ± clip. Paper: 0.2. */
  clip: NotNegative,
  /** The upper bound where it is another one (DAPO): 1 + clipHigh. */
  clipHigh: Schema.optionalKey(NotNegative),
  /** Truncated importance weights min(old / behaviour, cap); where left out, none. Needs recomputed old log-probs. */
  importanceCap: Schema.optionalKey(AboveZero),
  /** Of the KL to the frozen base, in the loss. Paper: 0.001. */
  klCoefficient: NotNegative,
  klEstimator: oneOf(klEstimators, "k3"),
  /** Of the KL to the frozen base, taken off the reward of each token. Paper's code: 0.001 once klCoefficient is 0. */
  klRewardCoefficient: number(NotNegative, 0),
  klRewardEstimator: oneOf(klEstimators, "k1"),
  /** Says that the KL is wanted in loss and reward both. */
  klInBoth: flag(false),
  /** The entropy's, subtracted from the loss. Paper: 0.001. */
  entropyCoefficient: Schema.Finite,
  aggregation: oneOf(aggregations, "token-mean"),
  /** drgrpo-constant, seq-mean-token-sum-norm: what sums are divided by; maxTokens where left out. */
  aggregationConstant: Schema.optionalKey(AboveZero),
  /** verl-microbatch: tokens of prompts and responses a micro-batch at most, and how many devices share a batch. */
  microBatchTokens: number(Positive, 24_000),
  dataParallelRanks: number(Positive, 8),
  learningRate: NotNegative,
  /** Updates in which the learning rate rises from 0. Paper: none. */
  warmUpSteps: number(Count, 0),
  /** Its own switch: 0 turns it off. Paper: 0.01. */
  weightDecay: NotNegative,
  beta1: Decay,
  beta2: Decay,
  adamEpsilon: AboveZero,
  /** The gradient's norm is clipped to this. Paper: 1. */
  maxGradientNorm: AboveZero
}

const settings = Schema.Struct(objectiveFields)
export type ObjectiveConfig = typeof settings.Type
