/**
 * How far the policy has moved from the frozen base, at one token: the k3 estimator, "low_var_kl" in One-Shot-RLVR's
 * core_algos.py (http://joschu.net/blog/kl-approx.html). Never negative, and its mean over samples is the KL divergence.
 */

/** The reference code clamps the estimate here; its derivative is 0 beyond. */
const LIMIT = 10

export interface KlEstimate {
  /** min(exp(d) - d - 1, 10) with d = referenceLogProb - logProb, in nats. */
  readonly value: number
  /** dvalue / dlogProb: 1 - exp(d), or 0 where the value is clamped. */
  readonly derivative: number
}

/**
 * One token's estimate, in nats.
 *
 * Differs from verl where d > 88.7: float32 overflows there and verl's derivative is NaN; here it is 0.
 */
export const k3 = (logProb: number, referenceLogProb: number): KlEstimate => {
  const d = referenceLogProb - logProb
  const growth = Math.expm1(d)
  const value = growth - d
  return value > LIMIT ? { value: LIMIT, derivative: 0 } : { value, derivative: -growth }
}
