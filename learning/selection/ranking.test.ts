import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { goldenTitle, hasGolden } from "../policy/policies-for-tests.ts"
import type { Histories } from "./histories.ts"
import { readHistories } from "./histories.ts"
import { ranked, rankedIndex } from "./ranking.ts"

const order = (histories: Histories, ...[by, seed]: [Parameters<typeof ranked>[1], number?]) =>
  ranked(histories, by, seed ?? 0).map(({ index }) => index)

const small: Histories = [
  { index: "9", history: [0, 0, 0], label: "12" },
  { index: "1", history: [1, 1, 1] },
  { index: "5", history: [0, 1, 0.5] },
  { index: "3", history: [1, 0, 0.5] },
  { index: "7", history: [0, 0.25, 0.5, 0.75, 1] }
]

describe("a ranking by std", () => {
  it("given equal scores, then they keep the order they come in", () => {
    assert.deepStrictEqual(order(small, "std"), ["5", "3", "7", "9", "1"])
    const [first, ...others] = small.toReversed()
    assert.deepStrictEqual(order([first, ...others], "std"), ["3", "5", "7", "1", "9"])
  })

  it("given an example, then its rank comes with its figures, and with its label where that is known", () => {
    const ranking = ranked(small, "std", 0)
    assert.deepStrictEqual(ranking[2], {
      rank: 3,
      index: "7",
      score: Math.sqrt(0.125),
      std: Math.sqrt(0.125),
      variance: 0.125,
      mean: 0.5,
      label: null,
      visits: 5
    })
    assert.deepInclude(ranking[3], { rank: 4, index: "9", label: "12" })
  })
})

describe("a ranking by lim", () => {
  /**
   * Visits 0 and 1 only, for the shortest history has two. Means: 0.5 and 0.75; farthest 0.5² + 0.25² = 0.3125.
   * "a": 0.5² + 0.25² = 0.3125; "b": 0.5² + 0.25² = 0.3125; "c": 0 + 0.0625; "d": 0 + 0.5625.
   */
  const histories: Histories = [
    { index: "a", history: [0, 1] },
    { index: "b", history: [1, 1, 0, 0] },
    { index: "c", history: [0.5, 1, 0] },
    { index: "d", history: [0.5, 0] }
  ]

  it("given a worked case, then one minus the squared distance from the mean curve over that of perfection", () => {
    const scores = ranked(histories, "lim", 0).map(({ index, score }) => [index, Number(score.toFixed(12))])
    assert.deepStrictEqual(scores, [
      ["c", 0.8],
      ["a", 0],
      ["b", 0],
      ["d", -0.8]
    ])
  })

  it("given examples that are always right, then nothing to tell them apart by", () => {
    const perfect: Histories = [
      { index: "b", history: [1, 1] },
      { index: "a", history: [1, 1] }
    ]
    assert.deepStrictEqual(
      ranked(perfect, "lim", 0).map(({ index, score }) => [index, score]),
      [
        ["b", 1],
        ["a", 1]
      ]
    )
  })
})

describe("a ranking by chance", () => {
  const [first, ...others] = Array.from({ length: 40 }, (_, i) => ({ index: String(i), history: [0.5] }))
  const many: Histories = [first, ...others]

  it("given the same seed, then the same order, whatever order the examples come in", () => {
    const [last, ...before] = many.toReversed()
    assert.deepStrictEqual(order([last, ...before], "random", 7), order(many, "random", 7))
    assert.sameMembers(order(many, "random", 7), order(many, "std"))
  })

  it("given another seed, then another order", () => {
    assert.notDeepEqual(order(many, "random", 8), order(many, "random", 7))
    assert.notDeepEqual(order(many, "random", 7), order(many, "std"))
  })
})

