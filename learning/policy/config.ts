/**
 * The shape of a policy, from a Hugging Face config.json (both published forms) and back.
 *
 * What this decoder does not compute is refused by name: a field that was ignored would change every log-prob in silence.
 */
import { Effect, Schema } from "effect"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"

export const architectures = ["LlamaForCausalLM", "Qwen2ForCausalLM", "Qwen3ForCausalLM"] as const
export type Architecture = (typeof architectures)[number]

/** Llama 3's scaling of rotary frequencies: long waves turn `factor` times slower, short ones as before. */
export interface Llama3Scaling {
  readonly factor: number
  readonly lowFrequencyFactor: number
  readonly highFrequencyFactor: number
  readonly originalMaxPositions: number
}

export interface RopeConfig {
  readonly theta: number
  /** Null: frequencies as they are. */
  readonly scaling: Llama3Scaling | null
}

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
const Positive = Schema.Finite.check(Schema.isGreaterThan(0))
const EosIds = Schema.Union([TokenId, Schema.Array(TokenId)])
const Rope = Schema.Struct({
  rope_type: Schema.optional(Schema.String),
  type: Schema.optional(Schema.String),
  rope_theta: Schema.optional(Positive)
})

const ConfigFile = Schema.Struct({
  vocab_size: Size,
  hidden_size: Size,
  num_hidden_layers: Size,
  num_attention_heads: Size,
  num_key_value_heads: Schema.optional(Schema.NullOr(Size)),
  head_dim: Schema.optional(Schema.NullOr(Size)),
  intermediate_size: Size,
  rms_norm_eps: Positive,
  max_position_embeddings: Size,
  rope_theta: Schema.optional(Positive),
  rope_scaling: Schema.optional(Schema.NullOr(Rope)),
  rope_parameters: Schema.optional(Schema.NullOr(Rope)),
  partial_rotary_factor: Schema.optional(Schema.NullOr(Schema.Finite)),
  hidden_act: Schema.optional(Schema.String),
  attention_bias: Schema.optional(Schema.Boolean),
  mlp_bias: Schema.optional(Schema.Boolean),
  use_sliding_window: Schema.optional(Schema.Boolean),
  tie_word_embeddings: Schema.optional(Schema.Boolean),
  eos_token_id: Schema.optional(Schema.NullOr(EosIds))
})
type ConfigFile = typeof ConfigFile.Type

const ArchitectureField = Schema.Struct({ architectures: Schema.Tuple([Schema.String]) })
const GenerationFile = Schema.Struct({ eos_token_id: Schema.optional(Schema.NullOr(EosIds)) })

const refuse = (what: string, reason: string, file = "config.json") => new CheckpointInvalid({ file, what, reason })

const decode = <S extends Schema.ConstraintDecoder<unknown>>(schema: S, value: unknown, file: string) =>
  Schema.decodeUnknownEffect(schema)(value).pipe(Effect.mapError((error) => refuse("", error.message, file)))

/** The first thing in a config that this decoder does not compute, or null. */
const unsupported = (file: ConfigFile): CheckpointInvalid | null => {
  for (const [field, rope] of [
    ["rope_scaling", file.rope_scaling] as const,
    ["rope_parameters", file.rope_parameters] as const
  ]) {
    const kind = rope?.rope_type ?? rope?.type ?? "default"
    if (kind !== "default") return refuse(field, `rotary embeddings of type ${JSON.stringify(kind)} are not supported`)
  }
  if ((file.partial_rotary_factor ?? 1) !== 1)
    return refuse("partial_rotary_factor", "only whole rotary heads are supported")
  if ((file.hidden_act ?? "silu") !== "silu") return refuse("hidden_act", `${file.hidden_act} is not silu`)
  if (file.attention_bias === true) return refuse("attention_bias", "a bias on the output projection is not supported")
  if (file.mlp_bias === true) return refuse("mlp_bias", "biases in the feed-forward layers are not supported")
  if (file.use_sliding_window === true) return refuse("use_sliding_window", "sliding windows are not supported")
  return null
}

const architectureOf = Effect.fn("config.architectureOf")(function* (config: unknown) {
  const [name] = (yield* decode(ArchitectureField, config, "config.json")).architectures
  const known = architectures.find((architecture) => architecture === name)
  if (known === undefined) {
    return yield* refuse("architectures", `${JSON.stringify(name)} is unknown; known are ${architectures.join(", ")}`)
  }
  return known
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
  const file = yield* decode(ConfigFile, config, "config.json")
  const endings =
    generation === undefined
      ? null
      : listOf((yield* decode(GenerationFile, generation, "generation_config.json")).eos_token_id)
  const problem = unsupported(file)
  if (problem !== null) return yield* problem
  const ropeTheta = file.rope_theta ?? file.rope_parameters?.rope_theta
  if (ropeTheta === undefined) return yield* refuse("rope_theta", "it is missing")
  const heads = file.num_attention_heads
  const keyValueHeads = file.num_key_value_heads ?? heads
  if (heads % keyValueHeads !== 0)
    return yield* refuse("num_key_value_heads", `${keyValueHeads} does not divide ${heads} heads`)
  const headSize = file.head_dim ?? file.hidden_size / heads
  if (!Number.isInteger(headSize))
    return yield* refuse("hidden_size", `${file.hidden_size} is no multiple of ${heads} heads`)
  if (headSize % 2 !== 0) return yield* refuse("head_dim", `rotary embeddings need an even size, not ${headSize}`)
  const policy: PolicyConfig = {
    architecture,
    vocabularySize: file.vocab_size,
    hiddenSize: file.hidden_size,
    layers: file.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    feedForwardSize: file.intermediate_size,
    rope: { theta: ropeTheta, scaling: null },
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
    model_type: policy.architecture === "Qwen2ForCausalLM" ? "qwen2" : "llama",
    vocab_size: policy.vocabularySize,
    hidden_size: policy.hiddenSize,
    num_hidden_layers: policy.layers,
    num_attention_heads: policy.heads,
    num_key_value_heads: policy.keyValueHeads,
    head_dim: policy.headSize,
    intermediate_size: policy.feedForwardSize,
    hidden_act: "silu",
    rope_theta: policy.rope.theta,
    rms_norm_eps: policy.normEpsilon,
    max_position_embeddings: policy.maxPositions,
    tie_word_embeddings: policy.tiedHead,
    torch_dtype: "float32",
    ...eos
  }
  return { config, generation: eos }
}
