/**
 * A gradient in one flat array, in the order of the parameters: what the device computed of each tensor is added where its
 * parameters lie. Embedding rows are added up in the order of the batch, so the sum is the same on every backend.
 */
import type { Device } from "./device.ts"
import type { LayerGradient } from "./layer.ts"
import type { Tensor } from "./ops.ts"
import type { ParameterLayout } from "./parameters.ts"
import { layerPlaces, type Place, readerOf } from "./weights.ts"

export interface GradientSum {
  readonly layer: (layer: number, gradient: LayerGradient) => void
  /** @param gradient [vocabulary, d] */
  readonly head: (gradient: Tensor) => void
  /** @param gradient [d, 1] of the last norm's gain */
  readonly norm: (gradient: Tensor) => void
  /** @param rows [tokens.length, d] */
  readonly embedding: (tokens: Int32Array, rows: Tensor) => void
  /** [layout.size] */
  readonly flat: Float32Array
}

const addInto = (target: Float32Array, values: Float32Array): void => {
  for (let i = 0; i < values.length; i++) target[i] += values[i]
}

export const gradientSum = ({ config, ops }: Device, layout: ParameterLayout): GradientSum => {
  const flat = new Float32Array(layout.size)
  const gradientOf = readerOf(layout, flat)
  const add = (place: Place | null, gradient: Tensor | null): void => {
    if (place !== null && gradient !== null) addInto(gradientOf(place.first, place.last), ops.read(gradient))
  }
  return {
    flat,
    layer: (layer, gradient) => {
      const places = layerPlaces(config, layer)
      add(places.attentionNorm, gradient.attentionNorm)
      add(places.projections, gradient.projections)
      add(places.biases, gradient.biases)
      add(places.queryNorm, gradient.queryNorm)
      add(places.keyNorm, gradient.keyNorm)
      add(places.output, gradient.output)
      add(places.feedForwardNorm, gradient.feedForwardNorm)
      add(places.gateUp, gradient.gateUp)
      add(places.down, gradient.down)
    },
    head: (gradient) =>
      addInto(gradientOf(config.tiedHead ? "model.embed_tokens.weight" : "lm_head.weight"), ops.read(gradient)),
    norm: (gradient) => addInto(gradientOf("model.norm.weight"), ops.read(gradient)),
    embedding: (tokens, rows) => {
      const width = config.hiddenSize
      const values = ops.read(rows)
      const target = gradientOf("model.embed_tokens.weight")
      tokens.forEach((token, row) => {
        const place = token * width
        for (let i = 0; i < width; i++) target[place + i] += values[row * width + i]
      })
    }
  }
}
