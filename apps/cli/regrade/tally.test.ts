import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { Verdict } from "../../../schemas/answer.ts"
import { type Judged, turnOf } from "./judged.ts"
import { sumOf, type Tally, tally } from "./tally.ts"

const judged = (fields: Partial<Judged> & { readonly before?: Verdict | null; readonly after?: Verdict }): Judged => {
  const { after = "correct", before = "correct", ...others } = fields
  const of = (verdict: Verdict) => ({ verdict, extracted: null, rule: "r" })
  return {
    ...{ test: "t", step: 0, problem: "p", sample: 0, gold: "1" },
    ...{ recorded: before === null ? null : of(before), now: of(after) },
    ...others
  }
}

const counted = (all: ReadonlyArray<Judged>): Tally => {
  const counting = tally()
  for (const each of all) counting.add(each)
  return counting
}

const problemsOf = () => ["p", "q", "r"].map((id) => ({ id, family: "f" }))
const resultsOf = (all: ReadonlyArray<Judged>, tests: ReadonlyArray<string> = ["t"]) =>
  counted(all).results(7, tests, problemsOf)

const AnyAnswers = Schema.Array(
  Schema.Struct({ problem: Schema.Literals(["p", "q", "r"]), before: Verdict, after: Verdict })
).check(Schema.isMinLength(1), Schema.isMaxLength(20))

describe("turnOf", () => {
  it.each([
    ["correct", "incorrect", "rightToWrong"],
    ["correct", "no-answer", "rightToWrong"],
    ["incorrect", "correct", "wrongToRight"],
    ["no-answer", "correct", "wrongToRight"],
    ["correct", "unknown", "nowUnknown"],
    ["incorrect", "unknown", "nowUnknown"],
    ["unknown", "correct", "wasUnknown"],
    ["unknown", "no-answer", "wasUnknown"],
    ["incorrect", "no-answer", null],
    ["no-answer", "incorrect", null],
    ["correct", "correct", null],
    ["unknown", "unknown", null]
  ] as const)("given %s and then %s, then %s", (before, after, turn) => {
    assert.strictEqual(turnOf(before, after), turn)
  })
})

describe("tally", () => {
  it.prop(
    "given any answers, then each change is counted once and the accuracies differ by them",
    { all: AnyAnswers },
    ({ all }) => {
      const answers = all.map((each, sample) => judged({ ...each, sample }))
      const [result] = resultsOf(answers)
      const counts = sumOf([result])
      assert.strictEqual(
        result.changed,
        Object.values(counts).reduce((sum, count) => sum + count, 0)
      )
      const right = (verdicts: ReadonlyArray<Verdict>) =>
        verdicts.filter((verdict) => verdict === "correct").length / all.length
      assert.approximately(result.recorded?.value ?? -1, right(all.map(({ before }) => before)), 1e-12)
      assert.approximately(result.now.value, right(all.map(({ after }) => after)), 1e-12)
      assert.approximately(result.difference?.value ?? -1, result.now.value - (result.recorded?.value ?? -1), 1e-12)
      assert.deepStrictEqual([result.answers, result.compared], [all.length, all.length])
      const perProblem = [...Map.groupBy(all, ({ problem }) => problem).values()].map(({ length }) => length)
      assert.strictEqual(result.now.interval !== null, new Set(perProblem).size === 1)
    }
  )

  it("given answers of several steps and tests, then results go by step and then as tests are named", () => {
    const all = [
      judged({ step: 10, test: "b" }),
      judged({ step: 2, test: "b" }),
      judged({ step: 10, test: "a" }),
      judged({ step: 2, test: "a" })
    ]
    assert.deepStrictEqual(
      resultsOf(all, ["b", "a"]).map(({ step, test }) => [step, test]),
      [
        [2, "b"],
        [2, "a"],
        [10, "b"],
        [10, "a"]
      ]
    )
  })

  it("given changed verdicts, then those alone are kept, problem by problem, sample by sample", () => {
    const turned = { before: "correct", after: "unknown" } as const
    const all = [
      judged({ problem: "r", ...turned }),
      judged({ problem: "p", sample: 1, ...turned }),
      judged({ problem: "q" }),
      judged({ problem: "p", sample: 0, ...turned })
    ]
    assert.deepStrictEqual(
      counted(all)
        .changed(["t"], problemsOf)
        .map(({ problem, sample, turn }) => [problem, sample, turn]),
      [
        ["p", 0, "nowUnknown"],
        ["p", 1, "nowUnknown"],
        ["r", 0, "nowUnknown"]
      ]
    )
  })

  it("given answers some of which nobody judged before, then there is no accuracy from before, and they did not change", () => {
    const [result] = resultsOf([judged({ before: null }), judged({ problem: "q", before: "incorrect" })])
    assert.deepInclude(result, { answers: 2, compared: 1, changed: 1, recorded: null, difference: null })
    assert.strictEqual(result.now.value, 1)
  })
})
