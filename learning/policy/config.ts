/**
 * The shape of a policy, from a Hugging Face config.json (both published forms) and back.
 *
 * What this decoder does not compute is refused by name: a field that was ignored would change every log-prob in silence.
 */
import { Effect, Schema } from "effect"
import { CheckpointInvalid } from "./checkpoint/checkpoint-invalid.ts"
import { checkedJson } from "./checkpoint/checkpoint-json.ts"
import { encodeRope, type Llama3Scaling, type RopeConfig, RopeFields, ropeOf } from "./config-rope.ts"

export type { Llama3Scaling, RopeConfig }

/** The architectures computed here, each with the model_type that transformers knows it by. */
const modelTypes = {
  LlamaForCausalLM: "llama",
  Qwen2ForCausalLM: "qwen2",
  Qwen3ForCausalLM: "qwen3"
} as const
export const architectures = ["LlamaForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"] as const
export type Architecture = (typeof architectures)[number]

/** A plain value: it is sent to worker threads as it is. */
export interface PolicyConfig {
  readonly architecture: Architecture
  /** Rows of the embedding and of the head; may exceed the tokenizer's size. */
  readonly vocabularySize: number
  readonly hiddenSize: number
  readonly layers: number
  readonly heads: number
  /** Divides heads: each key and value head serves heads / keyValueHeads query heads. */
  readonly keyValueHeads: number
  readonly headSize: number
  readonly feedForwardSize: number
  readonly rope: RopeConfig
  readonly normEpsilon: number
  /** Whether the query, key and value projections have biases (Qwen2). */
  readonly attentionBias: boolean
  /** Whether each head's queries and keys are normalised before they are rotated (Qwen3). */
  readonly queryKeyNorm: boolean
  /** Whether the head is the embedding. */
  readonly tiedHead: boolean
  /** Positions the model was made for: prompt and response together. */
  readonly maxPositions: number
  /** Tokens that end a response; may be empty. */
  readonly eosIds: ReadonlyArray<number>
}

const Size = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 2 ** 24 }))
const TokenId = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 2 ** 24 }))
const Epsilon = Schema.Finite.check(Schema.isBetween({ minimum: 1e-20, maximum: 1 }))
const EosIds = Schema.Union([TokenId, Schema.Array(TokenId)])

const ConfigFile = Schema.Struct({
  model_type: Schema.optional(Schema.String),
  vocab_size: Size,
  hidden_size: Size,
  num_hidden_layers: Size,
  num_attention_heads: Size,
  num_key_value_heads: Schema.optional(Schema.NullOr(Size)),
  head_dim: Schema.optional(Schema.NullOr(Size)),
  intermediate_size: Size,
  rms_norm_eps: Epsilon,
  max_position_embeddings: Size,
  hidden_act: Schema.optional(Schema.String),
  attention_bias: Schema.optional(Schema.NullOr(Schema.Boolean)),
  mlp_bias: Schema.optional(Schema.NullOr(Schema.Boolean)),
  use_sliding_window: Schema.optional(Schema.NullOr(Schema.Boolean)),
  layer_types: Schema.optional(Schema.NullOr(Schema.Array(Schema.String))),
  use_mrope: Schema.optional(Schema.NullOr(Schema.Boolean)),
  rope_interleaved: Schema.optional(Schema.NullOr(Schema.Boolean)),
  quantization_config: Schema.optional(Schema.Unknown),
  tie_word_embeddings: Schema.optional(Schema.NullOr(Schema.Boolean)),
  eos_token_id: Schema.optional(Schema.NullOr(EosIds)),
  ...RopeFields
})
type ConfigFile = typeof ConfigFile.Type

const ArchitectureField = Schema.Struct({ architectures: Schema.Tuple([Schema.String]) })
const GenerationFile = Schema.Struct({ eos_token_id: Schema.optional(Schema.NullOr(EosIds)) })

const configFile = "config.json"
const refuse = (what: string, reason: string) => new CheckpointInvalid({ file: configFile, what, reason })
/** The file may be as published: the model is of a kind that is not computed here. */
const beyond = (what: string, reason: string) =>
  new CheckpointInvalid({ file: configFile, what, reason, next: "use a model that this program computes" })

const known = `known are ${architectures.join(", ")}`

/** Switches that ask for something this decoder does not compute, with what that is. */
const switches = [
  ["attention_bias", "biases on the output projection"],
  ["mlp_bias", "biases in the feed-forward layers"],
  ["use_sliding_window", "sliding windows"],
  ["use_mrope", "rotary embeddings in three dimensions"],
  ["rope_interleaved", "interleaved rotary embeddings"]
] as const

