/**
 * One decoder layer over all rows of a batch: x + attention(norm(x)), then x + mlp(norm(x)), forward and backward.
 */
import {
  type Attended,
  attendBackward,
  attendPrompts,
  attendResponses,
  type BlockHeads,
  type Dimensions
} from "./attention.ts"
import type { Block, PackedBatch } from "./batch.ts"
import { toHeads, toRows } from "./heads.ts"
import type { Masks } from "./masks.ts"
import { type MlpSaved, mlp, mlpBackward } from "./mlp.ts"
import type { Ops, Tensor } from "./ops.ts"
import { type Normalised, rmsNorm, rmsNormBackward } from "./rms-norm.ts"
import type { LayerWeights } from "./weights.ts"

/** What all layers of one pass share. */
export interface Pass {
  readonly ops: Ops
  readonly epsilon: number
  readonly dimensions: Dimensions
  readonly batch: PackedBatch
  readonly masks: Masks
  /** The prompts' block, then the responses'. */
  readonly blocks: ReadonlyArray<Block>
  /** [positions, size, size] for each block. */
  readonly rotations: ReadonlyArray<Tensor>
}

type BlockSaved = { readonly heads: BlockHeads; readonly attended: Attended }

/** What the backward pass needs of a layer. */
export type LayerSaved = {
  readonly before: Normalised
  readonly blocks: ReadonlyArray<BlockSaved>
  /** [rows, heads * size] */
  readonly mixed: Tensor
  readonly between: Normalised
  readonly mlp: MlpSaved
}

const rowsOf = ({ positions, prompts, samples }: Block): number => positions * prompts * samples

/** The stretches of rows that belong to each block. */
const byBlock = ({ blocks, ops }: Pass, x: Tensor): ReadonlyArray<Tensor> =>
  blocks.length === 1 ? [x] : blocks.map((block) => ops.slice(x, block.firstRow, rowsOf(block)))

const joined = ({ ops }: Pass, xs: ReadonlyArray<Tensor>): Tensor => (xs.length === 1 ? xs[0] : ops.concat(xs, 0))

const keyShape = (dimensions: Dimensions): Dimensions => ({ ...dimensions, group: 1 })

const project = (pass: Pass, h: Tensor, matrix: Tensor, bias: Tensor | undefined): ReadonlyArray<Tensor> => {
  const { ops } = pass
  const rows = ops.matMul(h, matrix, "nt")
  return byBlock(pass, bias === undefined ? rows : ops.add(rows, bias))
}

const headsOf = (pass: Pass, weights: LayerWeights, h: Tensor): ReadonlyArray<BlockHeads> => {
  const { blocks, dimensions, ops, rotations } = pass
  const { biases } = weights
  const query = project(pass, h, weights.query, biases?.query)
  const key = project(pass, h, weights.key, biases?.key)
  const value = project(pass, h, weights.value, biases?.value)
  const single = keyShape(dimensions)
  return blocks.map((block, i) => ({
    query: toHeads(ops, block, dimensions, query[i], rotations[i]),
    key: toHeads(ops, block, single, key[i], rotations[i]),
    value: toHeads(ops, block, single, value[i], null)
  }))
}

const attend = (pass: Pass, weights: LayerWeights, h: Tensor): ReadonlyArray<BlockSaved> => {
  const { blocks, dimensions, masks, ops } = pass
  const heads = headsOf(pass, weights, h)
  return blocks.map((block, i) => ({
    heads: heads[i],
    attended:
      i === 0
        ? attendPrompts(ops, block, dimensions, heads[i], masks.prompt)
        : attendResponses(ops, block, dimensions, heads[i], heads[0], {
            mask: masks.responses[i - 1],
            padding: masks.padding
          })
  }))
}

