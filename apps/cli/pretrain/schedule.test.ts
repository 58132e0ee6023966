import { assert, describe, it } from "@effect/vitest"
import { learningRateAt } from "./schedule.ts"

const phase = { name: "any", openers: false, steps: 1_000, learningRate: 2 }

describe("learningRateAt", () => {
  it.each([
    { step: 0, rate: 0.02, why: "the first hundredth of the warm-up" },
    { step: 49, rate: 0.99438, why: "half of the warm-up" },
    { step: 500, rate: 1.05, why: "half way down: (1 + 0.05) / 2 of the whole" },
    { step: 1_000, rate: 0.1, why: "5 % where the phase ends" }
  ])("given step $step, then $why", ({ rate, step }) => {
    assert.approximately(learningRateAt(phase, step), rate, 1e-4)
  })
})
