/**
 * The choices of a multiple-choice problem, as ARC's files have them:
 *
 *   `choices`            {"text": [...], "label": [...]}       on the hub
 *   `question.choices`   [{"text", "label"}, ...]              in the first release
 *
 * Labels are capital letters; the digits that some rows have instead are A for 1, B for 2 …
 */
import { Effect } from "effect"
import { at, firstOf, isRecord, numberText, shown } from "../columns.ts"
import type { Choice } from "./benchmark.ts"
import { type Place, refuse, textIn } from "./fields.ts"

/** A for 1; a letter as it is; null for anything else. */
const letterOf = (label: unknown): string | null => {
  const text = typeof label === "string" ? label.trim() : numberText(label)
  if (text === null) return null
  if (/^[A-Z]$/.test(text)) return text
  return /^[1-9]$/.test(text) ? String.fromCharCode(64 + Number(text)) : null
}

const pairsOf = (value: unknown): ReadonlyArray<{ readonly label: unknown; readonly text: unknown }> | null => {
  if (Array.isArray(value)) {
    const each: ReadonlyArray<unknown> = value
    return each.map((choice) => ({ label: at(choice, "label"), text: at(choice, "text") }))
  }
  const [labels, texts]: ReadonlyArray<unknown> = [at(value, "label"), at(value, "text")]
  if (!isRecord(value) || !Array.isArray(labels) || !Array.isArray(texts) || labels.length !== texts.length) return null
  const [ofLabels, ofTexts]: ReadonlyArray<ReadonlyArray<unknown>> = [labels, texts]
  return ofLabels.map((label, index) => ({ label, text: ofTexts[index] }))
}

/** The choices of a row; null where it has none. Fails with BenchmarkInvalid. */
export const choicesOf = Effect.fn("multipleChoice.choices")(function* (row: unknown, place: Place) {
  const found = firstOf(row, ["choices", "question.choices"])
  if (found === null) return null
  const { column, value } = found
  const pairs = pairsOf(value)
  if (pairs === null || pairs.length < 2)
    return yield* refuse(place, column, "malformed", `${shown(value)} is no list of two or more labels and texts`)
  const choices: Array<Choice> = []
  for (const [index, { label, text }] of pairs.entries()) {
    const letter = letterOf(label)
    if (letter === null)
      return yield* refuse(
        place,
        `${column}.label`,
        "malformed",
        `${shown(label ?? null)} is neither A to Z nor 1 to 9`
      )
    if (choices.some((before) => before.label === letter))
      return yield* refuse(place, `${column}.label`, "duplicate", `two choices are labelled ${letter}`)
    if (text === undefined) return yield* refuse(place, `${column}.text`, "missing", `choice ${index + 1} has no text`)
    choices.push({ label: letter, text: yield* textIn(text, place, `${column}.text`) })
  }
  return choices
})

/** The label that counts as right. Fails with BenchmarkInvalid. */
export const labelOf = Effect.fn("multipleChoice.label")(function* (
  row: unknown,
  choices: ReadonlyArray<Choice>,
  place: Place
) {
  const found = firstOf(row, ["answerKey", "answer"])
  if (found === null) return yield* refuse(place, "answerKey", "missing", "there is no answer")
  const { column, value } = found
  if (typeof value === "string" && value.trim() === "")
    return yield* refuse(place, column, "empty", "the answer is empty")
  const letter = letterOf(value)
  if (letter !== null && choices.some(({ label }) => label === letter)) return letter
  const labels = choices.map(({ label }) => label).join(", ")
  return yield* refuse(place, column, "malformed", `${shown(value)} is none of its labels ${labels}`)
})
