import { assert, describe, it } from "@effect/vitest"
import { columnsOf } from "../report/columns.ts"
import { type AnswerEvent, type AnswerForm, answerProgress, clearedAnswers, initialAnswers } from "./progress.ts"

const form = (live: boolean, width = 100): AnswerForm => ({
  live,
  terminal: { width, color: false, unicode: true },
  tests: [
    { test: "chain.avg@2", problems: 10, samples: 2 },
    { test: "aime24.avg@2", problems: 5, samples: 4 }
  ]
})

const answered = (test: string, count: number, atMillis: number, before = false): AnswerEvent => ({
  kind: "answered",
  tests: Array.from({ length: count }, () => test),
  before,
  atMillis
})

const textsOf = (of: AnswerForm, events: ReadonlyArray<AnswerEvent>): ReadonlyArray<string> => {
  let state = initialAnswers(0)
  return events.map((event) => {
    const next = answerProgress(of, state, event)
    state = next.state
    return next.text
  })
}

describe("the progress of an evaluation", () => {
  it("told in plain lines, has all answers, the test's, problems a second and the time left", () => {
    assert.deepStrictEqual(textsOf(form(false), [answered("chain.avg@2", 8, 2000)]), [
      "answers  8/40  chain.avg@2 8/20  2.00 problems/s  0:06 left\n"
    ])
  })

  it("counts a problem once, however many samples it has", () => {
    const [, text] = textsOf(form(false), [answered("chain.avg@2", 4, 1000), answered("aime24.avg@2", 8, 4000)])
    assert.strictEqual(text, "answers 12/40  aime24.avg@2 8/20  1.00 problems/s  0:11 left\n")
  })

  it("leaves what an earlier sitting answered out of the speed, and tells no line of it", () => {
    const texts = textsOf(form(false), [answered("chain.avg@2", 20, 10, true), answered("aime24.avg@2", 4, 2000)])
    assert.deepStrictEqual(texts, ["", "answers 24/40  aime24.avg@2 4/20  0.50 problems/s  0:08 left\n"])
  })

  it("has a plain line for a tenth of all answers, and none between", () => {
    const events = Array.from({ length: 40 }, (_, i) => answered("chain.avg@2", 1, 100 * (i + 1)))
    assert.lengthOf(
      textsOf(form(false), events).filter((text) => text !== ""),
      10
    )
  })

  it("tells a test that is through, and a stop", () => {
    const events: ReadonlyArray<AnswerEvent> = [
      { kind: "sat", test: "chain.avg@2", accuracy: 0.25, atMillis: 5 },
      { kind: "stopping", atMillis: 6 }
    ]
    assert.deepStrictEqual(textsOf(form(false), events), [
      "answers  0/40  chain.avg@2 accuracy 0.250\n",
      "answers  0/40  stopping\n"
    ])
  })

  it("live, is one line that fits, written over at most ten times a second", () => {
    const [first, soon, later] = textsOf(form(true, 60), [
      answered("chain.avg@2", 10, 1000),
      answered("chain.avg@2", 2, 1050),
      answered("chain.avg@2", 2, 1200)
    ])
    assert.match(first, /^\ranswers 10\/40 {2}━{5}╌{15} {2}chain\.avg@2 10\/20/)
    assert.strictEqual(soon, "")
    assert.match(later, /^\ranswers 14\/40 {2}━{7}╌{13}/)
    for (const line of [first, later]) assert.isBelow(columnsOf(line.slice(1)), 60)
  })

  it("live, gives its line away for another message", () => {
    const { state } = answerProgress(form(true), initialAnswers(0), answered("chain.avg@2", 10, 1000))
    const { state: after, text } = clearedAnswers(state)
    assert.strictEqual(text, `\r${" ".repeat(state.standing)}\r`)
    assert.strictEqual(clearedAnswers(after).text, "")
  })
})
