import { assert, describe, it } from "@effect/vitest"
import { answers, problem, problems } from "../../../learning/evaluation/outcomes.fixture.ts"
import { summaryWith } from "./summaries.fixture.ts"
import { evaluationFields } from "./summary.ts"
import { evaluationTable } from "./table.ts"

const terminal = (width: number) => ({ width, color: false, unicode: true })
const rowsOf = (text: string) => text.split("\n").map((line) => line.trim().split(/\s{2,}/))
const row = (text: string, name: string) => rowsOf(text).find(([first]) => first === name)

const mixed = summaryWith({
  math500: [...problems(["1", "0"], "algebra"), problem("p2", "1", "geometry"), problem("p3", "1", "geometry")],
  aime24: problems(["1100", "0000"])
})

describe("the table of an evaluation", () => {
  it("has a row for each set and the unweighted average last", () => {
    const text = evaluationTable(mixed, terminal(140))
    assert.deepStrictEqual(row(text, "set"), [
      ...["set", "n", "k", "accuracy", "95 %", "pass@k", "maj@k", "boxed", "truncated", "length", "reflection"]
    ])
    assert.deepStrictEqual(row(text, "math500")?.slice(0, 4), ["math500", "4", "1", "0.750"])
    assert.deepStrictEqual(row(text, "math500")?.slice(5, 8), ["–", "–", "1.000"])
    assert.deepStrictEqual(row(text, "aime24")?.slice(0, 4), ["aime24", "2", "4", "0.250"])
    assert.deepStrictEqual(row(text, "aime24")?.[5], "0.500")
    assert.deepStrictEqual(row(text, "average")?.slice(0, 2), ["average", "0.500"])
  })

  it("has groups below their set where they are asked for and are several", () => {
    const text = evaluationTable(mixed, terminal(140), true)
    const names = rowsOf(text).map(([first]) => first)
    assert.deepStrictEqual(names.slice(names.indexOf("set"), names.indexOf("average") + 1), [
      ...["set", "math500", "algebra", "geometry", "aime24", "average"]
    ])
    assert.notInclude(evaluationTable(mixed, terminal(140)), "algebra")
  })

  it("tells where the grader gave up, or code would have been run, only where that was", () => {
    assert.notInclude(evaluationTable(mixed, terminal(140)), "gave up")
    const odd = summaryWith({
      own: [{ problemId: "p0", group: "g", answers: answers({ correct: false, gaveUp: true, wouldExecute: true }) }]
    })
    assert.deepStrictEqual(row(evaluationTable(odd, terminal(140)), "set")?.slice(-2), ["gave up", "would run code"])
    assert.deepStrictEqual(row(evaluationTable(odd, terminal(140)), "own")?.slice(-2), ["1.000", "1.000"])
  })

  it("of one set has no average, and of a set that is not through no figures", () => {
    const half = summaryWith({ math500: problems(["1"]), aime24: [] })
    const text = evaluationTable(half, terminal(140))
    assert.isUndefined(row(text, "average"))
    assert.deepStrictEqual(row(text, "aime24")?.slice(0, 3), ["aime24", "–", "–"])
    const [, missing] = evaluationFields(half).tests
    assert.isNull(missing.figures)
  })

  it("leaves intervals out where there is no room, and obeys no set's name", () => {
    assert.notInclude(evaluationTable(mixed, terminal(60)), "95 %")
    const hostile = summaryWith({ "\u001b[31mset": problems(["1"]) })
    assert.notInclude(evaluationTable(hostile, terminal(140)), "\u001b")
  })
})
