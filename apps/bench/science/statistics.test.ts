import { assert, describe, it } from "@effect/vitest"
import { gainOf } from "../../cli/sweep/ranking.ts"
import { correlationOf, overSeeds, type Point, ranksOf, spearman } from "./statistics.ts"

const pairs = (won: number, lost: number, problems = 300) => ({
  problems,
  before: 60 + lost,
  after: 60 + won,
  won,
  lost
})

describe("a mean gain over seeds", () => {
  it("given seeds far apart, then its interval is Student's over them", () => {
    const found = overSeeds([pairs(30, 0), pairs(90, 0), pairs(150, 0)])
    assert.deepStrictEqual(found?.bySeed, [0.1, 0.3, 0.5])
    assert.closeTo(found?.mean ?? 0, 0.3, 1e-12)
    // 4.303 · 0.2 / √3
    assert.closeTo(found?.low ?? 0, 0.3 - 0.49687, 1e-4)
    assert.closeTo(found?.high ?? 0, 0.3 + 0.49687, 1e-4)
  })

  it("given seeds that agree by luck, then its interval is no narrower than that of all their problems together", () => {
    const found = overSeeds([pairs(60, 30), pairs(60, 30), pairs(60, 30)])
    const together = gainOf(pairs(180, 90, 900))
    assert.closeTo(found?.mean ?? 0, 0.1, 1e-12)
    assert.closeTo(found?.low ?? 0, together.low, 1e-12)
    assert.closeTo(found?.high ?? 0, together.high, 1e-12)
  })

  it("given one seed, then the interval of its problems; given none, then null", () => {
    const { high, low } = gainOf(pairs(60, 30))
    assert.deepInclude(overSeeds([pairs(60, 30)]), { low, high })
    assert.isNull(overSeeds([]))
  })
})

describe("rank correlation", () => {
  it("given equal values, then they share the mean of their ranks", () => {
    assert.deepStrictEqual(ranksOf([3, 1, 3, 2]), [3.5, 1, 3.5, 2])
  })

  it("is Spearman's ρ: Pearson's of the ranks, ties included", () => {
    // Ranks 1 2 3 4 5 and 1 2 3.5 5 3.5: 8 / √(10 · 9.5). Ranks 1 2.5 2.5 4 and 4 3 1.5 1.5: -3.75 / √(4.5 · 4.5).
    const ofFive: ReadonlyArray<Point> = [5, 6, 7, 8, 7].map((y, i) => [i + 1, y] as const)
    assert.closeTo(spearman(ofFive) ?? 0, 0.8207826816681233, 1e-12)
    const ofFour: ReadonlyArray<Point> = [
      [1, 4],
      [2, 3],
      [2, 1],
      [4, 1]
    ]
    assert.closeTo(spearman(ofFour) ?? 0, -0.8333333333333335, 1e-12)
  })

  it("given points in order, then 1 and an interval that ends there; always the same", () => {
    const points = Array.from({ length: 20 }, (_, i): Point => [i, i * i])
    assert.deepStrictEqual(correlationOf(points), { rho: 1, points: 20, low: 1, high: 1 })
  })

  it("given points without order, then an interval with 0 in it", () => {
    const found = correlationOf(Array.from({ length: 48 }, (_, i): Point => [i, (i * 7) % 13]))
    assert.isBelow(found?.low ?? 1, 0)
    assert.isAbove(found?.high ?? -1, 0)
    assert.deepStrictEqual(found, correlationOf(Array.from({ length: 48 }, (_, i): Point => [i, (i * 7) % 13])))
  })

  it("given fewer than four points or no variation, then null", () => {
    assert.isNull(
      correlationOf([
        [1, 2],
        [2, 3],
        [3, 4]
      ])
    )
    assert.isNull(
      correlationOf([
        [1, 2],
        [1, 3],
        [1, 4],
        [1, 5]
      ])
    )
  })
})
