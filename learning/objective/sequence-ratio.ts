/**
 * One ratio for a whole response (GSPO, arXiv 2507.18071): s = exp(mean over its tokens of logProb - oldLogProb).
 *
 * Each token's loss is clipped by s. Its derivative goes through s * exp(logProb - its own value as a constant), GSPO's
 * token form: -A s at the token itself. Where all tokens of a response have one advantage, that is the derivative of the
 * paper's loss.
 */
import { type Clip, clippedLoss, type TokenLosses } from "./policy-loss.ts"
import type { TokenBatch } from "./token-objective.ts"

/**
 * The ratio of each response; 1 for one without tokens.
 *
 * @param logProbs [N] nats
 * @param oldLogProbs [N] nats
 * @param lengths [B]
 * @returns [B]
 */
export const sequenceRatios = (
  logProbs: ArrayLike<number>,
  oldLogProbs: ArrayLike<number>,
  lengths: ArrayLike<number>
): Float64Array => {
  const ratios = new Float64Array(lengths.length)
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    let sum = 0
    for (const end = t + lengths[rollout]; t < end; t++) sum += logProbs[t] - oldLogProbs[t]
    ratios[rollout] = Math.exp(sum / Math.max(1, lengths[rollout]))
  }
  return ratios
}

/** The loss of each token of a shard by the ratio of its response. A shard holds whole responses. */
export const sequenceLosses = (
  {
    advantages,
    lengths,
    logProbs,
    oldLogProbs
  }: Pick<TokenBatch, "advantages" | "lengths" | "logProbs" | "oldLogProbs">,
  clip: Clip
): TokenLosses => {
  const values = new Float64Array(logProbs.length)
  const derivatives = new Float64Array(logProbs.length)
  const clipped = new Uint8Array(logProbs.length)
  const ratios = sequenceRatios(logProbs, oldLogProbs, lengths)
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    for (const end = t + lengths[rollout]; t < end; t++) {
      const loss = clippedLoss(ratios[rollout], advantages[t], clip)
      values[t] = loss.value
      derivatives[t] = loss.derivative
      clipped[t] = loss.clipped ? 1 : 0
    }
  }
  return { values, derivatives, clipped }
}
