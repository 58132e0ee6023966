import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { legend, scaleOf, shaded, shadeOf } from "./scale.ts"

const color = { width: 80, color: true, unicode: true }
const plain = { ...color, color: false }

describe("a scale that goes one way", () => {
  it.prop(
    "goes from the least to the greatest, and shades never fall where values rise",
    [Schema.NonEmptyArray(Schema.Int.check(Schema.isBetween({ minimum: -1000, maximum: 1000 })))],
    ([values]) => {
      const scale = scaleOf(values, null)
      assert.deepStrictEqual([scale.low, scale.high], [Math.min(...values), Math.max(...values)])
      const shades = values.toSorted((a, b) => a - b).map((value) => shadeOf(scale, value))
      assert.isTrue(shades.every((shade, i) => i === 0 || shade >= shades[i - 1]))
      if (scale.high > scale.low) assert.deepStrictEqual([shades[0], shades[shades.length - 1]], [0, 5])
    }
  )
})

describe("a scale with a centre", () => {
  it("reaches as far to both sides, and gives its middle colour to the centre alone", () => {
    const scale = scaleOf([-0.5, 2], 1)
    assert.deepStrictEqual(scale, { low: -0.5, high: 2.5, centre: 1 })
    assert.deepStrictEqual(
      [-0.5, 1, 2.5].map((value) => shadeOf(scale, value)),
      [0, 3, 6]
    )
  })

  it("given values that are all the centre, then they have the middle colour; beyond the ends, those of the ends", () => {
    assert.strictEqual(shadeOf(scaleOf([0, 0], 0), 0), 3)
    assert.strictEqual(shadeOf(scaleOf([1], 0), Number.POSITIVE_INFINITY), 6)
  })
})

describe("a terminal", () => {
  it("with colours gets them around the text alone; without, nothing but the text and numbers", () => {
    const scale = scaleOf([0, 1], null)
    assert.strictEqual(shaded(color, scale, 0, "a"), "\u001b[48;5;17;38;5;231ma\u001b[39;49m")
    assert.strictEqual(shaded(plain, scale, 0, "a"), "a")
    assert.strictEqual(legend(plain, scale, String), "0 to 1")
    assert.match(legend(color, scale, String), /^0 .*48;5;17.*48;5;227.* 1$/)
  })

  it("never tells a value by red against green", () => {
    const shown = [scaleOf([0, 1], null), scaleOf([-1, 1], 0)].map((scale) => legend(color, scale, String)).join("")
    // Of the colour cube: red, and green without as much blue or red.
    for (const code of shown.matchAll(/48;5;(\d+)/g))
      assert.notInclude([9, 10, 1, 2, 160, 196, 46, 40, 34], Number(code[1]))
  })
})
