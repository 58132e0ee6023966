/**
 * One row of a training set: a problem and the answer that counts as right, from the columns that such files have.
 *
 *   problem   `problem`, or else `prompt`: a text, or messages of which one is the user's (One-Shot-RLVR, verl)
 *   answer    `answer`, or else `reward_model.ground_truth`
 *   index     `index`, or else `extra_info.index`; may be missing
 *   rank      `pi_rank`, its place in the paper's ranking; may be missing
 *   source    `source`, or else `data_source`; may be missing
 */
import { Effect } from "effect"
import { at, firstOf, isRecord, numberText, shown } from "../columns.ts"
import { TrainingSetInvalid } from "./training-set-invalid.ts"

export interface TrainingRow {
  /** What names it in its set; null where the file gives none. */
  readonly index: string | null
  /** Without the instruction. */
  readonly problem: string
  /** Empty in one row of the reference's own set (DSR-sub, index 265), which nothing can earn a reward for. */
  readonly answer: string
  /** K of the paper's π_K. */
  readonly rank: number | null
  readonly source: string | null
}

/** What the reference writes after every problem. */
export const instruction = " Let's think step by step and output the final answer within \\boxed{}."

export const withoutInstruction = (text: string): string =>
  text.endsWith(instruction) ? text.slice(0, -instruction.length) : text

/** The problem as a user asks it, the instruction in it once. */
export const asked = (problem: string): string => `${withoutInstruction(problem)}${instruction}`

const form =
  'Rows are {"problem", "answer", "index"}, or as verl has them: prompt, reward_model.ground_truth, extra_info.index'

export interface RowPlace {
  readonly file: string
  readonly row: string
}

const refuse = (place: RowPlace, column: string, reason: TrainingSetInvalid["reason"], detail: string, next = form) =>
  new TrainingSetInvalid({ ...place, column, reason, detail, next })

const textOf = (value: unknown): string | null =>
  typeof value === "string" && value.trim() !== "" ? value : numberText(value)

const isOfUser = (message: unknown): boolean => at(message, "role") === "user"

const problemOf = Effect.fn("trainingRow.problemOf")(function* (row: unknown, place: RowPlace) {
  const found = firstOf(row, ["problem", "prompt"])
  if (found === null) return yield* refuse(place, "problem", "missing", "there is no problem, and no prompt either")
  const { column, value } = found
  if (!Array.isArray(value)) {
    const text = typeof value === "string" ? textOf(value) : null
    return text ?? (yield* refuse(place, column, "malformed", `${shown(value)} is neither a text nor messages`))
  }
  const messages: ReadonlyArray<unknown> = value
  const users = messages.filter(isOfUser)
  if (users.length !== 1 || messages.length !== 1)
    return yield* refuse(
      place,
      column,
      "malformed",
      `of its ${messages.length} messages ${users.length} are the user's`,
      "Give one message, the user's: what else is said comes from the model's chat template"
    )
  const content = at(users[0], "content")
  if (typeof content !== "string" || content.trim() === "")
    return yield* refuse(place, `${column}.content`, "malformed", `${shown(content ?? null)} is no text`)
  return content
})

const answerOf = Effect.fn("trainingRow.answerOf")(function* (row: unknown, place: RowPlace) {
  const columns = ["answer", "reward_model.ground_truth"]
  const found = firstOf(row, columns)
  if (found === null) return yield* refuse(place, "answer", "missing", "there is no answer, and a reward needs one")
  const texts = columns.flatMap((column) => {
    const value = at(row, column)
    return value === undefined ? [] : [{ column, text: value === "" ? "" : textOf(value), value }]
  })
  for (const { column, text, value } of texts)
    if (text === null)
      return yield* refuse(place, column, "malformed", `${shown(value)} is neither a text nor a number`)
  const [first, second] = texts
  if (second !== undefined && first.text !== second.text)
    return yield* refuse(
      place,
      second.column,
      "contradictory",
      `it is ${shown(second.text)}, but ${first.column} is ${shown(first.text)}`,
      "Leave one of the two out"
    )
  return first.text ?? ""
})

const indexOf = Effect.fn("trainingRow.indexOf")(function* (row: unknown, place: RowPlace) {
  const found = firstOf(row, ["index", "extra_info.index"])
  if (found === null) return null
  const { column, value } = found
  const isNumber = typeof value === "bigint" || (typeof value === "number" && Number.isInteger(value))
  if (isNumber || (typeof value === "string" && value.trim() !== "")) return String(value)
  return yield* refuse(place, column, "malformed", `${shown(value)} is neither a whole number nor a name`)
})

const rankOf = Effect.fn("trainingRow.rankOf")(function* (row: unknown, place: RowPlace) {
  const value = at(row, "pi_rank")
  if (value === undefined) return null
  const rank = typeof value === "bigint" ? Number(value) : value
  if (typeof rank === "number" && Number.isInteger(rank) && rank >= 1) return rank
  return yield* refuse(place, "pi_rank", "malformed", `${shown(value)} is no rank`, "Ranks are 1, 2, 3 …")
})

/** Reads a row as a file gave it. Fails with TrainingSetInvalid, which names the column. */
export const trainingRow = Effect.fn("trainingRow")(function* (value: unknown, place: RowPlace) {
  if (!isRecord(value))
    return yield* new TrainingSetInvalid({
      ...place,
      column: null,
      reason: "malformed",
      detail: `${shown(value)} is no row with columns`,
      next: form
    })
  const source = firstOf(value, ["source", "data_source"])?.value
  const row: TrainingRow = {
    problem: withoutInstruction(yield* problemOf(value, place)),
    answer: yield* answerOf(value, place),
    index: yield* indexOf(value, place),
    rank: yield* rankOf(value, place),
    source: typeof source === "string" ? source : null
  }
  return row
})
