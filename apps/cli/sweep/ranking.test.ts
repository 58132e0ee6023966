import { assert, describe, it } from "@effect/vitest"
import { gainOf, ranked, type Swept } from "./ranking.ts"

const swept = (run: string, won: number, lost: number): Swept => ({
  ...{ run, example: run, seed: 0, policy: "", saturation: null, zeroSignalGroups: 0, tokens: 0, seconds: 0 },
  ...{ problems: 100, before: 20, after: 20 + won - lost, won, lost }
})

describe("the gain of a run", () => {
  it("is the difference of right answers to the same problems", () => {
    assert.closeTo(gainOf({ problems: 300, before: 72, after: 271, won: 203, lost: 4 }).gain, 199 / 300, 1e-12)
  })

  it("has the interval of Bonett and Price: n = 100, 20 won, 5 lost give (21 - 6) / 102 ± 1.96 · 0.0486…", () => {
    const { high, low } = gainOf({ problems: 100, before: 20, after: 35, won: 20, lost: 5 })
    const centre = 15 / 102
    const half = 1.959963984540054 * Math.sqrt((27 / 102 - centre ** 2) / 102)
    assert.closeTo(low, centre - half, 1e-12)
    assert.closeTo(high, centre + half, 1e-12)
    assert.closeTo(half, 0.0956, 1e-4)
  })

  it("has an interval of some width where no answer changed, and never leaves -1 to 1", () => {
    const still = gainOf({ problems: 12, before: 3, after: 3, won: 0, lost: 0 })
    assert.isBelow(still.low, 0)
    assert.isAbove(still.high, 0)
    const all = gainOf({ problems: 3, before: 0, after: 3, won: 3, lost: 0 })
    assert.isAtMost(all.high, 1)
  })

  it("is narrower where the same problems are lost and won less often", () => {
    const width = ({ high, low }: { readonly high: number; readonly low: number }) => high - low
    const calm = gainOf({ problems: 100, before: 20, after: 30, won: 10, lost: 0 })
    const stormy = gainOf({ problems: 100, before: 40, after: 50, won: 35, lost: 25 })
    assert.isBelow(width(calm), width(stormy))
  })
})

describe("the ranking", () => {
  it("has the highest gain first; equal gains share a rank and keep their order", () => {
    const rows = ranked([swept("a", 5, 5), swept("b", 30, 0), swept("c", 10, 10), swept("d", 0, 9)])
    assert.deepStrictEqual(
      rows.map(({ rank, run }) => [rank, run]),
      [
        [1, "b"],
        [2, "a"],
        [2, "c"],
        [4, "d"]
      ]
    )
  })
})
