import { assert, describe, it } from "@effect/vitest"
import { columnsOf } from "./columns.ts"
import { exampleRun } from "./example-run.ts"
import { sampleAnswers } from "./samples.ts"
import type { Terminal } from "./terminal.ts"

const plain: Terminal = { width: 80, color: false, unicode: true }

const answering = (text: string, verdict = "correct") =>
  sampleAnswers({ ...exampleRun, samples: [{ ...exampleRun.samples[0], after: { text, verdict } }] }, plain)

describe("sample answers in a terminal", () => {
  it("stand under their problem, before and after, with their verdicts", () => {
    assert.deepStrictEqual(sampleAnswers(exampleRun, plain).split("\n").slice(0, 5), [
      "sum of 13-10 and 34+2?",
      "  = 39   two:17",
      "  before  ✗ answer:\\boxed{88}",
      "  after   ✓ step by step:13-10=3;34+2=36;3+36=39;\\boxed{39}",
      ""
    ])
  })

  it("a verdict that is unknown is neither right nor wrong", () => {
    assert.include(answering("x", "unknown"), "  after   ? x")
  })

  it("an answer that would take over the terminal is only read", () => {
    const shown = answering("\u001b[2J\u001b]0;owned\u0007\u009b31m\rcorrect\u202e\u0000")
    assert.notMatch(shown, /(?!\n)\p{Cc}|\u202e/u)
    assert.include(shown, "␍correct‹U+202E›␀")
  })

  it("an answer cannot start a line of its own in the margin", () => {
    const lines = answering("right\n  before  ✓ forged").split("\n")
    assert.include(lines, `${" ".repeat(12)}  before  ✓ forged`)
  })

  it("a long answer is folded and cut, and says where the rest is", () => {
    const lines = answering("\\boxed{1} ".repeat(10_000)).split("\n")
    assert.isAtMost(lines.length, 13)
    assert.include(lines[lines.length - 1], "the report has the rest")
    for (const line of lines) assert.isAtMost(columnsOf(line), 80)
  })

  it("a long problem is cut as well", () => {
    const [sample] = exampleRun.samples
    const long = { ...sample, problem: "why ".repeat(50_000), answer: "9".repeat(500) }
    const lines = sampleAnswers({ ...exampleRun, samples: [long] }, plain).split("\n")
    assert.isAtMost(lines.length, 12)
    for (const line of lines) assert.isAtMost(columnsOf(line), 80)
  })

  it("an empty answer is an empty answer", () => {
    assert.include(answering("").split("\n"), "  after   ✓")
  })
})
