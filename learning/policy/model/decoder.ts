/**
 * The decoder over a packed batch: embedding, layers, and the columns that predict response tokens; forward and backward.
 *
 * Activations are kept for the backward pass layer by layer and freed as it goes back through them, or only what goes
 * into each layer is kept and the rest computed again.
 */
import type { PolicyConfig } from "../config.ts"
import type { Device } from "../device.ts"
import type { Ops, Tensor } from "../tensors/ops.ts"
import type { Block, PackedBatch } from "./batch.ts"
import type { LayerGradient, LayerSaved, Pass } from "./layer.ts"
import { sightsOf } from "./masks.ts"
import { type NormSaved, rmsNorm, rmsNormBackward } from "./rms-norm.ts"
import type { BackboneWeights } from "./weights.ts"

export const headShapeOf = ({ headSize, heads, keyValueHeads }: PolicyConfig) => ({
  keyValueHeads,
  group: heads / keyValueHeads,
  size: headSize
})

/** The position of every column. */
const positionsOf = (blocks: ReadonlyArray<Block>, columns: number): Int32Array => {
  const positions = new Int32Array(columns)
  for (const block of blocks) {
    const count = block.positions * block.prompts * block.samples
    for (let i = 0; i < count; i++) positions[block.firstColumn + i] = block.firstPosition + (i % block.positions)
  }
  return positions
}

/** What the layers of one pass share; the caller's scope frees it. */
export const passOver = ({ config, ops, rotations }: Device, batch: PackedBatch): Pass => {
  const blocks = [batch.promptBlock, ...batch.responseBlocks]
  return {
    epsilon: config.normEpsilon,
    heads: headShapeOf(config),
    blocks,
    sights: sightsOf(ops, config, batch),
    rotation: rotations.at(positionsOf(blocks, batch.columns))
  }
}

/** [d, columns] */
const embed = ({ ops }: Device, { embedding }: BackboneWeights, tokens: Int32Array): Tensor =>
  ops.scope(() => ops.transpose(ops.gather(embedding, ops.indices(tokens)), [1, 0]))

/**
 * Runs all layers.
 *
 * @param run one layer: what comes out of it, and what is to be kept of it
 * @returns [d, columns] hidden states, and what was kept, layer by layer
 */
export const layersForward = <A>(
  device: Device,
  batch: PackedBatch,
  weights: BackboneWeights,
  run: (layer: number, x: Tensor) => { readonly x: Tensor; readonly kept: A }
): { readonly x: Tensor; readonly kept: ReadonlyArray<A> } => {
  const { ops } = device
  const kept: Array<A> = []
  let x = embed(device, weights, batch.tokens)
  weights.layers.forEach((_, layer) => {
    const before = x
    const done = ops.scope(() => run(layer, before))
    kept.push(done.kept)
    x = done.x
    if (done.kept !== before) ops.free(before)
  })
  return { x, kept }
}

/** Hidden states that predict response tokens, normalised for the head. */
export type Predicting = {
  readonly normal: NormSaved
  /** [N, d] in the order of the batch's sources. */
  readonly rows: Tensor
}

export type PredictInput = {
  readonly epsilon: number
  /** [d, columns] */
  readonly x: Tensor
  /** [d, 1] */
  readonly norm: Tensor
  /** [N] columns. */
  readonly sources: Tensor
}

export const predict =
  (ops: Ops) =>
  ({ epsilon, norm, sources, x }: PredictInput): Predicting =>
    ops.scope(() => {
      const { h, saved } = rmsNorm(ops, { axis: 0, epsilon }, x, norm)
      return { normal: saved, rows: ops.gather(ops.transpose(h, [1, 0]), sources) }
    })

export type SpreadInput = {
  readonly norm: Tensor
  readonly normal: NormSaved
  /** [N, d] */
  readonly dRows: Tensor
  readonly prompts: number
  readonly samples: number
  /** [1, d] */
  readonly zero: Tensor
  /** [columns] which gathered row each column takes; see spreadIndices. */
  readonly from: Tensor
}

/**
 * From the gradient of the predicting rows to that of all columns before the last norm.
 *
 * A prompt's last column predicts the first token of all its responses, so their gradients add up there; every other
 * column predicts one token or none.
 */
export const predictBackward =
  (ops: Ops) =>
  ({ dRows, from, norm, normal, prompts, samples, zero }: SpreadInput) =>
    ops.scope(() => {
      const [count, width] = dRows.shape
      const firsts = prompts * samples
      const last = ops.sum(ops.reshape(ops.slice(dRows, 0, firsts), [prompts, samples, width]), 1)
      const others = count > firsts ? [ops.slice(dRows, firsts, count - firsts)] : []
      const rows = ops.concat([...others, ops.reshape(last, [prompts, width]), zero], 0)
      return rmsNormBackward(ops, { axis: 0 }, normal, norm, ops.transpose(ops.gather(rows, from), [1, 0]))
    })

/** For each column the row to take: the others' gradients in their order, then the prompts' sums, then a row of zeros. */
export const spreadIndices = ({ columns, promptBlock, samples, sources }: PackedBatch): Int32Array => {
  const { positions, prompts } = promptBlock
  const firsts = prompts * samples
  const others = sources.length - firsts
  const from = new Int32Array(columns).fill(others + prompts)
  for (let p = 0; p < prompts; p++) from[(p + 1) * positions - 1] = others + p
  for (let n = 0; n < others; n++) from[sources[firsts + n]] = n
  return from
}

/** dLoss/d(embedded tokens) [columns, d] from dLoss/dx after the last layer; each layer's gradient goes to `take`. */
export const layersBackward = (
  device: Device,
  pass: Pass,
  weights: BackboneWeights,
  savedOf: (layer: number) => LayerSaved,
  dLast: Tensor,
  take: (layer: number, gradient: LayerGradient) => void
): Tensor => {
  const { ops, programs } = device
  let dx = dLast
  for (let layer = weights.layers.length - 1; layer >= 0; layer--) {
    const after = dx
    dx = ops.scope(() => {
      const saved = savedOf(layer)
      const back = programs.layerBackward({ pass, weights: weights.layers[layer], saved, dx: after })
      take(layer, back.gradient)
      ops.free(saved)
      return back.dx
    })
    ops.free(after)
  }
  return ops.transpose(dx, [1, 0])
}
