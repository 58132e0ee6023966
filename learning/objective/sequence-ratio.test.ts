import { assert, describe, it } from "@effect/vitest"
import { tokenLosses } from "./policy-loss.ts"
import { sequenceLosses, sequenceRatios } from "./sequence-ratio.ts"

const batch = {
  lengths: Int32Array.of(2, 1),
  logProbs: Float32Array.of(-1, -2, -0.5),
  oldLogProbs: Float32Array.of(-1.5, -1, -0.75),
  advantages: Float32Array.of(2, 2, -1)
}

describe("sequenceRatios", () => {
  it("given two responses, then each ratio is the geometric mean of those of its tokens", () => {
    const [first, second] = sequenceRatios(batch.logProbs, batch.oldLogProbs, batch.lengths)
    assert.approximately(first, Math.sqrt(Math.exp(0.5) * Math.exp(-1)), 1e-12)
    assert.approximately(second, Math.exp(0.25), 1e-12)
  })

  it("given a response without tokens, then its ratio is 1", () => {
    assert.deepStrictEqual([...sequenceRatios([-1], [-1], [0, 1])], [1, 1])
  })
})

describe("sequenceLosses", () => {
  it("given a response within the bounds and one held by them, then all its tokens are alike", () => {
    const { clipped, derivatives, values } = sequenceLosses(batch, { low: 0.3, high: 0.2 })
    const ratio = Math.exp(-0.25)
    assert.deepStrictEqual([...values].map(Math.fround), [-2 * ratio, -2 * ratio, Math.exp(0.25)].map(Math.fround))
    assert.deepStrictEqual([...derivatives], [...values])
    assert.deepStrictEqual([...clipped], [0, 0, 0])
    const narrow = sequenceLosses({ ...batch, advantages: Float32Array.of(-2, -2, 1) }, { low: 0.1, high: 0.1 })
    assert.deepStrictEqual([...narrow.clipped], [1, 1, 1])
    assert.deepStrictEqual([...narrow.derivatives], [0, 0, 0])
    assert.approximately(narrow.values[0], 2 * 0.9, 1e-12)
    assert.approximately(narrow.values[2], -1.1, 1e-12)
  })

  it("given responses of one token, then they are those of the token's own ratio", () => {
    const single = { ...batch, lengths: Int32Array.of(1, 1, 1) }
    const clip = { low: 0.2, high: 0.28 }
    assert.deepStrictEqual(sequenceLosses(single, clip), tokenLosses(single, clip))
  })
})
