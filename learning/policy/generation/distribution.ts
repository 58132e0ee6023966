/**
 * What the next token may be: weights that are in proportion to probabilities, and two sums over them.
 *
 *   s = logits / temperature - their maximum,  weights = exp s,  total = sum weights,  weighted = sum weights s
 *
 * So ln p(token) = s[token] - ln total, and the entropy is ln total - weighted / total. The draw itself is the host's.
 */
import { rmsNorm } from "../model/rms-norm.ts"
import type { Ops, Tensor } from "../tensors/ops.ts"

export type DistributionInput = {
  readonly epsilon: number
  /** Positive. */
  readonly temperature: number
  /** [d, columns] hidden states after the last layer. */
  readonly x: Tensor
  /** [d, 1] */
  readonly norm: Tensor
  /** [vocabulary, d] */
  readonly head: Tensor
}

export type Distribution = {
  /** [vocabulary, columns]; 0 for the most likely token. */
  readonly shifted: Tensor
  /** [vocabulary, columns] */
  readonly weights: Tensor
  /** [1, columns] */
  readonly total: Tensor
  /** [1, columns] */
  readonly weighted: Tensor
}

export const distribution =
  (ops: Ops) =>
  ({ epsilon, head, norm, temperature, x }: DistributionInput): Distribution =>
    ops.scope(() => {
      const { h } = rmsNorm(ops, { axis: 0, epsilon }, x, norm)
      const logits = ops.matMul(head, temperature === 1 ? h : ops.scale(h, 1 / temperature), "nn")
      const shifted = ops.sub(logits, ops.max(logits, 0))
      const weights = ops.exp(shifted)
      return { shifted, weights, total: ops.sum(weights, 0), weighted: ops.sum(ops.mul(weights, shifted), 0) }
    })