describe("an example of a rank", () => {
  it.effect("given a rank, then its index; given one beyond, then where ranks end", () =>
    Effect.gen(function* () {
      const ranking = ranked(small, "std", 0)
      assert.strictEqual(yield* rankedIndex(ranking, 1), "5")
      assert.strictEqual(yield* rankedIndex(ranking, 5), "1")
      for (const rank of [0, 6, 1.5, -1]) {
        const { _tag, message } = yield* Effect.flip(rankedIndex(ranking, rank))
        assert.strictEqual(_tag, "RankOutOfRange")
        assert.strictEqual(message, `there is no example of rank ${rank}: the ranking goes from 1 to 5`)
      }
    })
  )
})

const paperFile = fileURLToPath(new URL("../../../shared/data/train/acc_step_500.json", import.meta.url))

describe.runIf(hasGolden)(goldenTitle("the paper's 1209 examples"), () => {
  const paper = Effect.suspend(() => readHistories(paperFile, readFileSync(paperFile, "utf8")))

  it.effect("given std, then the paper's first 20 with their figures", () =>
    Effect.gen(function* () {
      const ranking = ranked(yield* paper, "std", 0)
      assert.lengthOf(ranking, 1209)
      const figures = ranking.slice(0, 20).map(({ index, mean, std, variance }) => {
        const told = [std.toFixed(5), variance.toFixed(5), mean.toFixed(3)].map((figure) => figure.slice(1))
        return `${index} ${told.join(" ")}`
      })
      assert.deepStrictEqual(figures, [
        "124 .40676 .16545 .441",
        "267 .39607 .15687 .350",
        "531 .33765 .11401 .474",
        "931 .32449 .10530 .635",
        "212 .31552 .09956 .593",
        "25 .31326 .09813 .571",
        "568 .30900 .09548 .478",
        "131 .30677 .09411 .816",
        "649 .29980 .08988 .677",
        "724 .29463 .08681 .578",
        "875 .27794 .07725 .530",
        "925 .27436 .07527 .477",
        "682 .27261 .07432 .549",
        "100 .27245 .07423 .262",
        "291 .27245 .07423 .738",
        "50 .26872 .07221 .407",
        "870 .26104 .06814 .432",
        "229 .25919 .06718 .502",
        "948 .25774 .06643 .663",
        "1146 .25707 .06608 .630"
      ])
    })
  )

  it.effect("given the ranks that the paper names further down, then their indices", () =>
    Effect.gen(function* () {
      const ranking = ranked(yield* paper, "std", 0)
      const named = [605, 606, 1201, 1207, 1208, 1209]
      const indices = yield* Effect.forEach(named, (rank) => rankedIndex(ranking, rank))
      assert.deepStrictEqual(indices, ["60", "906", "847", "174", "770", "789"])
      const still = ranking.filter(({ std }) => std === 0)
      assert.deepStrictEqual([still.length, still[0].rank], [104, 1106])
    })
  )

  it.effect("given a sum from left to right in place of numpy's, then ranks 14 and 15 change places", () =>
    Effect.gen(function* () {
      const mean = (values: ReadonlyArray<number>) => values.reduce((sum, value) => sum + value, 0) / values.length
      const naive = (values: ReadonlyArray<number>) => {
        const middle = mean(values)
        return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)))
      }
      const places = (yield* paper)
        .map(({ history, index }) => ({ index, score: naive(history) }))
        .sort((a, b) => b.score - a.score)
        .map(({ index }) => index)
      assert.deepStrictEqual(places.slice(13, 15), ["291", "100"])
    })
  )

  it.effect("given lim, then the first three and the last of the reference script, on 44 visits", () =>
    Effect.gen(function* () {
      const histories = yield* paper
      assert.strictEqual(Math.min(...histories.map(({ history }) => history.length)), 44)
      const ranking = ranked(histories, "lim", 0)
      const told = [...ranking.slice(0, 3), ...ranking.slice(-1)].map(({ index, score }) => [index, score])
      assert.deepStrictEqual(told, [
        ["416", 0.940891524701513],
        ["964", 0.9394939308419621],
        ["569", 0.9388014521484415],
        ["559", 0]
      ])
    })
  )
})
