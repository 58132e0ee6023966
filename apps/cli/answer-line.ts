/**
 * A line that holds an answer to be graded: what `onefold grade` and `regrade` read and `evaluate --samples-out` writes.
 */
import { Schema } from "effect"
import type { GradingMode } from "../../learning/grading/modes.ts"
import type { Submission } from "../../learning/grading/submission.ts"

export const answerLineFields = {
  /** Of the problem. */
  id: Schema.Union([Schema.String, Schema.Finite]),
  gold: Schema.String,
  completion: Schema.String,
  /** What Qwen's grader calls the set. */
  data_name: Schema.optionalKey(Schema.String),
  /** Where our own grader looks for the answer; anywhere where left out. */
  where: Schema.optionalKey(Schema.Literals(["box", "anywhere"])),
  /** Of multiple choice; the gold is a label. */
  choices: Schema.optionalKey(
    Schema.Array(Schema.Struct({ label: Schema.NonEmptyString, text: Schema.NonEmptyString }))
  )
}

const AnswerLine = Schema.Struct(answerLineFields)
export type AnswerLine = typeof AnswerLine.Type

/** @param id what warnings call it */
export const submissionOfLine = (line: AnswerLine, mode: GradingMode, id = `${line.id}`): Submission => {
  const { choices, completion, data_name: dataName, gold, where = "anywhere" } = line
  return {
    ...{ id, text: completion, reference: gold, mode, where },
    ...(dataName === undefined ? {} : { dataName }),
    ...(choices === undefined ? {} : { choices })
  }
}

/** What a line says of a submission; what goes without saying is left out. */
export const lineOfSubmission = ({ choices, dataName, reference, text, where }: Submission) => ({
  ...{ gold: reference, completion: text },
  ...(dataName === undefined ? {} : { data_name: dataName }),
  ...(where === "box" ? { where } : {}),
  ...(choices === undefined ? {} : { choices })
})