/** @param x [rows, d] */
export const layerForward = (
  pass: Pass,
  weights: LayerWeights,
  x: Tensor
): { readonly x: Tensor; readonly saved: LayerSaved } =>
  pass.ops.scope(() => {
    const { dimensions, epsilon, ops } = pass
    const before = rmsNorm(ops, x, epsilon)
    const blocks = attend(pass, weights, before.y)
    const mixed = joined(
      pass,
      blocks.map(({ attended }, i) => toRows(ops, pass.blocks[i], dimensions, attended.out, null))
    )
    const middle = ops.add(x, ops.matMul(mixed, weights.output, "nt"))
    const between = rmsNorm(ops, middle, epsilon)
    const fed = mlp(ops, weights.mlp, between.y)
    return { x: ops.add(middle, fed.out), saved: { before, blocks, mixed, between, mlp: fed.saved } }
  })

/** Gradients of a layer's matrices as the device holds them: folded, see weights.ts. */
export type LayerGradient = {
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
  readonly biases: { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor } | null
  readonly output: Tensor
  readonly gate: Tensor
  readonly up: Tensor
  readonly down: Tensor
}

type RowGradients = { readonly query: Tensor; readonly key: Tensor; readonly value: Tensor }

/** From the gradient of the mixed heads to those of the projections' rows. */
const attendBackwardRows = (pass: Pass, saved: LayerSaved, dMixed: Tensor): RowGradients =>
  pass.ops.scope(() => {
    const { blocks, dimensions, ops, rotations } = pass
    const single = keyShape(dimensions)
    const d = byBlock(pass, dMixed)
    const prompt = saved.blocks[0].heads
    const gradients = blocks.map((block, i) => {
      const { attended, heads } = saved.blocks[i]
      return attendBackward(
        ops,
        block,
        dimensions,
        heads,
        prompt,
        attended,
        toHeads(ops, block, dimensions, d[i], null)
      )
    })
    const sumOf = (part: "key" | "value"): Tensor =>
      gradients.reduce<Tensor>(
        (sum, gradient) => (gradient.prompt === null ? sum : ops.add(sum, gradient.prompt[part])),
        gradients[0].own[part]
      )
    const whole = (part: "key" | "value", i: number) => (i === 0 ? sumOf(part) : gradients[i].own[part])
    return {
      query: joined(
        pass,
        blocks.map((block, i) => toRows(ops, block, dimensions, gradients[i].own.query, rotations[i]))
      ),
      key: joined(
        pass,
        blocks.map((block, i) => toRows(ops, block, single, whole("key", i), rotations[i]))
      ),
      value: joined(
        pass,
        blocks.map((block, i) => toRows(ops, block, single, whole("value", i), null))
      )
    }
  })

/** From dLoss/dx after a layer to that before it, and the gradients of its matrices. */
export const layerBackward = (
  pass: Pass,
  weights: LayerWeights,
  saved: LayerSaved,
  dx: Tensor
): { readonly dx: Tensor; readonly gradient: LayerGradient } =>
  pass.ops.scope(() => {
    const { ops } = pass
    const { dh, ...fed } = mlpBackward(ops, weights.mlp, saved.mlp, saved.between.y, dx)
    const dMiddle = ops.add(dx, rmsNormBackward(ops, saved.between, dh))
    const d = attendBackwardRows(pass, saved, ops.matMul(dMiddle, weights.output, "nn"))
    const dBefore = ops.add(
      ops.add(ops.matMul(d.query, weights.query, "nn"), ops.matMul(d.key, weights.key, "nn")),
      ops.matMul(d.value, weights.value, "nn")
    )
    const h = saved.before.y
    return {
      dx: ops.add(dMiddle, rmsNormBackward(ops, saved.before, dBefore)),
      gradient: {
        query: ops.matMul(d.query, h, "tn"),
        key: ops.matMul(d.key, h, "tn"),
        value: ops.matMul(d.value, h, "tn"),
        biases:
          weights.biases === null
            ? null
            : { query: ops.sum(d.query, 0), key: ops.sum(d.key, 0), value: ops.sum(d.value, 0) },
        output: ops.matMul(dMiddle, saved.mixed, "tn"),
        ...fed
      }
    }
  })
