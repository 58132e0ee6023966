/**
 * The passes that policies and critics share, whatever lies on top: a batch laid out, the layers, the rows that predict
 * response tokens, and the way back through them.
 */
import type { Device } from "../device.ts"
import { type PackedBatch, packBatch } from "../model/batch.ts"
import { layersBackward, layersForward, passOver, spreadIndices } from "../model/decoder.ts"
import type { LayerSaved, Pass } from "../model/layer.ts"
import type { BackboneWeights } from "../model/weights.ts"
import type { SequenceBatch } from "../requests.ts"
import type { Tensor } from "../tensors/ops.ts"
import type { GradientSum } from "./gradient-sum.ts"
import { putAt } from "./places.ts"

/** A batch laid out, and what its layers share. */
export interface Laid {
  readonly device: Device
  readonly batch: PackedBatch
  readonly pass: Pass
}

export const lay = (device: Device, sequences: SequenceBatch): Laid => {
  const batch = packBatch(sequences)
  return { device, batch, pass: passOver(device, batch) }
}

/** Numbers of rows, put in prompt-major order. */
export const promptMajor = (values: Float32Array, { places }: PackedBatch): Float32Array =>
  putAt(new Float32Array(values.length), values, places)

/** The rows that predict response tokens, from the hidden states after the last layer. */
const predicting = ({ batch, device }: Laid, { norm }: BackboneWeights, x: Tensor) => {
  const { config, ops, programs } = device
  return programs.predict({ epsilon: config.normEpsilon, x, norm, sources: ops.indices(batch.sources) })
}

/** What `top` makes of the rows [N, d]; nothing is kept for a way back. */
export const overRows = <A>(laid: Laid, weights: BackboneWeights, top: (rows: Tensor) => A): A => {
  const { batch, device, pass } = laid
  return device.ops.scope(() => {
    const { x } = layersForward(device, batch, weights, (layer, before) => ({
      x: device.programs.layerOutput({ pass, weights: weights.layers[layer], x: before }),
      kept: null
    }))
    return top(predicting(laid, weights, x).rows)
  })
}

/** Runs the layers and keeps what the way back needs, or only what goes into each where that is computed again. */
const forward = ({ batch, device, pass }: Laid, weights: BackboneWeights, isRecomputed: boolean) => {
  const { ops, programs } = device
  const inputOf = (layer: number, x: Tensor) => ({ pass, weights: weights.layers[layer], x })
  if (isRecomputed) {
    const { kept, x } = layersForward(device, batch, weights, (layer, before) => ({
      x: programs.layerOutput(inputOf(layer, before)),
      kept: before
    }))
    const savedOf = (layer: number): LayerSaved => {
      const { saved } = programs.layerForward(inputOf(layer, kept[layer]))
      ops.free(kept[layer])
      return saved
    }
    return { x, savedOf }
  }
  const { kept, x } = layersForward(device, batch, weights, (layer, before) => {
    const { saved, x } = programs.layerForward(inputOf(layer, before))
    return { x, kept: saved }
  })
  return { x, savedOf: (layer: number) => kept[layer] }
}

/** Gradients of what lies on top of the rows. */
export interface TopGradients {
  /** [N, d] */
  readonly dRows: Tensor
  /** In the head's own shape. */
  readonly head: Tensor
}

/**
 * Adds the gradient of a loss to the sum.
 *
 * @param top computes the loss of the rows [N, d], and goes back to them
 */
export const differentiate = (
  laid: Laid,
  weights: BackboneWeights,
  isRecomputed: boolean,
  sum: GradientSum,
  top: (rows: Tensor) => TopGradients
): void => {
  const { batch, device, pass } = laid
  const { ops, programs } = device
  ops.scope(() => {
    const { savedOf, x } = forward(laid, weights, isRecomputed)
    const { normal, rows } = predicting(laid, weights, x)
    ops.free(x)
    const back = top(rows)
    sum.head(back.head)
    const { prompts } = batch.promptBlock
    const last = programs.predictBackward({
      ...{ dRows: back.dRows, norm: weights.norm, normal, prompts, samples: batch.samples },
      zero: ops.zeros([1, device.config.hiddenSize]),
      from: ops.indices(spreadIndices(batch))
    })
    sum.norm(last.gain)
    ops.free([back, normal, rows])
    sum.embedding(batch.tokens, layersBackward(device, pass, weights, savedOf, last.dx, sum.layer))
    return null
  })
}
