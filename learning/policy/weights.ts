/**
 * A policy's weights on a device, in the form the decoder computes with.
 *
 * Norm gains are folded into the matrices they are followed by and 1 / sqrt(head size) into the query projection: a
 * column, or a row, is multiplied once instead of every activation. The way back for gradients is gradient-unfolding.ts.
 */
import type { PolicyConfig } from "./config.ts"
import type { MlpWeights } from "./mlp.ts"
import type { Ops, Tensor } from "./ops.ts"
import type { ParameterLayout } from "./parameters.ts"

/** Matrices are [out, in]. Query, key and value are stretches of `projectionHeads`, gate and up of `gateUp`. */
export type LayerWeights = {
  /** All of the projections as [heads + 2 kv, size, d]. */
  readonly projectionHeads: Tensor
  readonly query: Tensor
  readonly key: Tensor
  readonly value: Tensor
  /** Null without biases; `heads` is all of them as [heads + 2 kv, 1, size]. */
  readonly biases: {
    readonly heads: Tensor
    readonly query: Tensor
    readonly key: Tensor
    readonly value: Tensor
  } | null
  readonly output: Tensor
  readonly gateUp: Tensor
  readonly mlp: MlpWeights
}

export type PolicyWeights = {
  /** [vocabulary, d], as the checkpoint has it. */
  readonly embedding: Tensor
  readonly layers: ReadonlyArray<LayerWeights>
  /** [vocabulary, d], the final norm folded in. */
  readonly head: Tensor
}

/** Finds a parameter's values in a flat array. */
export const readerOf = (layout: ParameterLayout, flat: Float32Array) => {
  const places = new Map(layout.parameters.map((parameter) => [parameter.name, parameter]))
  /** The values of `count` parameters from this one on, which follow one another. */
  return (name: string, last = name): Float32Array => {
    const first = places.get(name)
    const end = places.get(last)
    if (first === undefined || end === undefined) throw new RangeError(`the layout has no ${name} or ${last}`)
    return flat.subarray(first.offset, end.offset + end.size)
  }
}

export const queryScale = ({ headSize }: PolicyConfig): number => 1 / Math.sqrt(headSize)

/** [rows, 1]: the scale of the query rows, 1 for those of keys and values. */
const rowScales = (ops: Ops, config: PolicyConfig): Tensor => {
  const queries = config.heads * config.headSize
  const scales = new Float32Array(queries + 2 * config.keyValueHeads * config.headSize).fill(1)
  return ops.floats(scales.fill(queryScale(config), 0, queries), [scales.length, 1])
}

const uploadLayer = (ops: Ops, config: PolicyConfig, read: ReturnType<typeof readerOf>, layer: number): LayerWeights =>
  ops.scope(() => {
    const { feedForwardSize, hiddenSize } = config
    const queries = config.heads * config.headSize
    const keys = config.keyValueHeads * config.headSize
    const prefix = `model.layers.${layer}`
    const gain = (name: string) => ops.floats(read(`${prefix}.${name}.weight`), [hiddenSize])
    const matrix = (first: string, last: string, out: number, input: number) =>
      ops.floats(read(`${prefix}.${first}.weight`, `${prefix}.${last}.weight`), [out, input])
    const scales = rowScales(ops, config)
    const thirds = (x: Tensor) => ({
      query: ops.slice(x, 0, queries),
      key: ops.slice(x, queries, keys),
      value: ops.slice(x, queries + keys, keys)
    })
    const rows = queries + 2 * keys
    const raw = matrix("self_attn.q_proj", "self_attn.v_proj", rows, hiddenSize)
    const projections = ops.mul(ops.mul(raw, gain("input_layernorm")), scales)
    const biasesOf = () => {
      const values = read(`${prefix}.self_attn.q_proj.bias`, `${prefix}.self_attn.v_proj.bias`)
      const all = ops.mul(ops.floats(values, [rows]), ops.reshape(scales, [rows]))
      return { heads: ops.reshape(all, [rows / config.headSize, 1, config.headSize]), ...thirds(all) }
    }
    const gateUp = ops.mul(
      matrix("mlp.gate_proj", "mlp.up_proj", 2 * feedForwardSize, hiddenSize),
      gain("post_attention_layernorm")
    )
    return {
      projectionHeads: ops.reshape(projections, [rows / config.headSize, config.headSize, hiddenSize]),
      ...thirds(projections),
      biases: config.attentionBias ? biasesOf() : null,
      output: matrix("self_attn.o_proj", "self_attn.o_proj", hiddenSize, queries),
      gateUp,
      mlp: {
        gate: ops.slice(gateUp, 0, feedForwardSize),
        up: ops.slice(gateUp, feedForwardSize, feedForwardSize),
        down: matrix("mlp.down_proj", "mlp.down_proj", hiddenSize, feedForwardSize)
      }
    }
  })

/** Copies a flat array of weights to the device. Whoever asked frees them. */
export const uploadWeights = (
  ops: Ops,
  config: PolicyConfig,
  layout: ParameterLayout,
  flat: Float32Array
): PolicyWeights =>
  ops.keep(() => {
    const read = readerOf(layout, flat)
    const embedding = ops.floats(read("model.embed_tokens.weight"), [config.vocabularySize, config.hiddenSize])
    const output = config.tiedHead
      ? embedding
      : ops.floats(read("lm_head.weight"), [config.vocabularySize, config.hiddenSize])
    const head = ops.mul(output, ops.floats(read("model.norm.weight"), [config.hiddenSize]))
    return {
      embedding,
      layers: Array.from({ length: config.layers }, (_, layer) => uploadLayer(ops, config, read, layer)),
      head
    }
  })
