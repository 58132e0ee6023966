/**
 * A gradient in one flat array, in the order of the parameters: what the device computed of each tensor is added where its
 * parameters lie. Embedding rows are added up in the order of the batch, so the sum is the same on every backend.
 */
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import type { LayerGradient } from "../model/layer.ts"
import { layerPlaces, type Place, readerOf } from "../model/weights.ts"
import type { ParameterLayout } from "../parameters.ts"
import type { Tensor } from "../tensors/ops.ts"

export interface GradientSum {
  readonly layer: (layer: number, gradient: LayerGradient) => void
  /** @param gradient of the language head [vocabulary, d] or the value head [1, d] */
  readonly head: (gradient: Tensor) => void
  /** @param gradient [d, 1] of the last norm's gain */
  readonly norm: (gradient: Tensor) => void
  /** @param rows [tokens.length, d] */
  readonly embedding: (tokens: Int32Array, rows: Tensor) => void
  /** [layout.size] the sum so far. Throws EngineError (not-finite), which names the parameter. */
  readonly finite: () => Float32Array
}

const addInto = (target: Float32Array, values: Float32Array): void => {
  for (let i = 0; i < values.length; i++) target[i] += values[i]
}

/** Names the first parameter whose gradient is not finite. Throws EngineError (not-finite). */
const checkFinite = (operation: string, values: Float32Array, { parameters }: ParameterLayout): void => {
  let trace = 0
  for (let i = 0; i < values.length; i++) trace += values[i] * 0 // NaN from the first NaN or Infinity on
  if (trace === 0) return
  const at = values.findIndex((value) => !Number.isFinite(value))
  const name = parameters.find(({ offset, size }) => at < offset + size)?.name ?? "?"
  const detail = `the gradient of ${name} holds ${values[at]}`
  throw new EngineError({ operation, reason: "not-finite", detail })
}

/**
 * @param head the parameter that lies on top of the backbone
 * @param operation what an error is said to come from
 */
export const gradientSum = (
  { config, ops }: Device,
  layout: ParameterLayout,
  head: string,
  operation: string
): GradientSum => {
  const flat = new Float32Array(layout.size)
  const gradientOf = readerOf(layout, flat)
  const written = new Set<string>()
  const addTo = (target: Float32Array, name: string, values: Float32Array): void => {
    if (written.has(name)) addInto(target, values)
    else target.set(values)
    written.add(name)
  }
  const add = (place: Place | null, gradient: Tensor | null): void => {
    if (place === null || gradient === null) return
    addTo(gradientOf(place.first, place.last), place.first, ops.read(gradient))
  }
  return {
    finite: () => {
      checkFinite(operation, flat, layout)
      return flat
    },
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
    head: (gradient) => addTo(gradientOf(head), head, ops.read(gradient)),
    norm: (gradient) => addTo(gradientOf("model.norm.weight"), "model.norm.weight", ops.read(gradient)),
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
