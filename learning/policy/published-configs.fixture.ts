/**
 * For the tests: config.json of published models, whole, in the older and the newer form, with what they come to.
 */

const llama32 = {
  architectures: ["LlamaForCausalLM"],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 128000,
  eos_token_id: [128001, 128008, 128009],
  head_dim: 128,
  hidden_act: "silu",
  hidden_size: 3072,
  initializer_range: 0.02,
  intermediate_size: 8192,
  max_position_embeddings: 131072,
  mlp_bias: false,
  model_type: "llama",
  num_attention_heads: 24,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_scaling: {
    factor: 32.0,
    high_freq_factor: 4.0,
    low_freq_factor: 1.0,
    original_max_position_embeddings: 8192,
    rope_type: "llama3"
  },
  rope_theta: 500000.0,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  transformers_version: "4.45.0.dev0",
  use_cache: true,
  vocab_size: 128256
}

const qwen25Math = {
  architectures: ["Qwen2ForCausalLM"],
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151643,
  hidden_act: "silu",
  hidden_size: 1536,
  initializer_range: 0.02,
  intermediate_size: 8960,
  max_position_embeddings: 4096,
  max_window_layers: 21,
  model_type: "qwen2",
  num_attention_heads: 12,
  num_hidden_layers: 28,
  num_key_value_heads: 2,
  rms_norm_eps: 1e-6,
  rope_theta: 10000,
  sliding_window: 4096,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  transformers_version: "4.44.0",
  use_cache: true,
  use_mrope: false,
  use_sliding_window: false,
  vocab_size: 151936
}

const qwen3 = {
  architectures: ["Qwen3ForCausalLM"],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 151643,
  eos_token_id: 151645,
  head_dim: 128,
  hidden_act: "silu",
  hidden_size: 2048,
  initializer_range: 0.02,
  intermediate_size: 6144,
  max_position_embeddings: 40960,
  max_window_layers: 28,
  model_type: "qwen3",
  num_attention_heads: 16,
  num_hidden_layers: 28,
  num_key_value_heads: 8,
  rms_norm_eps: 1e-6,
  rope_scaling: null,
  rope_theta: 1000000,
  sliding_window: null,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  transformers_version: "4.51.0",
  use_cache: true,
  use_sliding_window: false,
  vocab_size: 151936
}

const smolLM2 = {
  architectures: ["LlamaForCausalLM"],
  attention_bias: false,
  attention_dropout: 0.0,
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: "silu",
  hidden_size: 576,
  initializer_range: 0.041666666666666664,
  intermediate_size: 1536,
  is_llama_config: true,
  max_position_embeddings: 8192,
  mlp_bias: false,
  model_type: "llama",
  num_attention_heads: 9,
  num_hidden_layers: 30,
  num_key_value_heads: 3,
  pad_token_id: 2,
  pretraining_tp: 1,
  rms_norm_eps: 1e-5,
  rope_interleaved: false,
  rope_scaling: null,
  rope_theta: 100000,
  tie_word_embeddings: true,
  torch_dtype: "bfloat16",
  "transformers.js_config": { kv_cache_dtype: { q4f16: "float16", fp16: "float16" } },
  transformers_version: "4.42.3",
  use_cache: true,
  vocab_size: 49152
}

const older = [
  { name: "Llama-3.2-3B-Instruct", config: llama32, parameters: 3_212_749_824 },
  { name: "Qwen2.5-Math-1.5B", config: qwen25Math, parameters: 1_543_714_304 },
  {
    name: "Qwen2.5-Math-7B",
    config: {
      ...qwen25Math,
      hidden_size: 3584,
      intermediate_size: 18944,
      max_window_layers: 28,
      num_attention_heads: 28,
      num_key_value_heads: 4,
      tie_word_embeddings: false,
      vocab_size: 152064
    },
    parameters: 7_615_616_512
  },
  {
    name: "DeepSeek-R1-Distill-Qwen-1.5B",
    config: { ...qwen25Math, eos_token_id: 151643, max_position_embeddings: 131072, tie_word_embeddings: false },
    parameters: 1_777_088_000
  },
  { name: "Qwen3-1.7B", config: qwen3, parameters: 1_720_574_976 },
  { name: "SmolLM2-135M-Instruct", config: smolLM2, parameters: 134_515_008 }
]

/** As transformers 5 writes the same model. */
const newer = (config: (typeof older)[number]["config"]): Readonly<Record<string, unknown>> => {
  const { rope_theta, torch_dtype, ...others } = config
  const scaling = "rope_scaling" in config ? config.rope_scaling : null
  const layers = Array.from({ length: config.num_hidden_layers }, () => "full_attention")
  return {
    ...others,
    ...("rope_scaling" in config ? { rope_scaling: undefined } : {}),
    ...(config.model_type === "llama" ? {} : { layer_types: layers, sliding_window: null }),
    rope_parameters: { rope_type: "default", ...scaling, rope_theta },
    dtype: torch_dtype,
    transformers_version: "5.0.0"
  }
}

/** Published models by name: their config.json in both forms, and how many parameters the model cards count. */
export const published = older.map(({ config, name, parameters }) => ({
  name,
  config,
  newer: newer(config),
  parameters
}))
