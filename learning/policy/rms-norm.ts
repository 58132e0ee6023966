/**
 * Root-mean-square normalisation of rows, without the gain: that is folded into the matrices that follow (weights.ts).
 *
 *   y = x r,  r = 1 / sqrt(mean(x^2) + epsilon)
 *
 * Source: Zhang & Sennrich 2019 (arXiv 1910.07467).
 */
import type { Ops, Tensor } from "./ops.ts"

export type Normalised = {
  /** [rows, d] */
  readonly y: Tensor
  /** [rows, 1] */
  readonly r: Tensor
}

export const rmsNorm = (ops: Ops, x: Tensor, epsilon: number): Normalised =>
  ops.scope(() => {
    const r = ops.rsqrt(ops.addScalar(ops.meanLast(ops.square(x)), epsilon))
    return { y: ops.mul(x, r), r }
  })

/** dLoss/dx from dLoss/dy: r (dy - y mean(dy y)). */
export const rmsNormBackward = (ops: Ops, { r, y }: Normalised, dy: Tensor): Tensor =>
  ops.scope(() => ops.mul(ops.sub(dy, ops.mul(y, ops.meanLast(ops.mul(dy, y)))), r))
