/**
 * What a grader is told of an answer to a test, and what the answer counts as in a vote. The same when it is first graded
 * and whenever it is graded again.
 */
import type { Grade, Submission } from "../../learning/grading/submission.ts"
import { beforeStop } from "../../learning/protocols/stop-words.ts"
import type { Question } from "../runs.ts"
import type { Test } from "../tests.ts"

/** An answer, wherever it comes from: just sampled, or recorded. */
export interface Answered {
  readonly question: Pick<Question, "id" | "answer" | "dataName" | "choices">
  readonly sampleIndex: number
  /** The response decoded, without special tokens. */
  readonly text: string
}

/** A text that an answer was stopped at is no part of it. */
export const submissionOf = (
  { question, sampleIndex, text }: Answered,
  { grader, stop, where }: Pick<Test, "grader" | "stop" | "where">
): Submission => {
  const { answer, choices, dataName, id } = question
  return {
    id: `${id}/${sampleIndex}`,
    text: stop.length === 0 ? text : beforeStop(text, stop),
    reference: answer,
    mode: grader,
    where,
    ...(dataName === undefined ? {} : { dataName }),
    ...(choices === undefined ? {} : { choices })
  }
}

/** What answers are counted by in a vote: all that are right are one, however they are written. */
export const formOf = ({ answer }: Pick<Question, "answer">, { compared, extracted, verdict }: Grade): string | null =>
  verdict === "correct" ? answer : (compared?.answer ?? extracted)
