import { assert, describe, it } from "@effect/vitest"
import { importanceWeights } from "./importance-weights.ts"

describe("importanceWeights", () => {
  it("given tokens that the sampler found rarer, as likely and likelier, then the first is cut at the cap", () => {
    const { truncated, weights } = importanceWeights([-1, -1, -2], [-3, -1, -1], 2)
    assert.deepStrictEqual([...weights], [2, 1, Math.exp(-1)])
    assert.deepStrictEqual([...truncated], [1, 0, 0])
  })
})
