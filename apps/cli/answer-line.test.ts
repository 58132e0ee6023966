import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { gradingModes } from "../../learning/grading/modes.ts"
import { answerLineFields, lineOfSubmission, submissionOfLine } from "./answer-line.ts"

const Line = Schema.Struct(answerLineFields)

describe("a line that holds an answer", () => {
  it.prop(
    "given any, then what is graded of it says the same line again, but for what goes without saying",
    { line: Line, mode: Schema.Literals(gradingModes) },
    ({ line, mode }) => {
      const submission = submissionOfLine(line, mode)
      assert.deepInclude(submission, { id: `${line.id}`, mode, text: line.completion, reference: line.gold })
      const { where, ...others } = line
      const said = where === "box" ? { where } : {}
      assert.deepStrictEqual({ id: line.id, ...lineOfSubmission(submission) }, { ...others, ...said })
    }
  )

  it("given none of the rest, then the answer may stand anywhere", () => {
    assert.deepStrictEqual(submissionOfLine({ id: 7, gold: "4", completion: "so 4" }, "exact", "7/2"), {
      ...{ id: "7/2", text: "so 4", reference: "4", mode: "exact", where: "anywhere" }
    })
  })
})
