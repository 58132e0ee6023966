import { assert, describe, it } from "@effect/vitest"
import { isFiniteArray, widen } from "./widen.ts"

const widened = (bits: Uint16Array, dtype: "F16" | "BF16", skip = 0): Float32Array => {
  const bytes = new Uint8Array(bits.byteLength + skip)
  bytes.set(new Uint8Array(bits.buffer, bits.byteOffset, bits.byteLength), skip)
  const target = new Float32Array(bits.length)
  widen(bytes.subarray(skip), dtype, target)
  return target
}

const all = Uint16Array.from({ length: 65536 }, (_, bits) => bits)

describe("widen", () => {
  it("given every bfloat16, then its bits are the upper half of the float's", () => {
    const bits = new Uint32Array(widened(all, "BF16").buffer)
    all.forEach((half, i) => {
      assert.strictEqual(bits[i], half * 65536)
    })
  })

  it("given halves, then the floats that IEEE 754 gives them", () => {
    const known = [
      [0x3c00, 1],
      [0xc100, -2.5],
      [0x7bff, 65504],
      [0x0001, 2 ** -24],
      [0x03ff, 1023 * 2 ** -24],
      [0x0400, 2 ** -14],
      [0x8000, -0],
      [0x7c00, Infinity],
      [0xfc00, -Infinity],
      [0x7e00, Number.NaN]
    ] as const
    const floats = widened(
      Uint16Array.from(known, ([bits]) => bits),
      "F16"
    )
    assert.deepStrictEqual(
      [...floats],
      known.map(([, value]) => value)
    )
  })

  it("given numbers of any count at any place in memory, then the same floats", () => {
    for (const dtype of ["F16", "BF16"] as const) {
      const expected = widened(all.subarray(15000, 15007), dtype)
      for (const skip of [1, 2, 3, 4]) assert.deepStrictEqual(widened(all.slice(15000, 15007), dtype, skip), expected)
      assert.deepStrictEqual(widened(all.subarray(15000, 15006), dtype), expected.subarray(0, 6))
    }
  })
})

describe("isFiniteArray", () => {
  it("given a NaN or an infinity at any place, then it is seen", () => {
    for (let length = 1; length < 10; length++) {
      assert.isTrue(isFiniteArray(new Float32Array(length).fill(3e38)))
      for (let place = 0; place < length; place++)
        for (const bad of [Number.NaN, Infinity, -Infinity])
          assert.isFalse(isFiniteArray(new Float32Array(length).fill(bad, place, place + 1)))
    }
  })
})
