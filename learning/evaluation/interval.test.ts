import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { holding, sameDifference95, wilson95 } from "./interval.ts"

describe("wilson95", () => {
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718]
  ])("given %d right of %d, then it is the published interval", (right, of, low, high) => {
    const found = wilson95(right / of, of)
    assert.approximately(found.low, low, 5e-5)
    assert.approximately(found.high, high, 5e-5)
  })

  it.prop(
    "given any share, then the interval holds it, lies within 0 and 1, and mirrors that of the others",
    {
      right: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 })),
      wrong: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 200 }))
    },
    ({ right, wrong }) => {
      const count = right + wrong
      const { high, low } = wilson95(right / count, count)
      assert.isTrue(0 <= low && low <= right / count && right / count <= high && high <= 1)
      const mirrored = wilson95(wrong / count, count)
      assert.approximately(low, 1 - mirrored.high, 1e-12)
      assert.approximately(high, 1 - mirrored.low, 1e-12)
    }
  )
})

describe("sameDifference95", () => {
  it("given that nothing changed, then as far as one problem won and one lost of n + 2 would reach", () => {
    const { high, low } = sameDifference95(0, 98)
    assert.approximately(high, 1.959964 * Math.sqrt(0.02 / 100), 1e-6)
    assert.strictEqual(low, -high)
  })

  it("given that all were won, then up to 1; given that all were lost, then the mirror image", () => {
    const won = sameDifference95(1, 8)
    assert.strictEqual(won.high, 1)
    assert.approximately(won.low, 0.8 - 1.959964 * Math.sqrt(0.36 / 10), 1e-6)
    const lost = sameDifference95(-1, 8)
    assert.deepStrictEqual(lost, { low: -won.high, high: -won.low })
  })
})

describe("holding", () => {
  it("given a value outside, then the interval reaches to it; given bounds, then no further", () => {
    assert.deepStrictEqual(holding(3, { low: 0, high: 2 }), { low: 0, high: 3 })
    assert.deepStrictEqual(holding(-1, { low: 0, high: 2 }), { low: -1, high: 2 })
    assert.deepStrictEqual(holding(0.5, { low: -0.1, high: 1.2 }, 0, 1), { low: 0, high: 1 })
  })
})
