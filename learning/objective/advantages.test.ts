import { assert, describe, it } from "@effect/vitest"
import { batchAdvantages, groupAdvantages, leaveOneOutAdvantages, overTokens } from "./advantages.ts"

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

describe("groupAdvantages by name", () => {
  it("given no std, then it is the distance from the mean: Dr. GRPO", () => {
    close(groupAdvantages([1, 0, 0, 0], { std: false, epsilon: 1e-6 }), [0.75, -0.25, -0.25, -0.25])
  })

  it("given an epsilon, then it is added to the std", () => {
    close(groupAdvantages([1, 0, 0, 0], { std: true, epsilon: 0.5 }), [0.75, -0.25, -0.25, -0.25])
  })
})

describe("leaveOneOutAdvantages", () => {
  it("given one right answer of four, then each is compared with the mean of the others", () => {
    close(leaveOneOutAdvantages([1, 0, 0, 0]), [1, -1 / 3, -1 / 3, -1 / 3])
  })

  it("given any rewards, then they sum to zero and are n / (n - 1) times the distance from the mean", () => {
    const rewards = [0.3, -1, 2, 0.5, 0.25]
    const advantages = leaveOneOutAdvantages(rewards)
    assert.approximately(
      advantages.reduce((sum, advantage) => sum + advantage, 0),
      0,
      1e-6
    )
    close(
      advantages,
      [...groupAdvantages(rewards, { std: false, epsilon: 0 })].map((distance) => (distance * 5) / 4)
    )
  })

  it("given a group of one, then it is refused, for there are no others", () => {
    assert.throws(() => leaveOneOutAdvantages([1]), RangeError, /a group of 1 has none/)
  })
})

describe("overTokens", () => {
  it("given responses of which one is empty, then each of their tokens has the number of its response", () => {
    assert.deepStrictEqual([...overTokens([1, 2, 3], [2, 0, 1])], [1, 1, 3])
  })
})

describe("batchAdvantages", () => {
  it("given an estimator by name, then each group is compared by it", () => {
    const rewards = Float32Array.of(1, 0, 3, 1)
    close(batchAdvantages(rewards, 2, { kind: "rloo" }), [1, -1, 2, -2])
    close(batchAdvantages(rewards, 2, { kind: "grpo", std: false, epsilon: 0 }), [0.5, -0.5, 1, -1])
    assert.throws(() => batchAdvantages(rewards, 1, { kind: "rloo" }), RangeError)
  })

  it("given two copies of a prompt, then each is compared within itself only", () => {
    const advantages = batchAdvantages(Float32Array.of(1, 0, 0, 0, 1, 1, 1, 1), 4)
    close(advantages, [1.499997, -0.499999, -0.499999, -0.499999, 0, 0, 0, 0])
  })

  it.each([0, -4, 2.5, 3])("given eight rewards and groups of %d, then it refuses", (size) => {
    assert.throws(() => batchAdvantages(new Float32Array(8), size), /8 rewards do not fill whole groups/)
  })
})
