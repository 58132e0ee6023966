import { assert, describe, it } from "@effect/vitest"
import { policyLoss } from "./policy-loss.ts"

describe("policyLoss", () => {
  it.each([
    { ratio: 1, advantage: 2, value: -2, derivative: -2, clipped: false, why: "on policy" },
    { ratio: 1.1, advantage: 2, value: -2.2, derivative: -2.2, clipped: false, why: "within the bounds" },
    { ratio: 1.5, advantage: 2, value: -2.4, derivative: 0, clipped: true, why: "a good token has gone far enough" },
    {
      ratio: 0.5,
      advantage: 2,
      value: -1,
      derivative: -1,
      clipped: false,
      why: "a good token that became rare is free"
    },
    { ratio: 0.5, advantage: -2, value: 1.6, derivative: 0, clipped: true, why: "a bad token has gone far enough" },
    {
      ratio: 1.5,
      advantage: -2,
      value: 3,
      derivative: 3,
      clipped: false,
      why: "a bad token that became common is free"
    },
    { ratio: 1.5, advantage: 0, value: 0, derivative: 0, clipped: false, why: "nothing to learn" }
  ])("given ratio $ratio and advantage $advantage ($why), then the loss is $value", (given) => {
    const loss = policyLoss(-1 + Math.log(given.ratio), -1, given.advantage, { low: 0.2, high: 0.2 })
    assert.approximately(loss.value, given.value, 1e-12)
    assert.approximately(loss.derivative, given.derivative, 1e-12)
    assert.strictEqual(loss.clipped, given.clipped)
  })

  it.each([
    { ratio: 1.25, advantage: 2, value: -2.5, clipped: false, why: "still below the upper bound" },
    { ratio: 1.5, advantage: 2, value: -2.56, clipped: true, why: "beyond it" },
    { ratio: 0.85, advantage: -2, value: 1.7, clipped: false, why: "still above the lower bound" },
    { ratio: 0.5, advantage: -2, value: 1.6, clipped: true, why: "below it" }
  ])("given a wider upper bound and ratio $ratio ($why), then the loss is $value", (given) => {
    const loss = policyLoss(-1 + Math.log(given.ratio), -1, given.advantage, { low: 0.2, high: 0.28 })
    assert.approximately(loss.value, given.value, 1e-12)
    assert.strictEqual(loss.clipped, given.clipped)
  })
})
