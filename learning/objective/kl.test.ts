import { assert, describe, it } from "@effect/vitest"
import { k3 } from "./kl.ts"

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
