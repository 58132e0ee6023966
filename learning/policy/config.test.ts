import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decodeConfig, encodeConfig } from "./config.ts"
import { groupedConfig, plainConfig } from "./policies-for-tests.ts"

const { config: published } = encodeConfig(plainConfig)

describe("decodeConfig", () => {
  it.effect("given what was encoded, then the same policy", () =>
    Effect.gen(function* () {
      for (const policy of [plainConfig, groupedConfig]) {
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

  it.effect.each([
    ["architectures", { architectures: ["FrobnicateForCausalLM"] }, "known are LlamaForCausalLM, Qwen2ForCausalLM"],
    ["rope_scaling", { rope_scaling: { rope_type: "llama3", factor: 32 } }, "llama3"],
    ["rope_parameters", { rope_parameters: { rope_type: "yarn", rope_theta: 10000 } }, "yarn"],
    ["attention_bias", { attention_bias: true }, "not supported"],
    ["mlp_bias", { mlp_bias: true }, "not supported"],
    ["use_sliding_window", { use_sliding_window: true }, "not supported"],
    ["hidden_act", { hidden_act: "gelu" }, "gelu"],
    ["num_key_value_heads", { num_attention_heads: 4, num_key_value_heads: 3 }, "does not divide"],
    ["head_dim", { head_dim: 5 }, "even"],
    ["hidden_size", { head_dim: null, hidden_size: 13 }, "no multiple"],
    ["rope_theta", { rope_theta: undefined }, "missing"],
    ["", { num_hidden_layers: -1 }, "num_hidden_layers"]
  ] as const)("given a wrong %s, then it is refused by name", ([what, change, reason]) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(decodeConfig({ ...published, ...change }, undefined))
      assert.strictEqual(error.what, what)
      assert.include(error.reason, reason)
    })
  )
})
