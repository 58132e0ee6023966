import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../../learning/random/sequence.ts"
import { shortest, shortestOf } from "./float32-text.ts"

describe("shortest", () => {
  it("given float32 numbers of every size, then the text says which they are, in nine digits at most", () => {
    const random = sequence(1, 1)
    const bits = Uint32Array.from({ length: 20_000 }, () => random.below(2 ** 32))
    const values = new Float32Array(bits.buffer).filter(Number.isFinite)
    for (const value of values) {
      const text = String(shortest(value))
      assert.strictEqual(Math.fround(Number(text)), value)
      assert.isAtMost(
        text
          .replace(/e.*$/, "")
          .replace(/^-?0?\.?0*|\./g, "")
          .replace(/0+$/, "").length,
        9,
        text
      )
    }
  })

  it("given numbers that a person wrote, then they are told as written", () => {
    assert.deepStrictEqual(shortestOf(Float32Array.of(0.1, -2.5, 0, 1e-8, 3)), [0.1, -2.5, 0, 1e-8, 3])
  })
})
