/**
 * Where each parameter lies in the one flat array that holds a policy on the host.
 *
 * The order is the order of the checkpoint file, so that a fold over weights and gradients is a loop over flat arrays.
 * Query, key and value (and gate and up) follow one another, so that each such group is one block of rows.
 */
import type { PolicyConfig } from "./config.ts"

export interface Parameter {
  /** As transformers names it. */
  readonly name: string
  /** Matrices are [out, in]. */
  readonly shape: ReadonlyArray<number>
  /** Index of its first element in the flat array. */
  readonly offset: number
  /** Number of elements. */
  readonly size: number
}

export interface ParameterLayout {
  readonly parameters: ReadonlyArray<Parameter>
  /** Elements of the flat array. */
  readonly size: number
}

const layerShapes = (config: PolicyConfig, layer: number): ReadonlyArray<readonly [string, ReadonlyArray<number>]> => {
  const { feedForwardSize, hiddenSize } = config
  const queries = config.heads * config.headSize
  const keys = config.keyValueHeads * config.headSize
  const prefix = `model.layers.${layer}`
  const projections = [
    ["q_proj", queries],
    ["k_proj", keys],
    ["v_proj", keys]
  ] as const
  return [
    [`${prefix}.input_layernorm.weight`, [hiddenSize]],
    ...projections.map(([name, rows]) => [`${prefix}.self_attn.${name}.weight`, [rows, hiddenSize]] as const),
    ...(config.attentionBias ? projections : []).map(
      ([name, rows]) => [`${prefix}.self_attn.${name}.bias`, [rows]] as const
    ),
    ...(config.queryKeyNorm ? ["q_norm", "k_norm"] : []).map(
      (name) => [`${prefix}.self_attn.${name}.weight`, [config.headSize]] as const
    ),
    [`${prefix}.self_attn.o_proj.weight`, [hiddenSize, queries]],
    [`${prefix}.post_attention_layernorm.weight`, [hiddenSize]],
    [`${prefix}.mlp.gate_proj.weight`, [feedForwardSize, hiddenSize]],
    [`${prefix}.mlp.up_proj.weight`, [feedForwardSize, hiddenSize]],
    [`${prefix}.mlp.down_proj.weight`, [hiddenSize, feedForwardSize]]
  ]
}

/** Parameters of these names and shapes, one after another. */
export const laidOut = (
  shapes: ReadonlyArray<readonly [name: string, shape: ReadonlyArray<number>]>
): ParameterLayout => {
  let offset = 0
  const parameters = shapes.map(([name, shape]): Parameter => {
    const size = shape.reduce((product, length) => product * length, 1)
    const parameter = { name, shape, offset, size }
    offset += size
    return parameter
  })
  return { parameters, size: offset }
}

/** The name of the matrix that logits are computed with. */
export const languageHeadOf = ({ tiedHead }: Pick<PolicyConfig, "tiedHead">): string =>
  tiedHead ? "model.embed_tokens.weight" : "lm_head.weight"

/** The parameters of a policy: embedding, layer after layer, final norm, and the head where it is not the embedding. */
export const layoutOf = (config: PolicyConfig): ParameterLayout => {
  const embedding = [config.vocabularySize, config.hiddenSize]
  return laidOut([
    ["model.embed_tokens.weight", embedding],
    ...Array.from({ length: config.layers }, (_, layer) => layerShapes(config, layer)).flat(),
    ["model.norm.weight", [config.hiddenSize]],
    ...(config.tiedHead ? [] : [["lm_head.weight", embedding] as const])
  ])
}
