/**
 * What is learned from a batch: rewards, and scores where a run asks for them, become the advantages, returns and ratios
 * of every token. Pure, and by coordinates only, so the order of arrival leaves no trace.
 */
import { type AdvantageEstimator, batchAdvantages, overTokens } from "../../learning/objective/advantages.ts"
import { divisorsOf } from "../../learning/objective/aggregation.ts"
import { generalisedAdvantages, whiten } from "../../learning/objective/gae.ts"
import { atLastTokens, earned, penalised } from "../../learning/objective/token-rewards.ts"
import { groupSizeOf } from "../../schemas/config-contradictions.ts"
import type { RolloutGenerated } from "../../schemas/rollout-generated.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { groupStart } from "./batch.ts"
import { joinedFloats, type PackedRollout } from "./pack.ts"

/** What was computed of one rollout before its advantages; arrays are empty where a run does not ask for them. */
export interface RolloutScores {
  /** [T] nats. */
  readonly oldLogProbs: Float32Array
  /** [T] nats. */
  readonly referenceLogProbs: Float32Array
  /** [T] in units of reward. */
  readonly values: Float32Array
}

/** A rollout with what it earned. */
export interface JudgedRollout {
  readonly rollout: RolloutGenerated
  /** Null where unknown. */
  readonly reward: number | null
  readonly scores: RolloutScores
}

const none = new Float32Array(0)
export const noScores: RolloutScores = { oldLogProbs: none, referenceLogProbs: none, values: none }

/** Whether advantages or ratios of a run need more than the rewards. */
export const needsScores = ({ advantage, klRewardCoefficient, oldLogProbs }: RunConfig): boolean =>
  advantage === "gae" || klRewardCoefficient > 0 || oldLogProbs === "recomputed"

const estimatorOf = ({ advantage, advantageEpsilon, advantageStd }: RunConfig): AdvantageEstimator =>
  advantage === "rloo" ? { kind: "rloo" } : { kind: "grpo", std: advantageStd, epsilon: advantageEpsilon }

/** [N] what the ratio is taken to. */
const oldLogProbsOf = ({ rollout, scores }: JudgedRollout, { oldLogProbs }: RunConfig): Float32Array =>
  oldLogProbs === "recomputed" ? scores.oldLogProbs : rollout.logProbs

/** [B] whether a rollout's group is left out of the policy loss, since one of its rewards is unknown. */
const dropped = (batch: ReadonlyArray<JudgedRollout>, config: RunConfig): ReadonlyArray<boolean> => {
  const starts = new Set(
    batch.flatMap(({ reward }, i) =>
      reward === null && config.unknownReward === "drop-group" ? [groupStart(config, i)] : []
    )
  )
  return batch.map((_, i) => starts.has(groupStart(config, i)))
}

interface Estimates {
  /** [N] */
  readonly advantages: Float32Array
  /** [N]; empty without a critic. */
  readonly returns: Float32Array
}

const estimates = (batch: ReadonlyArray<JudgedRollout>, config: RunConfig): Estimates => {
  const lengths = Int32Array.from(batch, ({ rollout }) => rollout.tokens.length)
  const rewards = Float32Array.from(batch, ({ reward }) => reward ?? 0)
  const isDropped = dropped(batch, config)
  const isKept = overTokens(
    isDropped.map((out) => (out ? 0 : 1)),
    lengths
  )
  const penalty = {
    estimator: config.klRewardEstimator,
    coefficient: config.klRewardCoefficient,
    logProbs: joinedFloats(batch.map((judged) => oldLogProbsOf(judged, config))),
    referenceLogProbs: joinedFloats(batch.map(({ scores }) => scores.referenceLogProbs))
  }
  const isPenalised = config.klRewardCoefficient > 0
  const scores = atLastTokens(rewards, lengths)
  const tokenRewards = isPenalised ? penalised(scores, penalty) : scores
  const kept = (advantages: Float32Array) => advantages.map((advantage, t) => (isKept[t] === 0 ? 0 : advantage))
  if (config.advantage === "gae") {
    const values = joinedFloats(batch.map(({ scores }) => scores.values))
    const { advantages, returns } = generalisedAdvantages(tokenRewards, values, lengths, config)
    const isWhitened = config.whitenAdvantages && isKept.reduce((sum, keep) => sum + keep, 0) >= 2
    return {
      advantages: kept(isWhitened ? whiten(advantages, isKept) : advantages),
      // Nor is the critic to learn that what is unknown is 0.
      returns: returns.map((target, t) => (isKept[t] === 0 ? values[t] : target))
    }
  }
  const totals = isPenalised ? earned(tokenRewards, lengths) : rewards
  const advantages = batchAdvantages(totals, groupSizeOf(config), estimatorOf(config))
  return { advantages: kept(overTokens(advantages, lengths)), returns: none }
}

/**
 * What each rollout of a batch is to be learned from. A reward that is unknown counts as 0, or takes its whole group out
 * of the policy loss, as the run says; the critic then keeps to the values that it had.
 *
 * @param batch every rollout of it, example by example, sample by sample
 */
export const trainingBatch = (batch: ReadonlyArray<JudgedRollout>, config: RunConfig): ReadonlyArray<PackedRollout> => {
  const { advantages, returns } = estimates(batch, config)
  const isWeighted = config.importanceCap !== undefined || config.oldLogProbs === "recomputed"
  const hasReference = config.klRewardCoefficient > 0
  let from = 0
  return batch.map((judged) => {
    const { rollout, scores } = judged
    const own = (values: Float32Array) => values.slice(from, from + rollout.tokens.length)
    const packed: PackedRollout = {
      promptId: rollout.promptId,
      sampleIndex: rollout.sampleIndex,
      tokens: rollout.tokens,
      oldLogProbs: oldLogProbsOf(judged, config),
      advantages: own(advantages),
      behaviourLogProbs: isWeighted ? rollout.logProbs : none,
      referenceLogProbs: hasReference ? scores.referenceLogProbs : none,
      oldValues: scores.values,
      returns: own(returns),
      divisors: null
    }
    from += rollout.tokens.length
    return packed
  })
}

/**
 * An update's rollouts with what their sums are divided by, where the run does not take token means.
 *
 * @param promptLength tokens of a prompt, by its id
 */
export const withDivisors = (
  rollouts: ReadonlyArray<PackedRollout>,
  config: RunConfig,
  promptLength: (promptId: string) => number
): ReadonlyArray<PackedRollout> => {
  const constant = config.aggregationConstant ?? config.maxTokens
  const divisors = divisorsOf(
    config.aggregation,
    rollouts.map(({ tokens }) => tokens.length),
    {
      constant,
      width: constant,
      microBatches: {
        tokens: config.microBatchTokens,
        ranks: config.dataParallelRanks,
        promptLengths: rollouts.map(({ promptId }) => promptLength(promptId))
      }
    }
  )
  if (divisors === null) return rollouts
  return rollouts.map((rollout, i) => ({
    ...rollout,
    divisors: { loss: divisors.loss[i], terms: divisors.terms[i] }
  }))
}
