/**
 * From the gradients of the device's matrices to those of the checkpoint's parameters, in one flat array.
 *
 * The device holds W' = scale W gain (weights.ts), so dW = scale dW' gain and dgain = sum over rows of scale dW' W.
 * Embedding rows are added up in the order of the batch, so the sum is the same on every backend.
 */
import type { PolicyConfig } from "./config.ts"
import type { ParameterLayout } from "./parameters.ts"
import { queryScale, readerOf } from "./weights.ts"

/** A layer's gradients as read from the device. */
export interface LayerArrays {
  readonly query: Float32Array
  readonly key: Float32Array
  readonly value: Float32Array
  readonly biases: { readonly query: Float32Array; readonly key: Float32Array; readonly value: Float32Array } | null
  readonly output: Float32Array
  readonly gate: Float32Array
  readonly up: Float32Array
  readonly down: Float32Array
}

export interface GradientSink {
  readonly layer: (layer: number, gradient: LayerArrays) => void
  /** @param folded [vocabulary, d] */
  readonly head: (folded: Float32Array) => void
  /** @param rows [tokens.length, d] */
  readonly embedding: (tokens: Int32Array, rows: Float32Array) => void
  /** [layout.size] */
  readonly gradient: Float32Array
}

const addInto = (target: Float32Array, values: Float32Array, scale: number): void => {
  for (let i = 0; i < values.length; i++) target[i] += scale * values[i]
}

/** @param weights the flat array that the device's matrices were made from */
export const gradientSink = (config: PolicyConfig, layout: ParameterLayout, weights: Float32Array): GradientSink => {
  const gradient = new Float32Array(layout.size)
  const valuesOf = readerOf(layout, weights)
  const gradientOf = readerOf(layout, gradient)
  const width = config.hiddenSize

  /** Unfolds the matrices that follow one norm; their shares of its gain's gradient add up in doubles. */
  const unfold = (
    norm: string,
    matrices: ReadonlyArray<readonly [name: string, folded: Float32Array, scale: number]>
  ) => {
    const gain = valuesOf(norm)
    const gainGradient = new Float64Array(width)
    for (const [name, folded, scale] of matrices) {
      const values = valuesOf(name)
      const target = gradientOf(name)
      for (let start = 0; start < folded.length; start += width) {
        for (let i = 0; i < width; i++) {
          const g = scale * folded[start + i]
          target[start + i] += g * gain[i]
          gainGradient[i] += g * values[start + i]
        }
      }
    }
    gradientOf(norm).set(gainGradient)
  }

  return {
    gradient,
    layer: (layer, { biases, down, gate, key, output, query, up, value }) => {
      const prefix = `model.layers.${layer}`
      const attention = `${prefix}.self_attn`
      unfold(`${prefix}.input_layernorm.weight`, [
        [`${attention}.q_proj.weight`, query, queryScale(config)],
        [`${attention}.k_proj.weight`, key, 1],
        [`${attention}.v_proj.weight`, value, 1]
      ])
      unfold(`${prefix}.post_attention_layernorm.weight`, [
        [`${prefix}.mlp.gate_proj.weight`, gate, 1],
        [`${prefix}.mlp.up_proj.weight`, up, 1]
      ])
      addInto(gradientOf(`${attention}.o_proj.weight`), output, 1)
      addInto(gradientOf(`${prefix}.mlp.down_proj.weight`), down, 1)
      if (biases === null) return
      addInto(gradientOf(`${attention}.q_proj.bias`), biases.query, queryScale(config))
      addInto(gradientOf(`${attention}.k_proj.bias`), biases.key, 1)
      addInto(gradientOf(`${attention}.v_proj.bias`), biases.value, 1)
    },
    head: (folded) => {
      unfold("model.norm.weight", [[config.tiedHead ? "model.embed_tokens.weight" : "lm_head.weight", folded, 1]])
    },
    embedding: (tokens, rows) => {
      const target = gradientOf("model.embed_tokens.weight")
      for (let row = 0; row < tokens.length; row++) {
        const place = tokens[row] * width
        for (let i = 0; i < width; i++) target[place + i] += rows[row * width + i]
      }
    }
  }
}
