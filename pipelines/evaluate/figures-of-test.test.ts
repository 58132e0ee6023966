import { assert, describe, it } from "@effect/vitest"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { outcomeOf, outcomesOf, type PlacedOutcome, resultsOf } from "./figures-of-test.ts"

const questions = [
  { id: "a", family: "chain" },
  { id: "b", family: "eq" },
  { id: "c", family: "chain" }
]

const outcome = (correct: boolean) => ({
  ...outcomeOf(goldenEvents.EvaluationSampled),
  ...{ correct, gaveUp: false, form: correct ? "right" : "wrong" }
})

/** Answers of problems, each right or wrong in the order of its samples; placed last first. */
const placed = (answers: Readonly<Record<string, ReadonlyArray<boolean>>>): ReadonlyArray<PlacedOutcome> =>
  Object.entries(answers)
    .flatMap(([problemId, own]) =>
      own.map((correct, sampleIndex) => ({ problemId, sampleIndex, outcome: outcome(correct) }))
    )
    .toReversed()

describe("the figures of a test", () => {
  it("given an answer, then it counts as its event says, and what nobody looked for as not there", () => {
    const { EvaluationSampled: answer } = goldenEvents
    assert.deepStrictEqual(outcomeOf({ ...answer, verdict: "unknown", reflects: null, wouldExecute: null }), {
      ...{ correct: false, gaveUp: true, boxed: answer.boxed, truncated: true, length: answer.tokens.length },
      ...{ reflects: false, wouldExecute: false, form: answer.form }
    })
    assert.deepInclude(outcomeOf({ ...answer, verdict: "correct", stop: "stop", reflects: true, wouldExecute: true }), {
      ...{ correct: true, gaveUp: false, truncated: false, reflects: true, wouldExecute: true }
    })
  })

  it("given answers in any order, then they stand by question and sample, and a question without any is left out", () => {
    const outcomes = outcomesOf(questions, placed({ b: [true, false], a: [false, true] }))
    assert.deepStrictEqual(
      outcomes.map(({ answers, group, problemId }) => [problemId, group, answers.map(({ correct }) => correct)]),
      [
        ["a", "chain", [false, true]],
        ["b", "eq", [true, false]]
      ]
    )
  })

  it("given one answer to each problem, then the part with a right one is the accuracy", () => {
    const [all, chain, eq] = resultsOf(outcomesOf(questions, placed({ a: [true], b: [false], c: [true] })), 1)
    assert.deepStrictEqual(
      [all, chain, eq].map(({ accuracy, group, passAtK }) => [group, accuracy, passAtK]),
      [
        ["all", 2 / 3, 2 / 3],
        ["chain", 1, 1],
        ["eq", 0, 0]
      ]
    )
  })

  it("given two answers to each, then accuracy and the part with a right one differ, and each is among the figures", () => {
    const [all] = resultsOf(outcomesOf(questions, placed({ a: [true, false], b: [false, false], c: [true, true] })), 1)
    assert.deepInclude(all, { problems: 3, samplesPerProblem: 2, accuracy: 0.5, passAtK: 2 / 3 })
    const figure = (metric: string) => all.figures.find((each) => each.metric === metric)
    assert.deepInclude(figure("accuracy") ?? {}, { value: 0.5, low: all.low, high: all.high })
    assert.strictEqual(figure("pass@2")?.value, 2 / 3)
  })
})
