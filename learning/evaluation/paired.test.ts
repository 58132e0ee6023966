import { assert, describe, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import type { ProblemOutcome } from "./outcome.ts"
import { AnySeed, problem, problems } from "./outcomes.fixture.ts"
import { type PairedComparison, pairedComparison } from "./paired.ts"

const seed = 6
const compared = (
  a: ReadonlyArray<ProblemOutcome>,
  b: ReadonlyArray<ProblemOutcome>,
  options = { seed, resamples: 500 }
): PairedComparison => Result.getOrThrow(pairedComparison(a, b, options))
const refused = (a: ReadonlyArray<ProblemOutcome>, b: ReadonlyArray<ProblemOutcome>): unknown => {
  const result = pairedComparison(a, b, { seed })
  return Result.isFailure(result) ? result.failure : undefined
}

/** Any two policies' answers to the same problems, two each. */
const AnyPairs = Schema.Array(
  Schema.Tuple([Schema.Literals(["00", "01", "11"]), Schema.Literals(["00", "10", "11"])])
).check(Schema.isMinLength(1), Schema.isMaxLength(25))

describe("pairedComparison", () => {
  it("given one answer a problem, then won and lost problems, and McNemar's exact test", () => {
    const a = problems([..."0000000001"])
    const b = problems([..."1111110000"])
    const { better, difference, pValue, problems: count, same, standardError, test, worse } = compared(a, b)
    assert.deepStrictEqual(
      { count, better, worse, same, test },
      { count: 10, better: 6, worse: 1, same: 3, test: "mcnemar" }
    )
    assert.strictEqual(difference.metric, "difference")
    assert.approximately(difference.value, 0.5, 1e-15)
    assert.approximately(pValue, 0.125, 1e-12) // 2 · (1 + 7) / 2^7
    // Squares of the deviations: 6 · 0.25 + 3 · 0.25 + 2.25 = 4.5
    assert.approximately(standardError ?? Number.NaN, Math.sqrt(4.5 / 9 / 10), 1e-12)
  })

  it("given several answers a problem, then parts are compared, by the sign test", () => {
    const found = compared(problems(["1000", "1100", "1111"]), problems(["1110", "1100", "0111"]))
    assert.deepInclude(found, { better: 1, worse: 1, same: 1, test: "sign", pValue: 1 })
    assert.approximately(found.difference.value, 1 / 12, 1e-15)
  })

  it("given one answer from a and more from b, then parts are compared all the same", () => {
    const found = compared(problems(["1", "0"]), problems(["111111", "100000"]))
    assert.deepInclude(found, { better: 1, worse: 0, same: 1, test: "sign" })
  })

  it("given one answer from b and more from a, then it is no McNemar's test either", () => {
    assert.deepInclude(compared(problems(["110", "000"]), problems(["1", "0"])), { better: 1, test: "sign" })
  })

  it("given problems in another order, then the same bits", () => {
    const a = problems(["10", "11", "00", "01", "00"])
    const b = problems(["11", "00", "01", "11", "10"])
    assert.deepStrictEqual(compared(a.toReversed(), b), compared(a, b))
  })

  it("given problems that all moved together, then the interval is far narrower than that of the accuracies", () => {
    const marks = Array.from({ length: 100 }, (_, i) => (i % 2 === 0 ? "11" : "00"))
    const moved = marks.map((each, i) => (i === 1 ? "10" : each))
    const { difference } = compared(problems(marks), problems(moved))
    assert.isAbove(difference.low, -0.001)
    assert.isBelow(difference.high, 0.02)
  })

  it("given a policy against itself, then no difference, p = 1, and an interval around nothing", () => {
    const a = problems(["10", "11", "00"])
    const { better, difference, pValue, same, standardError, worse } = compared(a, a)
    assert.deepStrictEqual(
      { better, worse, same, pValue, standardError },
      { better: 0, worse: 0, same: 3, pValue: 1, standardError: 0 }
    )
    assert.strictEqual(difference.value, 0)
    assert.isBelow(difference.low, 0)
    assert.strictEqual(difference.high, -difference.low)
  })

  it("given one problem, then there is no standard error", () => {
    assert.isNull(compared(problems(["0"]), problems(["1"])).standardError)
  })

  it.prop("given b against a, then it mirrors a against b", { pairs: AnyPairs, seed: AnySeed }, (drawn) => {
    const options = { seed: drawn.seed, resamples: 60 }
    const a = problems(drawn.pairs.map(([mark]) => mark))
    const b = problems(drawn.pairs.map(([, mark]) => mark))
    const [forth, back] = [compared(a, b, options), compared(b, a, options)]
    assert.approximately(forth.difference.value, -back.difference.value, 1e-12)
    assert.approximately(forth.difference.low, -back.difference.high, 1e-12)
    assert.approximately(forth.difference.high, -back.difference.low, 1e-12)
    assert.deepStrictEqual([forth.better, forth.worse, forth.same], [back.worse, back.better, back.same])
    assert.strictEqual(forth.pValue, back.pValue)
    assert.approximately(forth.standardError ?? 0, back.standardError ?? 0, 1e-12)
    const { high, low, value } = forth.difference
    assert.isTrue(-1 <= low && low <= value && value <= high && high <= 1, `${low} ${value} ${high}`)
    assert.strictEqual(forth.better + forth.worse + forth.same, forth.problems)
  })

  it.prop("given any policy against itself, then 0 and p = 1", { pairs: AnyPairs, seed: AnySeed }, (drawn) => {
    const a = problems(drawn.pairs.map(([mark]) => mark))
    const found = compared(a, a, { seed: drawn.seed, resamples: 20 })
    assert.deepStrictEqual([found.difference.value, found.pValue, found.same], [0, 1, a.length])
  })

  it("given problems that do not pair up, then it fails and says which", () => {
    const [p, q, r] = [problem("p", "1"), problem("q", "1"), problem("r", "1")]
    assert.deepInclude(refused([p, q], [q, r]), {
      _tag: "UnpairedProblems",
      onlyInA: ["p"],
      onlyInB: ["r"],
      repeated: []
    })
    assert.deepInclude(refused([p, q, q], [p, q]), { onlyInA: [], onlyInB: [], repeated: ["q"] })
    assert.include(
      String(refused([p, q], [q, r])),
      "the problems do not pair up (only in a: p; only in b: r). Compare policies on the same problems, each once"
    )
    const many = problems(Array.from({ length: 8 }, () => "1"))
    assert.include(String(refused(many, [])), "only in a: p0, p1, p2, p3, p4 and 3 more")
  })

  it("given no problems, or unlike k within one test, then it fails", () => {
    assert.deepInclude(refused([], []), { _tag: "NoProblems" })
    const [even, odd] = [problems(["11", "10"]), [problem("p0", "11"), problem("p1", "1")]]
    assert.deepInclude(refused(odd, even), { _tag: "UnequalAnswers", problemId: "p1" })
    assert.deepInclude(refused(even, odd), { _tag: "UnequalAnswers", problemId: "p1" })
  })
})
