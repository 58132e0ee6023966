/**
 * The decoder over a packed batch: embedding, layers, and the rows that predict response tokens; forward and backward.
 *
 * Activations are kept for the backward pass layer by layer and freed as it goes back through them.
 */
import type { PackedBatch } from "./batch.ts"
import type { PolicyConfig } from "./config.ts"
import { type LayerGradient, type LayerSaved, layerBackward, layerForward, type Pass } from "./layer.ts"
import { masksFor } from "./masks.ts"
import type { Ops, Tensor } from "./ops.ts"
import { type Normalised, rmsNorm, rmsNormBackward } from "./rms-norm.ts"
import type { Rotations } from "./rope.ts"
import type { PolicyWeights } from "./weights.ts"

/** A device and what it keeps for one policy's shape. */
export interface Device {
  readonly ops: Ops
  readonly config: PolicyConfig
  readonly rotations: Rotations
}

/** What the layers of one pass share; the caller's scope frees it. */
export const passOver = ({ config, ops, rotations }: Device, batch: PackedBatch): Pass => {
  const blocks = [batch.promptBlock, ...batch.responseBlocks]
  return {
    ops,
    epsilon: config.normEpsilon,
    dimensions: {
      keyValueHeads: config.keyValueHeads,
      group: config.heads / config.keyValueHeads,
      size: config.headSize,
      columns: batch.promptBlock.positions
    },
    batch,
    masks: masksFor(ops, batch),
    blocks,
    rotations: blocks.map(({ firstPosition, positions }) => rotations.of(firstPosition, positions))
  }
}

/**
 * Runs all layers.
 *
 * @param keep what is to be kept of each layer
 * @returns [rows, d] hidden states, and what was kept, layer by layer
 */
export const layersForward = <A>(
  pass: Pass,
  weights: PolicyWeights,
  keep: (saved: LayerSaved) => A
): { readonly x: Tensor; readonly kept: ReadonlyArray<A> } => {
  const { batch, ops } = pass
  const kept: Array<A> = []
  let x = ops.gather(weights.embedding, ops.indices(batch.tokens))
  for (const layer of weights.layers) {
    const before = x
    const done = ops.scope(() => {
      const { saved, x } = layerForward(pass, layer, before)
      return { x, kept: keep(saved) }
    })
    ops.free(before)
    kept.push(done.kept)
    x = done.x
  }
  return { x, kept }
}

/** The hidden states that predict response tokens, normalised for the head: [N, d] in the order of batch.sources. */
export const predictingRows = ({ batch, epsilon, ops }: Pass, x: Tensor): Normalised =>
  ops.scope(() => rmsNorm(ops, ops.gather(x, ops.indices(batch.sources)), epsilon))

/**
 * dLoss/d(hidden states of all rows) from that of the predicting rows.
 *
 * A prompt's last row predicts the first token of all its responses, so their gradients add up there; every other row
 * predicts one token or none.
 */
const spreadOverRows = ({ batch, ops }: Pass, dPredicting: Tensor): Tensor =>
  ops.scope(() => {
    const { promptBlock, rows, samples, sources } = batch
    const { positions, prompts } = promptBlock
    const [, width] = dPredicting.shape
    const firsts = prompts * samples
    const first = ops.reshape(ops.slice(dPredicting, 0, firsts), [prompts, samples, width])
    const last = ops.sum(first, 1)
    const parts = positions === 1 ? [last] : [ops.zeros([(positions - 1) * prompts, width]), last]
    const promptRows = positions * prompts
    if (rows === promptRows) return parts.length === 1 ? last : ops.concat(parts, 0)
    const others = sources.length - firsts
    const from = new Int32Array(rows - promptRows).fill(others) // a row of zeros after the others
    for (let n = 0; n < others; n++) from[sources[firsts + n] - promptRows] = n
    const nothing = ops.zeros([1, width])
    const rest = others === 0 ? nothing : ops.concat([ops.slice(dPredicting, firsts, others), nothing], 0)
    return ops.concat([...parts, ops.gather(rest, ops.indices(from))], 0)
  })

/** dLoss/d(embedding rows) [rows, d] from dLoss/d(normalised predicting rows); each layer's gradient goes to `take`. */
export const layersBackward = (
  pass: Pass,
  weights: PolicyWeights,
  saved: ReadonlyArray<LayerSaved>,
  predicting: Normalised,
  dPredicting: Tensor,
  take: (layer: number, gradient: LayerGradient) => void
): Tensor => {
  const { ops } = pass
  let dx = ops.scope(() => spreadOverRows(pass, rmsNormBackward(ops, predicting, dPredicting)))
  for (let layer = saved.length - 1; layer >= 0; layer--) {
    const after = dx
    dx = ops.scope(() => {
      const back = layerBackward(pass, weights.layers[layer], saved[layer], after)
      take(layer, back.gradient)
      return back.dx
    })
    ops.free(after)
    ops.free(saved[layer])
  }
  return dx
}
