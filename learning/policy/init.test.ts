import { assert, describe, it } from "@effect/vitest"
import { initialWeights } from "./init.ts"
import { layoutOf } from "./parameters.ts"
import { groupedConfig, plainConfig } from "./policies-for-tests.ts"

const wide = {
  ...groupedConfig,
  vocabularySize: 100,
  hiddenSize: 96,
  headSize: 16,
  feedForwardSize: 200,
  tiedHead: false
}

describe("initialWeights", () => {
  it("given a seed, then the same weights, and others for another seed", () => {
    assert.deepStrictEqual(initialWeights(plainConfig, 3), initialWeights(plainConfig, 3))
    assert.notDeepEqual(initialWeights(plainConfig, 3), initialWeights(plainConfig, 4))
  })

  it("given each parameter, then its values have the deviation its kind asks for", () => {
    const flat = initialWeights(wide, 1)
    for (const { name, offset, shape, size } of layoutOf(wide).parameters) {
      const values = flat.subarray(offset, offset + size)
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / size)
      const fanIn = shape[shape.length - 1]
      const expected = name.endsWith("bias")
        ? 0
        : name.endsWith("norm.weight")
          ? 1
          : name.includes("embed_tokens")
            ? 0.04
            : 1 / Math.sqrt(fanIn * (/o_proj|down_proj/.test(name) ? 4 : 1))
      assert.approximately(deviation, expected, 0.05 * expected, name)
    }
  })
})
