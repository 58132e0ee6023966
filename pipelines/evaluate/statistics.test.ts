import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { EvaluationResult } from "../../schemas/evaluation-completed.ts"
import { interval95, type ProblemOutcome, statistics } from "./statistics.ts"

/** So many right answers among so many problems, one answer each. */
const scores = (right: number, of: number) => Array.from({ length: of }, (_, i) => (i < right ? 1 : 0))

const outcome = (
  group: string,
  correct: ReadonlyArray<boolean>,
  fields: Partial<ProblemOutcome> = {}
): ProblemOutcome => ({
  problemId: "p",
  group,
  correct,
  boxed: correct.map(() => true),
  truncated: correct.map(() => false),
  lengths: correct.map(() => 10),
  ...fields
})

describe("interval95", () => {
  // Newcombe 1998, Statistics in Medicine 17, table I, method 3 (Wilson's score interval)
  it.each([
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718]
  ])("given %d right of %d, one answer a problem, then it is the published interval", (right, of, low, high) => {
    const found = interval95(scores(right, of))
    assert.approximately(found[0], low, 5e-5)
    assert.approximately(found[1], high, 5e-5)
  })

  it("given right for wrong, then the interval is the mirror image", () => {
    const [low, high] = interval95(scores(3, 17))
    const [otherLow, otherHigh] = interval95(scores(14, 17))
    assert.approximately(low, 1 - otherHigh, 1e-12)
    assert.approximately(high, 1 - otherLow, 1e-12)
  })

  it("given nothing, then anything may be", () => {
    assert.deepStrictEqual(interval95([]), [0, 1])
  })

  it("given several answers a problem, then scores that vary less than single answers give a narrower interval", () => {
    const width = (values: ReadonlyArray<number>) => interval95(values)[1] - interval95(values)[0]
    const single = scores(10, 20)
    const shared = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 0.25 : 0.75))
    // The scores' variance is 1/16 instead of 1/4: as if there were four times as many problems.
    assert.approximately(width(shared), width(scores(40, 80)), 1e-12)
    assert.isBelow(width(shared), width(single))
  })

  it.prop(
    "given any scores, then the interval holds their mean and lies within 0 and 1",
    {
      values: Schema.Array(Schema.Literals([0, 0.125, 0.25, 0.5, 0.875, 1])).check(
        Schema.isMinLength(1),
        Schema.isMaxLength(60)
      )
    },
    ({ values }) => {
      const mean = values.reduce<number>((sum, value) => sum + value, 0) / values.length
      const [low, high] = interval95(values)
      assert.isTrue(0 <= low && low <= mean + 1e-12 && mean - 1e-12 <= high && high <= 1, `${low} ${mean} ${high}`)
    }
  )
})

describe("statistics", () => {
  it("given no problems, then there are no figures", () => {
    assert.deepStrictEqual(statistics([]), [])
  })

  it("given problems of two groups, then all come first, then the groups as they appear", () => {
    const results = statistics([outcome("b", [true]), outcome("a", [false]), outcome("b", [false])])
    assert.deepStrictEqual(
      results.map(({ group, problems }) => [group, problems]),
      [
        ["all", 3],
        ["b", 2],
        ["a", 1]
      ]
    )
    assert.deepStrictEqual(
      results.map(({ accuracy }) => accuracy),
      [1 / 3, 1 / 2, 0]
    )
  })

  it("given several answers a problem, then accuracy is the mean of shares, and pass@k asks for one right answer", () => {
    const [all] = statistics([
      outcome("g", [true, false, false, false]),
      outcome("g", [true, true, true, true]),
      outcome("g", [false, false, false, false]),
      outcome("g", [false, false, false, true])
    ])
    assert.strictEqual(all.samplesPerProblem, 4)
    assert.strictEqual(all.accuracy, (0.25 + 1 + 0 + 0.25) / 4)
    assert.strictEqual(all.passAtK, 3 / 4)
    assert.deepStrictEqual([all.low, all.high], [...interval95([0.25, 1, 0, 0.25])])
  })

  it("given boxes, cut-off answers and lengths, then each is a mean over all answers", () => {
    const [all] = statistics([
      outcome("g", [true, true], { boxed: [true, false], truncated: [true, true], lengths: [2, 4] }),
      outcome("g", [true, true], { boxed: [false, false], truncated: [false, true], lengths: [10, 8] })
    ])
    assert.deepInclude(all, { boxed: 0.25, truncated: 0.75, responseLength: 6 })
  })

  it.prop(
    "given any outcomes, then the figures are such as an event can carry",
    {
      answers: Schema.Array(Schema.Tuple([Schema.Boolean, Schema.Boolean, Schema.Boolean])).check(Schema.isMinLength(1))
    },
    ({ answers }) => {
      for (const result of statistics(answers.map((correct, i) => outcome(`g${i % 3}`, [...correct]))))
        assert.isTrue(Schema.is(EvaluationResult)(result), JSON.stringify(result))
    }
  )
})