/** The first thing in a config that this decoder does not compute, or null. */
const unsupported = (file: ConfigFile, architecture: Architecture): CheckpointInvalid | null => {
  if (file.model_type !== undefined && file.model_type !== modelTypes[architecture])
    return beyond("model_type", `${JSON.stringify(file.model_type)} is not ${architecture}'s; ${known}`)
  const activation = file.hidden_act ?? "silu"
  if (activation !== "silu" && activation !== "swish") return beyond("hidden_act", `${activation} is not silu`)
  for (const [field, meaning] of switches) {
    // Qwen2 has its biases whatever the field says, as in transformers, and never one on the output
    const ignored = field === "attention_bias" && architecture === "Qwen2ForCausalLM"
    if (file[field] === true && !ignored) return beyond(field, `${meaning} are not supported`)
  }
  if (file.quantization_config != null) return beyond("quantization_config", "quantized weights are not supported")
  const layerTypes = file.layer_types
  if (layerTypes == null) return null
  const other = layerTypes.find((type) => type !== "full_attention")
  if (other !== undefined) return beyond("layer_types", `${JSON.stringify(other)} is not supported; full_attention is`)
  if (layerTypes.length !== file.num_hidden_layers)
    return refuse("layer_types", `it names ${layerTypes.length} layers of ${file.num_hidden_layers}`)
  return null
}

const architectureOf = Effect.fn("config.architectureOf")(function* (config: unknown) {
  const { architectures: named } = yield* Effect.mapError(
    checkedJson(ArchitectureField, config, configFile),
    ({ reason, what }) =>
      what === "" ? refuse("", reason) : refuse("architectures", `it must name one architecture; ${known}`)
  )
  const architecture = architectures.find((each) => each === named[0])
  if (architecture === undefined)
    return yield* beyond("architectures", `${JSON.stringify(named[0].slice(0, 80))} is unknown; ${known}`)
  return architecture
})

/** Heads and their size; transformers gives Qwen3 heads of 128 where the file is silent, the others what divides evenly. */
const headsOf = Effect.fn("config.headsOf")(function* (file: ConfigFile, architecture: Architecture) {
  const heads = file.num_attention_heads
  const keyValueHeads = file.num_key_value_heads ?? heads
  if (heads % keyValueHeads !== 0)
    return yield* refuse("num_key_value_heads", `${keyValueHeads} does not divide ${heads} heads`)
  const headSize = file.head_dim ?? (architecture === "Qwen3ForCausalLM" ? 128 : file.hidden_size / heads)
  if (!Number.isInteger(headSize))
    return yield* refuse("hidden_size", `${file.hidden_size} is no multiple of ${heads} heads`)
  if (headSize % 2 !== 0) return yield* refuse("head_dim", `rotary embeddings need an even size, not ${headSize}`)
  return { heads, keyValueHeads, headSize }
})

const listOf = (ids: number | ReadonlyArray<number> | null | undefined): ReadonlyArray<number> | null =>
  ids === null || ids === undefined ? null : typeof ids === "number" ? [ids] : ids

/**
 * @param config the JSON of config.json
 * @param generation the JSON of generation_config.json, whose end-of-sequence tokens count first; undefined without one
 *
 * Fails with CheckpointInvalid, naming the field: an unknown architecture, a shape that does not fit, an unsupported part.
 */
export const decodeConfig = Effect.fn("config.decodeConfig")(function* (config: unknown, generation: unknown) {
  const architecture = yield* architectureOf(config)
  const file = yield* checkedJson(ConfigFile, config, configFile)
  const endings =
    generation === undefined
      ? null
      : listOf((yield* checkedJson(GenerationFile, generation, "generation_config.json")).eos_token_id)
  const problem = unsupported(file, architecture)
  if (problem !== null) return yield* problem
  const policy: PolicyConfig = {
    architecture,
    vocabularySize: file.vocab_size,
    hiddenSize: file.hidden_size,
    layers: file.num_hidden_layers,
    ...(yield* headsOf(file, architecture)),
    feedForwardSize: file.intermediate_size,
    rope: yield* ropeOf(file),
    normEpsilon: file.rms_norm_eps,
    attentionBias: architecture === "Qwen2ForCausalLM",
    queryKeyNorm: architecture === "Qwen3ForCausalLM",
    tiedHead: file.tie_word_embeddings ?? false,
    maxPositions: file.max_position_embeddings,
    eosIds: endings ?? listOf(file.eos_token_id) ?? []
  }
  return policy
})

/** What config.json and generation_config.json say of a policy with float32 weights, in the older published form. */
export const encodeConfig = (policy: PolicyConfig) => {
  const eos = { bos_token_id: null, eos_token_id: policy.eosIds.length === 1 ? policy.eosIds[0] : policy.eosIds }
  const config = {
    architectures: [policy.architecture],
    model_type: modelTypes[policy.architecture],
    vocab_size: policy.vocabularySize,
    hidden_size: policy.hiddenSize,
    num_hidden_layers: policy.layers,
    num_attention_heads: policy.heads,
    num_key_value_heads: policy.keyValueHeads,
    head_dim: policy.headSize,
    intermediate_size: policy.feedForwardSize,
    hidden_act: "silu",
    ...encodeRope(policy.rope),
    rms_norm_eps: policy.normEpsilon,
    max_position_embeddings: policy.maxPositions,
    tie_word_embeddings: policy.tiedHead,
    torch_dtype: "float32",
    ...eos
  }
  return { config, generation: eos }
}

const carriable = Schema.Record(Schema.String, Schema.Unknown)

/** A base's own config.json with everything it says, for the same policy with float32 weights. */
export const carriedConfig = (base: unknown): Readonly<Record<string, unknown>> => {
  const fields = Schema.decodeUnknownSync(carriable)(base)
  return { ...fields, ["dtype" in fields ? "dtype" : "torch_dtype"]: "float32" }
}
