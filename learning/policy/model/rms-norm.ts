/**
 * Root-mean-square normalisation along one axis.
 *
 *   y = x r,  r = 1 / sqrt(mean(x^2) + epsilon),  h = y gain
 *
 * Source: Zhang & Sennrich 2019 (arXiv 1910.07467).
 */
import type { Ops, Tensor } from "../tensors/ops.ts"

export type NormShape = {
  /** The axis that is normalised. */
  readonly axis: number
  readonly epsilon: number
}

/** What the backward pass needs; h = y gain is computed again where it does. */
export type NormSaved = {
  readonly y: Tensor
  /** Length 1 along the axis. */
  readonly r: Tensor
}

export type Normalised = {
  readonly h: Tensor
  readonly saved: NormSaved
}

/** @param gain broadcasts to x: as long as x along the axis */
export const rmsNorm = (ops: Ops, { axis, epsilon }: NormShape, x: Tensor, gain: Tensor): Normalised =>
  ops.scope(() => {
    const r = ops.rsqrt(ops.addScalar(ops.mean(ops.square(x), axis), epsilon))
    const y = ops.mul(x, r)
    return { h: ops.mul(y, gain), saved: { y, r } }
  })

/** dx = r (dy - y mean(dy y)) with dy = dh gain; the gain's gradient is the sum of dh y over all other axes. */
export const rmsNormBackward = (
  ops: Ops,
  { axis }: Pick<NormShape, "axis">,
  { r, y }: NormSaved,
  gain: Tensor,
  dh: Tensor
): { readonly dx: Tensor; readonly gain: Tensor } =>
  ops.scope(() => {
    const dy = ops.mul(dh, gain)
    const dx = ops.mul(ops.sub(dy, ops.mul(y, ops.mean(ops.mul(dy, y), axis))), r)
    const others = y.shape.flatMap((_, i) => (i === axis ? [] : [i]))
    const sum = others.reduce((sum, other) => ops.sum(sum, other), ops.mul(dh, y))
    return { dx, gain: ops.reshape(sum, gain.shape) }
  })
