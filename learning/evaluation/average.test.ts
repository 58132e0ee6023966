import { assert, describe, it } from "@effect/vitest"
import { averageOf } from "./average.ts"
import { figuresOf } from "./figures.ts"
import { wilson95 } from "./interval.ts"
import { AnySeed, AnyTest, problem, problems } from "./outcomes.fixture.ts"

const options = { seed: 4 }
const half = (count: number) => problems(Array.from({ length: count }, (_, i) => (i % 2 === 0 ? "1" : "0")))
const none = (count: number) => problems(Array.from({ length: count }, () => "0"))

describe("averageOf", () => {
  it("given sets of unlike size and k, then each counts alike", () => {
    const sets = [problems(["1", "0", "0", "0"]), problems(["11110000"]), problems(["11", "11", "11"])]
    assert.strictEqual(averageOf(sets, options).value, (1 / 4 + 1 / 2 + 1) / 3)
    assert.strictEqual(averageOf(sets, options).metric, "average")
  })

  it("given one set, then it is its accuracy with its interval", () => {
    const set = problems(["110", "000", "100", "111", "011"])
    const [accuracy] = figuresOf(set, options)[0].figures
    const average = averageOf([set], options)
    assert.strictEqual(average.value, accuracy.value)
    assert.approximately(average.low, accuracy.low, 1e-12)
    assert.approximately(average.high, accuracy.high, 1e-12)
  })

  it("given two equal sets, then chance in one is not chance in the other: narrower by the root of two", () => {
    const width = (count: number) => {
      const { high, low } = averageOf(
        Array.from({ length: count }, () => half(400)),
        options
      )
      return high - low
    }
    assert.approximately(width(2) / width(1), Math.SQRT1_2, 0.04)
    assert.approximately(width(4) / width(1), 1 / 2, 0.04)
  })

  it("given sets without spread only, then their Wilson distances are added by their squares", () => {
    const { high, low } = averageOf([none(20), none(30)], options)
    assert.strictEqual(low, 0)
    assert.approximately(high, Math.hypot(wilson95(0, 20).high, wilson95(0, 30).high) / 2, 1e-12)
  })

  it("given right for wrong, then the interval is the mirror image", () => {
    const every = (count: number) => problems(Array.from({ length: count }, () => "1"))
    const [wrong, right] = [averageOf([none(20), none(30)], options), averageOf([every(20), every(30)], options)]
    assert.approximately(right.low, 1 - wrong.high, 1e-12)
    assert.approximately(right.high, 1 - wrong.low, 1e-12)
  })

  it("given a set without spread beside one with, then its uncertainty widens the interval", () => {
    const spread = averageOf([half(100)], options)
    const both = averageOf([half(100), none(10)], options)
    assert.approximately(both.value, 0.25, 1e-15)
    assert.approximately(both.low, 0.25 - (0.5 - spread.low) / 2, 1e-12)
    const reach = Math.hypot((spread.high - 0.5) / 2, wilson95(0, 10).high / 2)
    assert.approximately(both.high, 0.25 + reach, 1e-12)
  })

  it("given no set, a set without problems or problems with unlike k, then it is refused and says which", () => {
    assert.throws(() => averageOf([], options), /^an average without a problem/)
    assert.throws(() => averageOf([half(2), []], options), /^set 2 without a problem/)
    assert.throws(() => averageOf([[problem("a", "1"), problem("b", "11")]], options), /^problem b has 2 answers/)
  })

  it.prop(
    "given any sets, then 0 ≤ low ≤ value ≤ high ≤ 1",
    { a: AnyTest, b: AnyTest, seed: AnySeed },
    ({ a, b, seed }) => {
      const { high, low, value } = averageOf([a, b], { seed, resamples: 30 })
      assert.isTrue(0 <= low && low <= value && value <= high && high <= 1, `${low} ${value} ${high}`)
    }
  )
})
