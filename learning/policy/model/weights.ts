/**
 * A policy's or a critic's weights on a device, as the decoder computes with them: the parameters as the checkpoint has
 * them, those that follow one another and are used together as one.
 */
import type { PolicyConfig } from "../config.ts"
import { valueHead } from "../critic.ts"
import { languageHeadOf, type ParameterLayout } from "../parameters.ts"
import type { Ops, Precision, Tensor } from "../tensors/ops.ts"
import type { MlpWeights } from "./mlp.ts"
import type { ProjectionWeights } from "./projections.ts"

/** Matrices are [out, in], gains [size, 1]. */
export type LayerWeights = ProjectionWeights &
  MlpWeights & {
    readonly attentionNorm: Tensor
    /** [d, heads * size] */
    readonly output: Tensor
    readonly feedForwardNorm: Tensor
  }

/** All but what is computed of the last hidden states. */
export type BackboneWeights = {
  /** [vocabulary, d] */
  readonly embedding: Tensor
  readonly layers: ReadonlyArray<LayerWeights>
  readonly norm: Tensor
}

export type PolicyWeights = BackboneWeights & {
  /** [vocabulary, d]; the embedding where the head is tied. */
  readonly head: Tensor
}

export type CriticWeights = BackboneWeights & {
  /** [1, d], float32 in every precision: it is one row. */
  readonly valueHead: Tensor
}

/** Where a tensor of the device lies among the parameters: the first and the last of those it is made of. */
export interface Place {
  readonly first: string
  readonly last: string
  readonly shape: ReadonlyArray<number>
}

/** The places of a layer's tensors; null where the policy has none. */
export type LayerPlaces = { readonly [P in keyof LayerWeights]: null extends LayerWeights[P] ? Place | null : Place }

export const layerPlaces = (
  { attentionBias, feedForwardSize, headSize, heads, hiddenSize, keyValueHeads, queryKeyNorm }: PolicyConfig,
  layer: number
): LayerPlaces => {
  const prefix = `model.layers.${layer}`
  const queries = heads * headSize
  const rows = queries + 2 * keyValueHeads * headSize
  const place = (name: string, shape: ReadonlyArray<number>, last = name): Place => ({
    first: `${prefix}.${name}`,
    last: `${prefix}.${last}`,
    shape
  })
  const headNorm = (name: string) => (queryKeyNorm ? place(`self_attn.${name}.weight`, [headSize, 1]) : null)
  return {
    attentionNorm: place("input_layernorm.weight", [hiddenSize, 1]),
    projections: place("self_attn.q_proj.weight", [rows, hiddenSize], "self_attn.v_proj.weight"),
    biases: attentionBias ? place("self_attn.q_proj.bias", [rows, 1], "self_attn.v_proj.bias") : null,
    queryNorm: headNorm("q_norm"),
    keyNorm: headNorm("k_norm"),
    output: place("self_attn.o_proj.weight", [hiddenSize, queries]),
    feedForwardNorm: place("post_attention_layernorm.weight", [hiddenSize, 1]),
    gateUp: place("mlp.gate_proj.weight", [2 * feedForwardSize, hiddenSize], "mlp.up_proj.weight"),
    down: place("mlp.down_proj.weight", [hiddenSize, feedForwardSize])
  }
}

/** Finds parameters in a flat array: the values of those from the first to the last, which follow one another. */
export const readerOf = (layout: ParameterLayout, flat: Float32Array) => {
  const places = new Map(layout.parameters.map((parameter) => [parameter.name, parameter]))
  return (first: string, last = first): Float32Array => {
    const begin = places.get(first)
    const end = places.get(last)
    if (begin === undefined || end === undefined) throw new RangeError(`the layout has no ${first} or ${last}`)
    return flat.subarray(begin.offset, end.offset + end.size)
  }
}

/** Brings parameters to the device, sharing their memory where it may. */
const uploaderOf = (ops: Ops, layout: ParameterLayout, flat: Float32Array, precision: Precision) => {
  const read = readerOf(layout, flat)
  return {
    /** A tensor as it is. */
    exact: (name: string, shape: ReadonlyArray<number>): Tensor => ops.floats(read(name), shape),
    /** A matrix as products take it; gains and biases as they are. */
    held: ({ first, last, shape }: Place): Tensor => {
      const matrix = ops.floats(read(first, last), shape)
      return precision === "bfloat16" && shape[1] > 1 ? ops.narrow(matrix) : matrix
    }
  }
}
type Uploader = ReturnType<typeof uploaderOf>

const uploadBackbone = ({ exact, held }: Uploader, config: PolicyConfig): BackboneWeights => {
  const optional = (place: Place | null) => (place === null ? null : held(place))
  const uploadLayer = (layer: number): LayerWeights => {
    const places = layerPlaces(config, layer)
    return {
      attentionNorm: held(places.attentionNorm),
      projections: held(places.projections),
      biases: optional(places.biases),
      queryNorm: optional(places.queryNorm),
      keyNorm: optional(places.keyNorm),
      output: held(places.output),
      feedForwardNorm: held(places.feedForwardNorm),
      gateUp: held(places.gateUp),
      down: held(places.down)
    }
  }
  return {
    embedding: exact("model.embed_tokens.weight", [config.vocabularySize, config.hiddenSize]),
    layers: Array.from({ length: config.layers }, (_, layer) => uploadLayer(layer)),
    norm: exact("model.norm.weight", [config.hiddenSize, 1])
  }
}

/** Brings a policy's flat array to the device, sharing its memory where it may. Whoever asked frees the weights. */
export const uploadWeights = (
  ops: Ops,
  config: PolicyConfig,
  layout: ParameterLayout,
  flat: Float32Array,
  precision: Precision
): PolicyWeights =>
  ops.keep(() => {
    const uploader = uploaderOf(ops, layout, flat, precision)
    const backbone = uploadBackbone(uploader, config)
    if (config.tiedHead && precision === "float32") return { ...backbone, head: backbone.embedding }
    const name = languageHeadOf(config)
    const shape = [config.vocabularySize, config.hiddenSize]
    return { ...backbone, head: uploader.held({ first: name, last: name, shape }) }
  })

/** The same for a critic's flat array. */
export const uploadCritic = (
  ops: Ops,
  config: PolicyConfig,
  layout: ParameterLayout,
  flat: Float32Array,
  precision: Precision
): CriticWeights =>
  ops.keep(() => {
    const uploader = uploaderOf(ops, layout, flat, precision)
    return { ...uploadBackbone(uploader, config), valueHead: uploader.exact(valueHead, [1, config.hiddenSize]) }
  })
