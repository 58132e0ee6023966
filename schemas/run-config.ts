/**
 * RunConfig: every choice of a run, resolved. RunStarted carries it as JSON text with its hash.
 *
 * "Paper" in the comments is 1-shot RLVR (arXiv 2504.20571) as its code runs it.
 */
import { Schema } from "effect"
import { Sha256 } from "./ids.ts"
import { NotNegative, Positive } from "./quantities.ts"

/** Philox keys are 32 bits wide. */
const Seed = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 0xffffffff }))
/** A decay rate of a running mean: 0 ≤ rate < 1. */
const Decay = Schema.Finite.check(Schema.isBetween({ minimum: 0, maximum: 0.999999999 }))

/** A held-out problem: a prompt as the model reads it, and the answer that counts as right. */
export const Problem = Schema.Struct({
  id: Schema.NonEmptyString,
  text: Schema.NonEmptyString,
  answer: Schema.NonEmptyString
})

/** The matrices of a layer that an adapter can be trained on, as transformers names them. */
export const loraTargets = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] as const

/** Low-rank adapters: W stays, and W + alpha / rank * B A is computed with. */
const Lora = Schema.Struct({
  /** From 1 on. */
  rank: Schema.Int,
  /** Above 0. */
  alpha: Schema.Finite,
  /** Adapted in every layer. */
  targets: Schema.NonEmptyArray(Schema.Literals(loraTargets)),
  /** SHA-256 of the adapter that the run starts from: B zero, A drawn by the run's seed. */
  initial: Sha256
})
export type Lora = typeof Lora.Type

export class EvaluationConfig extends Schema.Class<EvaluationConfig>("EvaluationConfig")({
  /** The policy sits the greedy test every so many updates. */
  everySteps: Positive,
  /** Draws the held-out problems, and the sampled answers to them. */
  testSeed: Seed,
  problemsPerFamily: Positive,
  /** Sampled answers a problem, for base and final policy. */
  samples: Positive,
  temperature: NotNegative,
  /** New tokens at most. */
  maxTokens: Positive,
  /** The run's own held-out problems, maybe none; where left out, the miniature's are drawn by testSeed. */
  problems: Schema.optionalKey(Schema.Array(Problem)),
  /** Sequences sampled side by side in one cohort; 240 where left out. Bits depend on it. */
  rows: Schema.optionalKey(Positive)
}) {}

const settings = Schema.Struct({
  preset: Schema.NonEmptyString,
  model: Schema.Struct({ name: Schema.NonEmptyString, hash: Sha256 }),
  /** The training examples, each with the answer that earns the reward. */
  prompts: Schema.NonEmptyArray(
    Schema.Struct({ promptId: Schema.NonEmptyString, text: Schema.NonEmptyString, answer: Schema.NonEmptyString })
  ),
  seed: Seed,
  /** Updates; each draws one batch of rollouts. Paper: 2000. */
  steps: Positive,
  /** Groups a step for each example. Paper: 128 rows of one example, each a group of its own. */
  copies: Positive,
  /** Rollouts a group. Paper: 8. */
  groupSize: Schema.Int.check(Schema.isGreaterThanOrEqualTo(2)),
  /** A step's rollouts are sampled in so many cohorts. Bits depend on it. */
  cohorts: Positive,
  /** A step's batch is cut into so many gradient shards. Bits depend on it. */
  shards: Positive,
  /** Of sampling, log-probs and entropy. Paper: 0.6. */
  temperature: Schema.Finite.check(Schema.isGreaterThan(0)),
  /** New tokens at most. Paper: 3072. */
  maxTokens: Positive,
  /** How many updates a rollout's policy may lie behind. 0 is on-policy, as in the paper. */
  maxStaleness: Schema.Literal(0),
  learningRate: NotNegative,
  weightDecay: NotNegative,
  beta1: Decay,
  beta2: Decay,
  adamEpsilon: Schema.Finite.check(Schema.isGreaterThan(0)),
  /** The gradient's norm is clipped to this. Paper: 1. */
  maxGradientNorm: Schema.Finite.check(Schema.isGreaterThan(0)),
  /** 1 with the policy loss, 0 without (ablation rows 8 to 10). */
  policyCoefficient: NotNegative,
  /** The ratio is clipped to 1 ± clip. Paper: 0.2. */
  clip: NotNegative,
  /** Of k3 to the frozen base, in the loss. Paper: 0.001. */
  klCoefficient: NotNegative,
  /** The entropy's, subtracted from the loss. Paper: 0.001. */
  entropyCoefficient: Schema.Finite,
  /** outcome: the grader's verdict. format: an answer in a box, right or wrong. */
  reward: Schema.Literals(["outcome", "format"]),
  /** What a reward that is unknown does: counts as 0 (paper), or takes its group out of the policy loss. */
  unknownReward: Schema.Literals(["zero", "drop-group"]),
  /** Weights and moments are stored whole every so many updates. */
  snapshotEvery: Positive,
  /** Policies are adapters of the base; where left out, they are weights, and all of them are trained. */
  lora: Schema.optionalKey(Lora),
  /** Sequences of a cohort that grow at once; where left out, all of them. Bits depend on it. */
  slots: Schema.optionalKey(Positive),
  /** Sequences of a shard whose activations live at once; where left out, all of them. Bits depend on it. */
  microBatch: Schema.optionalKey(Positive),
  /** Whether activations are computed again on the way back and not kept; not where left out. */
  recompute: Schema.optionalKey(Schema.Boolean),
  /** What matrices are multiplied in; float32 where left out. */
  precision: Schema.optionalKey(Schema.Literals(["float32", "bfloat16"])),
  /** Threads inside one tensor operation; 1 where left out. Bits depend on it. */
  intraOpThreads: Schema.optionalKey(Positive),
  evaluation: EvaluationConfig
})

const largestRank = 2 ** 16

/** What is wrong with an adapter's settings, in words. */
const loraProblem = ({ alpha, rank, targets }: Lora): string | undefined => {
  if (rank < 1 || rank > largestRank) return `lora.rank is ${rank}, it must be from 1 to ${largestRank}`
  if (!(alpha > 0)) return `lora.alpha is ${alpha}, it must be above 0`
  const twice = targets.find((target, i) => targets.indexOf(target) < i)
  return twice === undefined ? undefined : `lora.targets names ${twice} twice, once is enough`
}

/** Settings that are each in order but do not go together. */
const contradiction = (config: typeof settings.Type): string | undefined => {
  const { cohorts, copies, evaluation, groupSize, lora, prompts, shards } = config
  const samples = copies * groupSize
  const rollouts = samples * prompts.length
  if (new Set(prompts.map(({ promptId }) => promptId)).size < prompts.length) return "two prompts share a promptId"
  const ids = [...prompts.map(({ promptId }) => promptId), ...(evaluation.problems ?? []).map(({ id }) => id)]
  if (new Set(ids).size < ids.length) return "two held-out problems share an id"
  if (cohorts > samples) return `${cohorts} cohorts are more than the ${samples} samples of a prompt`
  if (shards > rollouts) return `${shards} shards are more than the ${rollouts} rollouts of a step`
  return lora === undefined ? undefined : loraProblem(lora)
}

export class RunConfig extends Schema.Class<RunConfig>("RunConfig")(settings.check(Schema.makeFilter(contradiction))) {}
