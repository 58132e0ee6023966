import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../random/sequence.ts"
import { drawsOf, hasSpread, meanOf, percentile95, resampledMeans } from "./bootstrap.ts"

const of = (...values: ReadonlyArray<number>) => Float64Array.from(values)
const intervalOf = (scores: Float64Array, seed: number, resamples: number) =>
  percentile95(resampledMeans(scores, drawsOf(scores.length, { seed, resamples })))

/** The least number of right answers, of n that are each right with probability p, up to which `share` of all tests lie. */
const binomialQuantile = (n: number, p: number, share: number): number => {
  let term = (1 - p) ** n
  let sum = term
  let k = 0
  while (sum < share) {
    term *= ((n - k) / (k + 1)) * (p / (1 - p))
    sum += term
    k += 1
  }
  return k
}

describe("drawsOf", () => {
  it("given the same seed, then the same draws; given another seed or set, then others", () => {
    const draws = (seed: number, set?: number) => [...drawsOf(10, { seed, resamples: 5 }, set)]
    assert.deepStrictEqual(draws(1), draws(1))
    assert.notDeepEqual(draws(1), draws(2))
    assert.notDeepEqual(draws(1), draws(1, 1))
  })

  // One random number gives 30 indices below 2, 10 below 7, 3 below 1,000 and one below 50,000.
  it.each([1, 2, 7, 1000, 50_000])("given %d problems, then each is drawn equally often", (n) => {
    const resamples = Math.ceil(100_000 / n)
    const draws = drawsOf(n, { seed: 3, resamples })
    assert.lengthOf(draws, n * resamples)
    const tenths = new Array<number>(Math.min(n, 10)).fill(0)
    for (const index of draws) tenths[Math.floor((index * tenths.length) / n)] += 1
    for (const [tenth, count] of tenths.entries()) {
      const inTenth = Array.from({ length: n }, (_, i) => i).filter(
        (i) => Math.floor((i * tenths.length) / n) === tenth
      )
      const expected = (draws.length * inTenth.length) / n
      assert.approximately(count, expected, 5 * Math.sqrt(expected))
    }
  })

  it("given seven problems, then all differ in 7!/7^7 of the resamples: draws are independent", () => {
    const draws = drawsOf(7, { seed: 3, resamples: 10_000 })
    let allDiffer = 0
    for (let at = 0; at < draws.length; at += 7) if (new Set(draws.subarray(at, at + 7)).size === 7) allDiffer += 1
    assert.approximately(allDiffer / 10_000, 5040 / 7 ** 7, 0.003)
  })

  it("given no word on resamples, then 2,000; given none or a part of one, then it is refused", () => {
    assert.lengthOf(drawsOf(3, { seed: 0 }), 6000)
    for (const resamples of [0, -1, 1.5, Number.NaN])
      assert.throws(() => drawsOf(3, { seed: 0, resamples }), /cannot draw problems/)
    assert.throws(() => drawsOf(3, { seed: -1 }), RangeError)
  })
})

describe("resampledMeans", () => {
  it("given draws, then each mean is that of the scores drawn", () => {
    const means = resampledMeans(of(1, 10, 100), Uint32Array.of(0, 0, 1, 2, 2, 2, 0, 1, 2))
    assert.deepStrictEqual([...means], [4, 100, 37])
  })
})

describe("hasSpread", () => {
  it("given scores, then whether any differ by more than rounding", () => {
    assert.isFalse(hasSpread(of(0.5)))
    assert.isFalse(hasSpread(of(2 / 3 - 1 / 3, 1 / 3, 1 - 2 / 3)))
    assert.isTrue(hasSpread(of(0.5, 0.5, 0.625)))
  })
})

describe("percentile95", () => {
  it("given 0 to 200, then 5 and 195, and in between straight", () => {
    const values = Float64Array.from({ length: 201 }, (_, i) => 200 - i)
    assert.deepStrictEqual(percentile95(values), { low: 5, high: 195 })
    assert.deepStrictEqual(percentile95(of(4)), { low: 4, high: 4 })
    const { high, low } = percentile95(of(1, 0))
    assert.approximately(low, 0.025, 1e-15)
    assert.approximately(high, 0.975, 1e-15)
  })
})

describe("the bootstrap's interval", () => {
  it.each([
    [1, 5],
    [12, 40],
    [77, 100]
  ])("given %d right of %d, then it is between the binomial quantiles, which are what it tends to", (right, n) => {
    const scores = Float64Array.from({ length: n }, (_, i) => (i < right ? 1 : 0))
    const { high, low } = intervalOf(scores, 5, 20_000)
    assert.approximately(low * n, binomialQuantile(n, right / n, 0.025), 1e-9)
    assert.approximately(high * n, binomialQuantile(n, right / n, 0.975), 1e-9)
  })

  it("given many scores, then it is as wide as normal theory has it", () => {
    const { uniform } = sequence(8, 1)
    const scores = Float64Array.from({ length: 400 }, uniform)
    const mean = meanOf(scores)
    const variance = meanOf(scores.map((score) => (score - mean) ** 2))
    const { high, low } = intervalOf(scores, 1, 4000)
    assert.approximately((high - low) / (2 * 1.96 * Math.sqrt(variance / 400)), 1, 0.04)
  })

  it("given tests drawn from a known policy, then about 95 % of the intervals hold its accuracy", () => {
    const tests = 400
    const n = 60
    let held = 0
    for (let test = 0; test < tests; test++) {
      const random = sequence(test, 77)
      const scores = Float64Array.from({ length: n }, () => {
        const chance = random.uniform() // of mean 1/2
        return [0, 1, 2, 3].filter(() => random.uniform() < chance).length / 4
      })
      const { high, low } = intervalOf(scores, test, 400)
      if (low <= 0.5 && 0.5 <= high) held += 1
    }
    assert.isAbove(held / tests, 0.92)
    assert.isBelow(held / tests, 0.98)
  })
})
