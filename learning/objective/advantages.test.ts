import { assert, describe, it } from "@effect/vitest"
import { batchAdvantages, groupAdvantages } from "./advantages.ts"

const close = (actual: Float32Array, expected: ReadonlyArray<number>) => {
  assert.strictEqual(actual.length, expected.length)
  for (const [i, value] of expected.entries()) assert.approximately(actual[i], value, 1e-6)
}

describe("groupAdvantages", () => {
  it("given one right answer of four, then the unbiased std of the group divides", () => {
    // mean 1/4, squares 3/4, std sqrt(3/4 / 3) = 1/2
    close(groupAdvantages([1, 0, 0, 0]), [1.499997, -0.499999, -0.499999, -0.499999])
  })

  it.each([0, 1, 0.1, -0.3])("given eight equal rewards of %d, then every advantage is exactly zero", (value) => {
    const rewards = new Float32Array(8).fill(value)
    assert.deepStrictEqual([...groupAdvantages(rewards)].map(Math.abs), new Array(8).fill(0))
  })

  it("given a group of one, then its advantage is its reward, to the epsilon", () => {
    close(groupAdvantages([1]), [0.999999])
    close(groupAdvantages([0]), [0])
  })
})

describe("batchAdvantages", () => {
  it("given two copies of a prompt, then each is compared within itself only", () => {
    const advantages = batchAdvantages(Float32Array.of(1, 0, 0, 0, 1, 1, 1, 1), 4)
    close(advantages, [1.499997, -0.499999, -0.499999, -0.499999, 0, 0, 0, 0])
  })

  it.each([0, -4, 2.5, 3])("given eight rewards and groups of %d, then it refuses", (size) => {
    assert.throws(() => batchAdvantages(new Float32Array(8), size), /8 rewards do not fill whole groups/)
  })
})
