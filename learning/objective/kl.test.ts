import { assert, describe, it } from "@effect/vitest"
import { k3, klEstimators } from "./kl.ts"

describe("k3", () => {
  it("given equal log-probs, then nothing, and nothing to learn", () => {
    assert.deepStrictEqual(k3(-2, -2), { value: 0, derivative: -0 })
  })

  it.each([-30, -3, -0.5, -1e-5, 1e-5, 0.5, 2])(
    "given a distance of %d, then it is exp(d) - d - 1 with its slope",
    (d) => {
      const { derivative, value } = k3(-1 - d, -1)
      assert.approximately(value, Math.min(10, Math.exp(d) - d - 1), 1e-9)
      const slope = (k3(-1 - d + 1e-6, -1).value - k3(-1 - d - 1e-6, -1).value) / 2e-6
      assert.approximately(derivative, slope, 1e-7)
    }
  )

  it.each([3, 100, 1e4])("given a distance of %d, then it stops at 10 and is flat", (d) => {
    assert.deepStrictEqual(k3(-1 - d, -1), { value: 10, derivative: 0 })
  })
})

describe("klEstimators", () => {
  it.each([
    ["k1", 0.5, 0.5, 1],
    ["k1", -0.5, -0.5, 1],
    ["abs", 0.5, 0.5, 1],
    ["abs", -0.5, 0.5, -1],
    ["abs", 0, 0, 0],
    ["k2", 0.5, 0.125, 0.5],
    ["k2", -4, 8, -4]
  ] as const)(
    "given %s and a log-prob %d above the reference, then %d with slope %d",
    (name, by, value, derivative) => {
      assert.deepStrictEqual(klEstimators[name](-2 + by, -2), { value, derivative })
    }
  )

  it.each(["k1", "k2", "k3"] as const)(
    "given tokens of the policy, then %s is near the divergence on average",
    (name) => {
      // Two policies of three tokens that differ little; the mean under the first is exact, for all tokens are weighed.
      const [policy, reference] = [
        [0.5, 0.3, 0.2],
        [0.48, 0.31, 0.21]
      ]
      const divergence = policy.reduce((sum, p, i) => sum + p * Math.log(p / reference[i]), 0)
      const mean = policy.reduce(
        (sum, p, i) => sum + p * klEstimators[name](Math.log(p), Math.log(reference[i])).value,
        0
      )
      assert.approximately(mean, divergence, divergence / 20)
    }
  )
})
