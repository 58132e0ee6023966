import { assert, describe, it } from "@effect/vitest"
import { learningRateAt } from "./learning-rate.ts"

const rates = (schedule: Parameters<typeof learningRateAt>[0]) =>
  [0, 1, 2, 3, 4, 5].map((update) => learningRateAt(schedule, 8, update))

describe("learningRateAt", () => {
  it("given a constant schedule, then every update has the same", () => {
    assert.deepStrictEqual(rates({ kind: "constant" }), [8, 8, 8, 8, 8, 8])
  })

  it("given a warm-up of 4, then it rises from 0 and stays", () => {
    assert.deepStrictEqual(rates({ kind: "warm-up", steps: 4 }), [0, 2, 4, 6, 8, 8])
  })

  it("given a warm-up of 0 as the reference computes it, then the first update still has 0", () => {
    assert.deepStrictEqual(rates({ kind: "warm-up", steps: 0 }), [0, 8, 8, 8, 8, 8])
  })
})
