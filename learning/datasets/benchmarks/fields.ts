/**
 * Fields of a benchmark's row, and how one is refused.
 */
import { Effect } from "effect"
import { shown } from "../columns.ts"
import { BenchmarkInvalid } from "./benchmark-invalid.ts"

/** Where a row stands. */
export interface Place {
  readonly file: string
  readonly line: number
}

const form =
  "Rows are {id, problem, answer}; question for problem, final_answer for answer, and choices with answerKey do as well"

export const refuse = (
  place: Place,
  field: string | null,
  reason: BenchmarkInvalid["reason"],
  detail: string,
  next: string = form
): BenchmarkInvalid => new BenchmarkInvalid({ ...place, field, reason, detail, next })

/** Bytes that were no UTF-8 are read as this where a file is no plain text, as parquet is. */
const broken = /\ufffd/

/** A text that says something, without white space around it. Fails with BenchmarkInvalid. */
export const textIn = Effect.fn("fields.text")(function* (value: unknown, place: Place, field: string) {
  if (typeof value !== "string") return yield* refuse(place, field, "malformed", `${shown(value)} is no text`)
  if (broken.test(value) || !value.isWellFormed())
    return yield* refuse(
      place,
      field,
      "not-utf8",
      `${shown(value)} has characters that are none`,
      "Write the file again from its source, in UTF-8"
    )
  const text = value.trim()
  return text === "" ? yield* refuse(place, field, "empty", "the text is empty") : text
})
