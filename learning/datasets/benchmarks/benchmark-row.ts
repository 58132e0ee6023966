/**
 * One row of a benchmark: what is asked and what counts as right, from the fields that such files have.
 *
 *   id        `id`, a text or a whole number; may be missing
 *   problem   `problem`, or else `question`, `question.stem`, `prompt`
 *   answer    `answer`, or else `final_answer`, or else the box in `solution`; of multiple choice `answerKey`
 *   choices   see multiple-choice.ts
 */
import { Effect } from "effect"
import { boxes } from "../../grading/exact/extract.ts"
import { at, firstOf, isRecord, numberText, shown } from "../columns.ts"
import { withoutInstruction } from "../training-set/training-row.ts"
import type { Choice } from "./benchmark.ts"
import type { RowForm } from "./catalogue.ts"
import { type Place, refuse, textIn } from "./fields.ts"
import { choicesOf, labelOf } from "./multiple-choice.ts"

export interface BenchmarkRow {
  /** null where the file gives none. */
  readonly id: string | null
  /** What it says of the field to group by; null where it says nothing. */
  readonly group: string | null
  readonly problem: string
  readonly answer: string
  readonly choices: ReadonlyArray<Choice> | null
}

const idOf = Effect.fn("benchmarkRow.id")(function* (row: unknown, place: Place) {
  const value = at(row, "id")
  if (value === undefined) return null
  if (typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))) return String(value)
  if (typeof value === "string") return yield* textIn(value, place, "id")
  return yield* refuse(place, "id", "malformed", `${shown(value)} is neither a text nor a whole number`)
})

const problemOf = Effect.fn("benchmarkRow.problem")(function* (row: unknown, place: Place) {
  const stem = at(row, "question.stem")
  const columns = ["problem", stem === undefined ? "question" : "question.stem", "prompt"]
  const found = firstOf(row, columns)
  if (found === null) return yield* refuse(place, "problem", "missing", "there is no problem, and no question either")
  return withoutInstruction(yield* textIn(found.value, place, found.column))
})

/** Whether a whole number is so large that its last digits may be lost already. */
const isRounded = (value: unknown): boolean => Number.isInteger(value) && !Number.isSafeInteger(value)

/** Of several final answers all count, as one: they are joined by commas. */
const joined = Effect.fn("benchmarkRow.joined")(function* (value: unknown, place: Place, column: string) {
  const each: ReadonlyArray<unknown> = Array.isArray(value) ? value : [value]
  if (each.length === 0) return yield* refuse(place, column, "empty", "the answer is empty")
  const texts: Array<string> = []
  for (const one of each) {
    if (isRounded(one))
      return yield* refuse(
        place,
        column,
        "malformed",
        `${shown(one)} has more digits than a number of JSON keeps`,
        "Write it as a text"
      )
    texts.push(numberText(one) ?? (yield* textIn(one, place, column)))
  }
  return texts.join(", ")
})

const written = Effect.fn("benchmarkRow.written")(function* (row: unknown, place: Place) {
  const found = firstOf(row, ["answer", "final_answer"])
  if (found !== null) return { column: found.column, text: yield* joined(found.value, place, found.column) }
  const solution = at(row, "solution")
  const boxed = typeof solution === "string" ? boxes(solution) : null
  if (boxed !== null) return { column: "solution", text: yield* textIn(boxed.text, place, "solution") }
  return yield* refuse(place, "answer", "missing", "there is no answer, and no box in a solution either")
})

const lastLine = /(?:^|\n)\s*####(.*)$/

const goldOf = Effect.fn("benchmarkRow.gold")(function* (row: unknown, gold: RowForm["gold"], place: Place) {
  const { column, text } = yield* written(row, place)
  if (gold === "plain") return text
  if (gold === "whole") return text.replace(/^(-?)0*(\d+)(?:\.0+)?$/, "$1$2")
  const after = lastLine.exec(text)?.[1].trim().replaceAll(",", "")
  if (after === undefined && gold === "any") return text
  if (after === undefined)
    return yield* refuse(place, column, "malformed", 'no last line begins with "####"', "GSM8K's answers end so")
  return after === "" ? yield* refuse(place, column, "empty", 'nothing follows "####"') : after
})

/** Reads a row as a file gave it. Fails with BenchmarkInvalid, which names the field. */
export const benchmarkRow = Effect.fn("benchmarkRow")(function* (value: unknown, form: RowForm, place: Place) {
  if (!isRecord(value)) return yield* refuse(place, null, "malformed", `${shown(value)} is no row with fields`)
  const choices = yield* choicesOf(value, place)
  const group = form.group === null ? undefined : at(value, form.group)
  const row: BenchmarkRow = {
    id: yield* idOf(value, place),
    group: typeof group === "string" && group.trim() !== "" ? group.trim() : null,
    problem: yield* problemOf(value, place),
    answer: yield* choices === null ? goldOf(value, form.gold, place) : labelOf(value, choices, place),
    choices
  }
  return row
})
