/**
 * How far one policy is from another, estimated at one token by name (http://joschu.net/blog/kl-approx.html; kl_penalty in
 * One-Shot-RLVR's core_algos.py). With d = referenceLogProb - logProb, in nats:
 *
 *   k1   -d                           "kl" there: right on average, of either sign
 *   abs  |d|                          "abs"
 *   k2   d² / 2                       "mse"
 *   k3   min(exp(d) - d - 1, 10)      "low_var_kl": never negative, and its mean over samples is the KL divergence
 */
import type { KlEstimator } from "./objective.ts"

/** The reference code clamps k3 here; its derivative is 0 beyond. */
const LIMIT = 10

export interface KlEstimate {
  /** In nats. */
  readonly value: number
  /** dvalue / dlogProb. */
  readonly derivative: number
}

/** One token's estimate; the reference is a constant. */
export type KlEstimateOf = (logProb: number, referenceLogProb: number) => KlEstimate

export const k1: KlEstimateOf = (logProb, referenceLogProb) => ({ value: logProb - referenceLogProb, derivative: 1 })

/** Flat where both are equal, as autograd takes it. */
export const absolute: KlEstimateOf = (logProb, referenceLogProb) => {
  const difference = logProb - referenceLogProb
  return { value: Math.abs(difference), derivative: Math.sign(difference) }
}

export const k2: KlEstimateOf = (logProb, referenceLogProb) => {
  const difference = logProb - referenceLogProb
  return { value: 0.5 * difference * difference, derivative: difference }
}

/** Differs from verl where d > 88.7: float32 overflows there and verl's derivative is NaN; here it is 0. */
export const k3: KlEstimateOf = (logProb, referenceLogProb) => {
  const d = referenceLogProb - logProb
  const growth = Math.expm1(d)
  const value = growth - d
  return value > LIMIT ? { value: LIMIT, derivative: 0 } : { value, derivative: -growth }
}

export const klEstimators: Readonly<Record<KlEstimator, KlEstimateOf>> = { k1, abs: absolute, k2, k3 }
