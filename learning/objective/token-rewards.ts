/**
 * Rewards token by token: the outcome at the last token of a response, less a penalty at each for moving away from the
 * reference. The other place for the KL divergence: here it is part of what is earned and has no derivative
 * (apply_kl_penalty in One-Shot-RLVR's ray_trainer.py), in the objective it is a loss.
 */
import { requireLength } from "./fitting-arrays.ts"
import { klEstimators } from "./kl.ts"
import type { KlEstimator } from "./objective.ts"

export interface KlPenalty {
  readonly estimator: KlEstimator
  readonly coefficient: number
  /** [N] ln pi_old(token), nats. */
  readonly logProbs: ArrayLike<number>
  /** [N] ln pi_ref(token), nats. */
  readonly referenceLogProbs: ArrayLike<number>
}

/**
 * Each response's reward at its last token, 0 before; a response without tokens earns nothing.
 *
 * @param rewards [B]
 * @param lengths [B]
 * @returns [N]
 */
export const atLastTokens = (rewards: ArrayLike<number>, lengths: ArrayLike<number>): Float32Array => {
  requireLength("rewards", rewards.length, lengths.length)
  const tokens = Array.from(lengths).reduce((sum, length) => sum + length, 0)
  const scores = new Float32Array(tokens)
  let end = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    end += lengths[rollout]
    if (lengths[rollout] > 0) scores[end - 1] = rewards[rollout]
  }
  return scores
}

/**
 * score - coefficient * estimate, at every token.
 *
 * @param scores [N]
 * @returns [N]
 * @throws RangeError where the arrays do not fit together
 */
export const penalised = (
  scores: ArrayLike<number>,
  { coefficient, estimator, logProbs, referenceLogProbs }: KlPenalty
): Float32Array => {
  requireLength("logProbs", logProbs.length, scores.length)
  requireLength("referenceLogProbs", referenceLogProbs.length, scores.length)
  const estimate = klEstimators[estimator]
  return Float32Array.from(
    scores,
    (score, t) => score - coefficient * estimate(logProbs[t], referenceLogProbs[t]).value
  )
}

/** What each response earned in all: what a group is compared by. In doubles, rounded once. */
export const earned = (tokenRewards: ArrayLike<number>, lengths: ArrayLike<number>): Float32Array => {
  const totals = new Float32Array(lengths.length)
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    let sum = 0
    for (const end = t + lengths[rollout]; t < end; t++) sum += tokenRewards[t]
    totals[rollout] = sum
  }
  return totals
}
