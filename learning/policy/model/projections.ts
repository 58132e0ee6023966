/**
 * From normalised hidden states to queries, keys and values: one product, biases where there are any, normalised heads
 * (Qwen3), rotation of queries and keys by their position, and the queries' 1 / sqrt(size).
 */
import type { Ops, Tensor } from "../tensors/ops.ts"
import type { HeadShape } from "./heads.ts"
import { type NormSaved, rmsNorm, rmsNormBackward } from "./rms-norm.ts"
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
  readonly query: NormSaved | null
  readonly key: NormSaved | null
}

export type ProjectionShape = {
  readonly epsilon: number
  readonly heads: HeadShape
  readonly rotation: Rotation
}

const headAxis = 1
const queryScale = ({ size }: HeadShape): number => 1 / Math.sqrt(size)

/** Queries and keys [heads + kv, size, columns], normalised where the policy does that. */
const normaliseHeads = (
  ops: Ops,
  epsilon: number,
  { group, keyValueHeads }: HeadShape,
  { keyNorm, queryNorm }: ProjectionWeights,
  x: Tensor
): { readonly x: Tensor; readonly saved: ProjectionSaved } => {
  if (queryNorm === null || keyNorm === null) return { x, saved: { query: null, key: null } }
  const norm = { axis: headAxis, epsilon }
  const query = rmsNorm(ops, norm, ops.slice(x, 0, group * keyValueHeads), queryNorm)
  const key = rmsNorm(ops, norm, ops.slice(x, group * keyValueHeads, keyValueHeads), keyNorm)
  return { x: ops.concat([query.h, key.h], 0), saved: { query: query.saved, key: key.saved } }
}

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
    const turning = ops.slice(all, 0, (group + 1) * keyValueHeads)
    const { saved, x } = normaliseHeads(ops, epsilon, heads, weights, turning)
    const turned = rotate(ops, rotation, x, "forward")
    return {
      query: ops.scale(ops.slice(turned, 0, group * keyValueHeads), queryScale(heads)),
      key: ops.slice(turned, group * keyValueHeads, keyValueHeads),
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
    const scaled = ops.scale(ops.reshape(d.query, [group * keyValueHeads, size, columns]), queryScale(heads))
    const turned = ops.concat([scaled, ops.reshape(d.key, [keyValueHeads, size, columns])], 0)
    const straight = rotate(ops, rotation, turned, "back")
    const backThroughNorm = (normal: NormSaved | null, gain: Tensor | null, first: number, count: number) =>
      normal === null || gain === null
        ? null
        : rmsNormBackward(ops, { axis: headAxis }, normal, gain, ops.slice(straight, first, count))
    const query = backThroughNorm(saved.query, weights.queryNorm, 0, group * keyValueHeads)
    const key = backThroughNorm(saved.key, weights.keyNorm, group * keyValueHeads, keyValueHeads)
    const value = ops.reshape(d.value, [keyValueHeads, size, columns])
    const heights = query === null || key === null ? [straight, value] : [query.dx, key.dx, value]
    const rows = ops.reshape(ops.concat(heights, 0), [(group + 2) * keyValueHeads * size, columns])
    return {
      dh: ops.matMul(weights.projections, rows, "tn"),
      projections: ops.matMul(rows, h, "nt"),
      biases: weights.biases === null ? null : ops.sum(rows, 1),
      queryNorm: query?.gain ?? null,
      keyNorm: key?.gain ?? null
    }
  })
