/** The expected values are numpy 2.4's: add.reduce, mean, var and std of float64. */
import { assert, describe, it } from "@effect/vitest"
import { pairwiseSum, spreadOf } from "./spread.ts"

/** Numbers in 0..1 whose sum depends on the order of summation. */
const values = (count: number): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => ((i * 37) % 101) / 101)

const leftToRight = (numbers: ReadonlyArray<number>): number => numbers.reduce((sum, value) => sum + value, 0)

describe("pairwiseSum", () => {
  it.each([
    [7, 2.6930693069306932],
    [8, 3.2574257425742577],
    [16, 6.960396039603961],
    [44, 21.554455445544555],
    [128, 62.584158415841586],
    [129, 63.475247524752476],
    [136, 66.97029702970298],
    [137, 67.79207920792079],
    [257, 127.00990099009901],
    [1000, 495.1485148514851],
    [1001, 495.48514851485146]
  ])("given %i values, then numpy's sum to the last bit", (count, expected) => {
    assert.strictEqual(pairwiseSum(values(count)), expected)
  })

  it("given values that a sum from left to right rounds otherwise, then it is not that sum", () => {
    for (const count of [16, 136, 137, 1000, 1001])
      assert.notStrictEqual(leftToRight(values(count)), pairwiseSum(values(count)))
  })

  it("given no values, then 0", () => {
    assert.strictEqual(pairwiseSum([]), 0)
  })
})

describe("spreadOf", () => {
  it.each([
    [9, 0.46534653465346537, 0.09600365977191778, 0.3098445735718439],
    [44, 0.4898739873987399, 0.08494037410041634, 0.29144531922886724],
    [57, 0.4854959180128539, 0.08366900703673945, 0.2892559541941003],
    [250, 0.4929108910891089, 0.08365859660817568, 0.2892379584497437],
    [1001, 0.49499015835649496, 0.0834085984631939, 0.288805468201684]
  ])("given %i values, then numpy's mean, population variance and standard deviation", (count, mean, variance, std) => {
    assert.deepStrictEqual(spreadOf(values(count)), { mean, variance, std })
  })

  it("given one value, or the same ones, then no spread", () => {
    assert.deepStrictEqual(spreadOf([0.625]), { mean: 0.625, variance: 0, std: 0 })
    assert.strictEqual(spreadOf([0.125, 0.125, 0.125]).std, 0)
  })
})
