/** What a critic is made of, and what it begins as. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decodeParameters, encodeParameters } from "./checkpoint/checkpoint.ts"
import { criticLayoutOf, initialCritic, valueHead } from "./critic.ts"
import { layoutOf } from "./parameters.ts"
import { forms, plainConfig, randomCritic, randomWeights } from "./policies-for-tests.ts"

describe.each(forms)("a critic with %s", (_, config) => {
  const policy = layoutOf(config)
  const layout = criticLayoutOf(config)

  it("given a policy, then the critic has its parameters but for the language head, and a value head at the end", () => {
    const names = policy.parameters.map(({ name }) => name).filter((name) => name !== "lm_head.weight")
    assert.deepStrictEqual(
      layout.parameters.map(({ name }) => name),
      [...names, valueHead]
    )
    const { offset, shape, size } = layout.parameters[names.length]
    assert.deepStrictEqual([shape, offset + size], [[1, config.hiddenSize], layout.size])
  })

  it("given a policy's weights, then the initial critic holds its backbone and zeros", () => {
    const weights = randomWeights(config, 1)
    const flat = initialCritic(config, policy, weights)
    for (const { name, offset, size } of layout.parameters) {
      const from = policy.parameters.find((parameter) => parameter.name === name)
      const expected = from === undefined ? new Float32Array(size) : weights.slice(from.offset, from.offset + size)
      assert.deepStrictEqual(flat.slice(offset, offset + size), expected, name)
    }
  })

  it.effect("given a critic as a file, then it reads back, and as a policy it is refused by the parameter's name", () =>
    Effect.gen(function* () {
      const flat = randomCritic(config, 2)
      const bytes = encodeParameters(layout, flat)
      assert.deepStrictEqual(yield* decodeParameters(layout, bytes, "critic"), flat)
      const refused = yield* Effect.flip(decodeParameters(policy, bytes, "critic"))
      assert.strictEqual(refused.what, valueHead)
    })
  )
})

it("given weights of another form, then it is refused by the parameter's name", () => {
  const smaller = { ...plainConfig, layers: 1 }
  assert.throws(
    () => initialCritic(plainConfig, layoutOf(smaller), randomWeights(smaller, 1)),
    "0 numbers of model.layers.1"
  )
})
