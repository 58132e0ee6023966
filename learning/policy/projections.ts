/**
 * From normalised hidden states to queries, keys and values: one product, biases where there are any, normalised heads
 * (Qwen3), rotation of queries and keys by their position, and the queries' 1 / sqrt(size).
 */
import type { HeadShape } from "./heads.ts"
import type { Ops, Tensor } from "./ops.ts"
import { type Normalised, rmsNorm, rmsNormBackward } from "./rms-norm.ts"
import { type Rotation, rotate } from "./rope.ts"

/** Matrices are [out, in]; those of query, key and value follow one another. */
export type ProjectionWeights = {
  /** [(heads + 2 kv) * size, d] */
  readonly projections: Tensor
  /** [(heads + 2 kv) * size, 1]; null without biases. */
  readonly biases: Tensor | null
  /** [size, 1] each; null where heads are not normalised. */
  readonly queryNorm: Tensor | null
  readonly keyNorm: Tensor | null
}

/** Queries [heads, size, columns], keys and values [kv, size, columns]. */
export type Projections = {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
}

/** What the backward pass needs: null where heads are not normalised. */
export type ProjectionSaved = {
  readonly query: Normalised | null
  readonly key: Normalised | null
}

export type ProjectionShape = {
  readonly epsilon: number
  readonly heads: HeadShape
  readonly rotation: Rotation
}

const headAxis = 1
const queryScale = ({ size }: HeadShape): number => 1 / Math.sqrt(size)

/** @param h [d, columns] */
export const project = (
  ops: Ops,
  { epsilon, heads, rotation }: ProjectionShape,
  weights: ProjectionWeights,
  h: Tensor
): Projections & { readonly saved: ProjectionSaved } =>
  ops.scope(() => {
    const { group, keyValueHeads, size } = heads
    const product = ops.matMul(weights.projections, h, "nn")
    const rows = weights.biases === null ? product : ops.add(product, weights.biases)
    const all = ops.reshape(rows, [(group + 2) * keyValueHeads, size, h.shape[1]])
    const normalise = (x: Tensor, gain: Tensor | null) =>
      gain === null ? null : rmsNorm(ops, { axis: headAxis, epsilon }, x, gain)
    const query = ops.slice(all, 0, group * keyValueHeads)
    const key = ops.slice(all, group * keyValueHeads, keyValueHeads)
    const saved = { query: normalise(query, weights.queryNorm), key: normalise(key, weights.keyNorm) }
    return {
      query: ops.scale(rotate(ops, rotation, saved.query?.h ?? query, "forward"), queryScale(heads)),
      key: rotate(ops, rotation, saved.key?.h ?? key, "forward"),
      value: ops.slice(all, (group + 1) * keyValueHeads, keyValueHeads),
      saved
    }
  })

/**
 * @param d gradients [heads * size, columns], and of keys and values [kv * size, columns]
 * @returns dLoss/dh and the gradients of the weights
 */
export const projectBackward = (
  ops: Ops,
  { heads, rotation }: Omit<ProjectionShape, "epsilon">,
  weights: ProjectionWeights,
  saved: ProjectionSaved,
  h: Tensor,
  d: Projections
): ProjectionWeights & { readonly dh: Tensor } =>
  ops.scope(() => {
    const { group, keyValueHeads, size } = heads
    const columns = h.shape[1]
    const turned = (x: Tensor, count: number) => rotate(ops, rotation, ops.reshape(x, [count, size, columns]), "back")
    const backThroughNorm = (normal: Normalised | null, gain: Tensor | null, dh: Tensor) =>
      normal === null || gain === null
        ? { dx: dh, gain: null }
        : rmsNormBackward(ops, { axis: headAxis }, normal, gain, dh)
    const dQuery = ops.scale(turned(d.query, group * keyValueHeads), queryScale(heads))
    const query = backThroughNorm(saved.query, weights.queryNorm, dQuery)
    const key = backThroughNorm(saved.key, weights.keyNorm, turned(d.key, keyValueHeads))
    const value = ops.reshape(d.value, [keyValueHeads, size, columns])
    const rows = ops.reshape(ops.concat([query.dx, key.dx, value], 0), [(group + 2) * keyValueHeads * size, columns])
    return {
      dh: ops.matMul(weights.projections, rows, "tn"),
      projections: ops.matMul(rows, h, "nt"),
      biases: weights.biases === null ? null : ops.sum(rows, 1),
      queryNorm: query.gain,
      keyNorm: key.gain
    }
  })
