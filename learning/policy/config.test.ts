import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decodeConfig, encodeConfig, type PolicyConfig } from "./config.ts"
import { layoutOf } from "./parameters.ts"
import { groupedConfig, plainConfig } from "./policies-for-tests.ts"
import { published as models } from "./published-configs.fixture.ts"

const llama3 = {
  rope_type: "llama3",
  factor: 32,
  low_freq_factor: 1,
  high_freq_factor: 4,
  original_max_position_embeddings: 8192
}
const scaling = { factor: 32, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 8192 }
const qwen3: PolicyConfig = {
  ...groupedConfig,
  architecture: "Qwen3ForCausalLM",
  attentionBias: false,
  queryKeyNorm: true,
  eosIds: [3, 1]
}
const { config: published } = encodeConfig(plainConfig)

describe("decodeConfig", () => {
  it.effect("given what was encoded, then the same policy", () =>
    Effect.gen(function* () {
      for (const policy of [plainConfig, groupedConfig, qwen3, { ...plainConfig, rope: { theta: 5e5, scaling } }]) {
        const { config, generation } = encodeConfig(policy)
        assert.deepStrictEqual(yield* decodeConfig(config, generation), policy)
      }
    })
  )

  it.effect("given the newer form with rope_parameters, then the same policy", () =>
    Effect.gen(function* () {
      const { rope_theta, ...others } = published
      const newer = { ...others, rope_parameters: { rope_theta, rope_type: "default" }, dtype: "float32" }
      assert.deepStrictEqual(yield* decodeConfig(newer, undefined), plainConfig)
    })
  )

  it.effect("given no head_dim and no key and value heads, then they follow from the others", () =>
    Effect.gen(function* () {
      const { head_dim, num_key_value_heads, ...others } = published
      assert.strictEqual(head_dim * num_key_value_heads, 12)
      assert.deepStrictEqual(yield* decodeConfig(others, undefined), plainConfig)
    })
  )

  it.effect("given a list of end tokens in generation_config.json, then it counts before config.json", () =>
    Effect.gen(function* () {
      const policy = yield* decodeConfig(published, { eos_token_id: [4, 2] })
      assert.deepStrictEqual(policy.eosIds, [4, 2])
      assert.deepStrictEqual((yield* decodeConfig(published, { eos_token_id: null })).eosIds, [1])
    })
  )

  it.effect.each(models)("given $name in both published forms, then the same policy, as large as it is", (model) =>
    Effect.gen(function* () {
      const policy = yield* decodeConfig(model.config, undefined)
      assert.deepStrictEqual(yield* decodeConfig(JSON.parse(JSON.stringify(model.newer)), undefined), policy)
      assert.strictEqual(layoutOf(policy).size, model.parameters)
      assert.deepStrictEqual(policy.rope.scaling, model.name.startsWith("Llama-3.2") ? scaling : null)
      assert.strictEqual(policy.rope.theta, model.config.rope_theta)
      assert.strictEqual(policy.queryKeyNorm, model.name.startsWith("Qwen3"))
      assert.strictEqual(policy.attentionBias, /Qwen2|DeepSeek/.test(model.name))
    })
  )

  it.effect("given a Qwen3 without head_dim, then heads of 128, as transformers has them", () =>
    Effect.gen(function* () {
      const { head_dim: _, ...others } = encodeConfig(qwen3).config
      assert.strictEqual((yield* decodeConfig(others, undefined)).headSize, 128)
    })
  )

  it.effect("given attention_bias in a Qwen2, then it changes nothing, as in transformers", () =>
    Effect.gen(function* () {
      const { config } = encodeConfig(groupedConfig)
      assert.deepStrictEqual(yield* decodeConfig({ ...config, attention_bias: true }, undefined), groupedConfig)
      assert.deepStrictEqual(yield* decodeConfig({ ...config, attention_bias: false }, undefined), groupedConfig)
    })
  )

  const known = "known are LlamaForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM"
  it.effect.each([
    ["architectures", { architectures: ["FrobnicateForCausalLM"] }, known],
    ["architectures", { architectures: undefined }, known],
    ["architectures", { architectures: [] }, known],
    ["architectures", { architectures: "LlamaForCausalLM" }, known],
    ["model_type", { model_type: "frobnicate" }, known],
    ["rope_scaling.rope_type", { rope_scaling: { rope_type: "yarn", factor: 4 } }, "yarn"],
    ["rope_scaling.rope_type", { rope_scaling: { type: "linear", factor: 4 } }, "linear"],
    ["rope_scaling.rope_type", { rope_scaling: { factor: 4 } }, "missing"],
    ["rope_scaling.type", { rope_scaling: { ...llama3, type: "mrope" } }, "mrope"],
    ["rope_scaling.low_freq_factor", { rope_scaling: { rope_type: "llama3", factor: 32 } }, "Missing"],
    ["rope_scaling.factor", { rope_scaling: { ...llama3, factor: 0 } }, "between"],
    ["rope_scaling.high_freq_factor", { rope_scaling: { ...llama3, high_freq_factor: 1 } }, "not above"],
    ["rope_scaling.low_freq_factor", { rope_scaling: { ...llama3, low_freq_factor: -1 } }, "greater than 0"],
    [
      "rope_scaling.original_max_position_embeddings",
      { rope_scaling: { ...llama3, original_max_position_embeddings: 1.5 } },
      "integer"
    ],
    ["rope_scaling", { rope_scaling: llama3, rope_parameters: { rope_type: "default" } }, "keep one"],
    ["rope_scaling", { rope_scaling: [] }, "object"],
    ["rope_parameters.rope_type", { rope_parameters: { rope_type: "longrope", rope_theta: 10000 } }, "longrope"],
    ["rope_parameters.rope_theta", { rope_parameters: { rope_theta: "10000" } }, "number"],
    ["rope_theta", { rope_parameters: { rope_theta: 20000 } }, "20000"],
    ["rope_theta", { rope_theta: undefined }, "missing"],
    ["rope_theta", { rope_theta: -1 }, "between"],
    ["partial_rotary_factor", { partial_rotary_factor: 0.5 }, "whole"],
    ["rope_parameters.partial_rotary_factor", { rope_parameters: { partial_rotary_factor: 0.5 } }, "whole"],
    ["attention_bias", { attention_bias: true }, "not supported"],
    ["mlp_bias", { mlp_bias: true }, "not supported"],
    ["use_sliding_window", { use_sliding_window: true }, "not supported"],
    ["layer_types", { layer_types: ["full_attention", "sliding_attention"] }, "sliding_attention"],
    ["layer_types", { layer_types: ["full_attention"] }, "1 layers of 2"],
    ["quantization_config", { quantization_config: { quant_method: "awq" } }, "quantized"],
    ["hidden_act", { hidden_act: "gelu" }, "gelu"],
    ["num_key_value_heads", { num_attention_heads: 4, num_key_value_heads: 3 }, "does not divide"],
    ["num_key_value_heads", { num_key_value_heads: 0 }, "between"],
    ["head_dim", { head_dim: 5 }, "even"],
    ["hidden_size", { head_dim: null, hidden_size: 13 }, "no multiple"],
    ["num_hidden_layers", { num_hidden_layers: -1 }, "between"],
    ["vocab_size", { vocab_size: 1e15 }, "between"],
    ["vocab_size", { vocab_size: "13" }, "number"],
    ["hidden_size", { hidden_size: 12.5 }, "integer"],
    ["rms_norm_eps", { rms_norm_eps: -1e-6 }, "between"],
    ["eos_token_id", { eos_token_id: "</s>" }, "number"]
  ] as const)("given a wrong %s, then it is refused by name", ([what, change, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeConfig({ ...published, ...change }, undefined))
      assert.strictEqual(error.what, what)
      assert.include(error.reason, reason)
    })
  )

  it.effect.each([[null], [[]], ["config"], [7]])("given a config.json of %j, then it is refused", ([json]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeConfig(json, undefined))
      assert.include(error.message, "Expected object")
    })
  )

  it.effect.each([[{ eos_token_id: "x" }], [[]], [{ eos_token_id: [1, -1] }]])(
    "given a generation_config.json of %j, then it is refused by its name",
    ([json]) =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(decodeConfig(published, json))
        assert.strictEqual(error.file, "generation_config.json")
      })
  )
})
