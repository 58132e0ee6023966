/**
 * Generalised advantage estimation (arXiv 1506.02438) and the whitening that follows it, as in One-Shot-RLVR's core_algos.py
 * (compute_gae_advantage_return) and torch_functional.py (masked_whiten).
 */
import { requireLength } from "./fitting-arrays.ts"

export interface Estimates {
  /** [N] before whitening. */
  readonly advantages: Float32Array
  /** [N] advantage + value: what the values should have been. */
  readonly returns: Float32Array
}

export interface GaeSettings {
  /** What a reward one token later is worth. */
  readonly gamma: number
  /** 0: one step and the critic beyond; 1: all rewards to the end. */
  readonly lambda: number
}

/**
 * A_t = δ_t + γλ A_{t+1} with δ_t = r_t + γ V_{t+1} - V_t, from the last token of each response to its first; nothing comes
 * after the last. Computed in doubles, rounded once.
 *
 * @param tokenRewards [N] rollout after rollout
 * @param values [N] of the state that each token was drawn in
 * @param lengths [B] response tokens
 * @throws RangeError where the arrays do not fit together
 */
export const generalisedAdvantages = (
  tokenRewards: ArrayLike<number>,
  values: ArrayLike<number>,
  lengths: ArrayLike<number>,
  { gamma, lambda }: GaeSettings
): Estimates => {
  const tokens = values.length
  requireLength("tokenRewards", tokenRewards.length, tokens)
  const advantages = new Float32Array(tokens)
  const returns = new Float32Array(tokens)
  let first = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    let advantage = 0
    let nextValue = 0
    for (let t = first + lengths[rollout] - 1; t >= first; t--) {
      const surprise = tokenRewards[t] + gamma * nextValue - values[t]
      advantage = surprise + gamma * lambda * advantage
      advantages[t] = advantage
      returns[t] = advantage + values[t]
      nextValue = values[t]
    }
    first += lengths[rollout]
  }
  requireLength("lengths, summed,", first, tokens)
  return { advantages, returns }
}

/** Keeps a variance of 0 from dividing. */
const EPSILON = 1e-8

export interface Moments {
  readonly mean: number
  /** Unbiased: n - 1. */
  readonly variance: number
}

/**
 * @param values [N]
 * @param mask [N] 1 where a value counts; null: all do
 * @throws RangeError where fewer than two values count
 */
export const moments = (values: ArrayLike<number>, mask: ArrayLike<number> | null): Moments => {
  if (mask !== null) requireLength("mask", mask.length, values.length)
  const counts = (i: number) => mask === null || mask[i] !== 0
  let count = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    if (!counts(i)) continue
    count++
    sum += values[i]
  }
  if (count < 2) throw new RangeError(`${count} values have no variance: whitening needs two or more`)
  const mean = sum / count
  let squares = 0
  for (let i = 0; i < values.length; i++) if (counts(i)) squares += (values[i] - mean) * (values[i] - mean)
  return { mean, variance: squares / (count - 1) }
}

/**
 * Values with mean 0 and variance 1 over those that count: (v - mean) / sqrt(variance + 1e-8). Those that do not count are
 * moved alike.
 *
 * @param values [N]
 * @param mask [N], or null
 * @param shiftMean false keeps the mean where it was
 * @returns [N]
 */
export const whiten = (
  values: ArrayLike<number>,
  mask: ArrayLike<number> | null = null,
  shiftMean = true
): Float32Array => {
  const { mean, variance } = moments(values, mask)
  const scale = 1 / Math.sqrt(variance + EPSILON)
  return Float32Array.from(values, (value) => (value - mean) * scale + (shiftMean ? 0 : mean))
}
