/**
 * One decoder layer over all columns of a batch: x + attention(norm(x)), then x + mlp(norm(x)), forward and backward.
 */
import type { Ops, Tensor } from "../tensors/ops.ts"
import { type AttentionSaved, attend, attendBackward, type BlockHeads, type Sight } from "./attention.ts"
import type { Block } from "./batch.ts"
import { type HeadShape, toColumns, toHeads } from "./heads.ts"
import { type MlpSaved, mlp, mlpBackward } from "./mlp.ts"
import { type ProjectionSaved, type Projections, project, projectBackward } from "./projections.ts"
import { type NormSaved, rmsNorm, rmsNormBackward } from "./rms-norm.ts"
import type { Rotation } from "./rope.ts"
import type { LayerWeights } from "./weights.ts"

/** What all layers of one pass share. */
export type Pass = {
  readonly epsilon: number
  readonly heads: HeadShape
  /** The prompts' block, then the responses'. */
  readonly blocks: ReadonlyArray<Block>
  /** What each block sees. */
  readonly sights: ReadonlyArray<Sight>
  readonly rotation: Rotation
}

/** What the backward pass needs of a layer. */
export type LayerSaved = {
  readonly before: NormSaved
  readonly projected: ProjectionSaved
  readonly blocks: ReadonlyArray<AttentionSaved>
  /** [heads * size, columns] */
  readonly mixed: Tensor
  readonly between: NormSaved
  readonly mlp: MlpSaved
}

const columnsOf = ({ positions, prompts, samples }: Block): number => positions * prompts * samples

/** The columns that belong to each block. */
const byBlock = (ops: Ops, { blocks }: Pass, x: Tensor): ReadonlyArray<Tensor> =>
  blocks.length === 1 ? [x] : ops.split(x, blocks.map(columnsOf), x.shape.length - 1)

const joined = (ops: Ops, xs: ReadonlyArray<Tensor>): Tensor =>
  xs.length === 1 ? xs[0] : ops.concat(xs, xs[0].shape.length - 1)

const singleOf = (heads: HeadShape): HeadShape => ({ ...heads, group: 1 })

const headsOf = (ops: Ops, pass: Pass, { key, query, value }: Projections): ReadonlyArray<BlockHeads> => {
  const single = singleOf(pass.heads)
  const queries = byBlock(ops, pass, query)
  const keys = byBlock(ops, pass, key)
  const values = byBlock(ops, pass, value)
  return pass.blocks.map((block, i) => ({
    query: toHeads(ops, block, pass.heads, queries[i]),
    key: toHeads(ops, block, single, keys[i]),
    value: toHeads(ops, block, single, values[i])
  }))
}

const normShape = ({ epsilon }: Pass) => ({ axis: 0, epsilon })

export type LayerInput = {
  readonly pass: Pass
  readonly weights: LayerWeights
  /** [d, columns] */
  readonly x: Tensor
}

/** What comes out of a layer, and its prompts' keys and values, for whoever goes on from them. */
export const layerForward =
  (ops: Ops) =>
  ({ pass, weights, x }: LayerInput): { readonly x: Tensor; readonly saved: LayerSaved } =>
    ops.scope(() => {
      const before = rmsNorm(ops, normShape(pass), x, weights.attentionNorm)
      const { saved: projected, ...projections } = project(ops, pass, weights, before.h)
      const heads = headsOf(ops, pass, projections)
      const attended = pass.blocks.map((block, i) => attend(ops, block, pass.heads, heads[i], heads[0], pass.sights[i]))
      const mixed = joined(
        ops,
        attended.map(({ out }, i) => toColumns(ops, pass.blocks[i], pass.heads, out))
      )
      const middle = ops.add(x, ops.matMul(weights.output, mixed, "nn"))
      const between = rmsNorm(ops, normShape(pass), middle, weights.feedForwardNorm)
      const fed = mlp(ops, weights, between.h)
      const blocks = attended.map(({ saved }) => saved)
      const norms = { before: before.saved, between: between.saved }
      return { x: ops.add(middle, fed.out), saved: { ...norms, projected, blocks, mixed, mlp: fed.saved } }
    })

/** Gradients of a layer's parameters, each in the shape the device holds it in. */
export type LayerGradient = { readonly [P in keyof LayerWeights]: LayerWeights[P] }

/** From the gradient of the mixed heads to those of the projections. */
const attendBackwardColumns = (ops: Ops, pass: Pass, saved: LayerSaved, dMixed: Tensor): Projections =>
  ops.scope(() => {
    const single = singleOf(pass.heads)
    const d = byBlock(ops, pass, dMixed)
    const gradients = pass.blocks.map((block, i) =>
      attendBackward(ops, block, pass.heads, saved.blocks[i], toHeads(ops, block, pass.heads, d[i]))
    )
    /** The prompts' own, and what each block of responses adds to it. */
    const whole = (part: "key" | "value", i: number): Tensor =>
      i > 0
        ? gradients[i].own[part]
        : gradients.reduce<Tensor>(
            (sum, { prompt }) => (prompt === null ? sum : ops.add(sum, prompt[part])),
            gradients[0].own[part]
          )
    const columns = (shape: HeadShape, of: (i: number) => Tensor) =>
      joined(
        ops,
        pass.blocks.map((block, i) => toColumns(ops, block, shape, of(i)))
      )
    return {
      query: columns(pass.heads, (i) => gradients[i].own.query),
      key: columns(single, (i) => whole("key", i)),
      value: columns(single, (i) => whole("value", i))
    }
  })

/** From dLoss/dx after a layer to that before it, and the gradients of its parameters. */
export const layerBackward =
  (ops: Ops) =>
  ({ dx, pass, saved, weights }: Omit<LayerInput, "x"> & { readonly saved: LayerSaved; readonly dx: Tensor }) =>
    ops.scope((): { readonly dx: Tensor; readonly gradient: LayerGradient } => {
      const { dh, ...fed } = mlpBackward(ops, weights, saved.mlp, ops.mul(saved.between.y, weights.feedForwardNorm), dx)
      const between = rmsNormBackward(ops, normShape(pass), saved.between, weights.feedForwardNorm, dh)
      const dMiddle = ops.add(dx, between.dx)
      const d = attendBackwardColumns(ops, pass, saved, ops.matMul(weights.output, dMiddle, "tn"))
      const h = ops.mul(saved.before.y, weights.attentionNorm)
      const { dh: dBefore, ...projections } = projectBackward(ops, pass, weights, saved.projected, h, d)
      const before = rmsNormBackward(ops, normShape(pass), saved.before, weights.attentionNorm, dBefore)
      return {
        dx: ops.add(dMiddle, before.dx),
        gradient: {
          attentionNorm: before.gain,
          ...projections,
          output: ops.matMul(dMiddle, saved.mixed, "nt"),
          feedForwardNorm: between.gain,
          ...fed
        }
      }
    })
