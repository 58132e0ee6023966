/**
 * The clipped loss of a critic at one token (PPO, as in One-Shot-RLVR's core_algos.py, compute_value_loss).
 */

export interface ValueLoss {
  /** max((v - R)², (v held to old ± clip - R)²) / 2 */
  readonly value: number
  /** dvalue / dv: v - R where the loss follows the value, 0 where the clip holds it. */
  readonly derivative: number
  /** Whether the clipped side is the larger one. */
  readonly clipped: boolean
}

/**
 * @param value v, of the critic being trained
 * @param oldValue of the critic that the advantages were computed with, a constant
 * @param target R, the return, a constant
 */
export const valueLoss = (value: number, oldValue: number, target: number, clip: number): ValueLoss => {
  const free = value - target
  const held = Math.min(Math.max(value, oldValue - clip), oldValue + clip) - target
  return held * held > free * free
    ? { value: 0.5 * held * held, derivative: 0, clipped: true }
    : { value: 0.5 * free * free, derivative: free, clipped: false }
}
