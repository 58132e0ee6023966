/**
 * The clipped policy-gradient loss of one token (PPO, as in One-Shot-RLVR's core_algos.py, compute_policy_loss; with two
 * bounds as in DAPO, arXiv 2503.14476).
 */
import type { TokenBatch } from "./token-objective.ts"

export interface Clip {
  /** The ratio is held between 1 - low and 1 + high. */
  readonly low: number
  readonly high: number
}

export interface PolicyLoss {
  /** exp(logProb - oldLogProb) */
  readonly ratio: number
  /** max(-A r, -A clip(r, 1 - low, 1 + high)) with r the ratio. */
  readonly value: number
  /** dvalue / dlogProb: -A r where the loss follows the ratio, 0 where the clip holds it. */
  readonly derivative: number
  /** Whether the clip holds the ratio back, that is, whether the clipped side is the larger one. */
  readonly clipped: boolean
}

/** What each token adds to the policy loss, before anything is divided; each [N]. */
export interface TokenLosses {
  readonly values: Float64Array
  /** dvalue / dlogProb. */
  readonly derivatives: Float64Array
  /** 1 where the clip holds the ratio back. */
  readonly clipped: Uint8Array
}

/**
 * The loss of a ratio, whatever it is the ratio of. The derivative is by the ratio's logarithm.
 *
 * @param ratio above 0
 */
export const clippedLoss = (ratio: number, advantage: number, { high, low }: Clip): PolicyLoss => {
  const bounded = Math.min(Math.max(ratio, 1 - low), 1 + high)
  const free = -advantage * ratio
  const held = -advantage * bounded
  return held > free
    ? { ratio, value: held, derivative: 0, clipped: true }
    : { ratio, value: free, derivative: free, clipped: false }
}

/**
 * One token's loss. The derivative is autograd's: the clamp passes it inside and on its bounds; where both sides of the
 * maximum are equal inside the bounds, each passes half of the same number.
 *
 * @param logProb ln pi_theta(token), nats
 * @param oldLogProb ln pi_old(token), nats, a constant
 */
export const policyLoss = (logProb: number, oldLogProb: number, advantage: number, clip: Clip): PolicyLoss =>
  clippedLoss(Math.exp(logProb - oldLogProb), advantage, clip)

/** The loss of each token of a shard by its own ratio. */
export const tokenLosses = (
  { advantages, logProbs, oldLogProbs }: Pick<TokenBatch, "advantages" | "logProbs" | "oldLogProbs">,
  clip: Clip
): TokenLosses => {
  const tokens = logProbs.length
  const values = new Float64Array(tokens)
  const derivatives = new Float64Array(tokens)
  const clipped = new Uint8Array(tokens)
  for (let t = 0; t < tokens; t++) {
    const loss = policyLoss(logProbs[t], oldLogProbs[t], advantages[t], clip)
    values[t] = loss.value
    derivatives[t] = loss.derivative
    clipped[t] = loss.clipped ? 1 : 0
  }
  return { values, derivatives, clipped }
}
