/**
 * Answers that are words, and choices by their letter.
 */
import type { Answer } from "./answer.ts"
import type { Sameness } from "./same.ts"

const isChoice = (text: string): boolean => /^[a-h]$/.test(text)

/** `b`, `(b) 12`, `the correct option is b`. */
const letterIn = (words: string): string | undefined =>
  /^\(?([a-h])(?:\)|[:.]|\)[:.]|(?:\)|[:.]) .*)?$/.exec(words)?.[1] ??
  /\b(?:option|choice|answer)(?: is)? \(?([a-h])\)?$/.exec(words)?.[1]

const lettered = (answer: Answer): string | null => {
  if (answer.kind === "words") return letterIn(answer.text) ?? answer.text
  if (answer.kind !== "value") return null
  const letter = /^[([]?\s*([A-Ha-h])\s*[)\]]?$/.exec(answer.text)?.[1]
  return letter === undefined ? null : letter.toLowerCase()
}

export const spelling = (answer: Answer): string => {
  if (answer.kind === "words") return answer.text
  return answer.kind === "value" || answer.kind === "unreadable"
    ? answer.text.toLowerCase().replace(/[{}()\s"“”]/g, "")
    : ""
}

/** Names side by side, of which order says nothing: `Alice and Bob`. */
const names = (words: string): ReadonlyArray<string> => words.split(/ ?, ?(?:and |or )?| (?:and|or) | & /).sort()

const sameNames = (a: string, b: string): boolean => {
  const [some, others] = [names(a), names(b)]
  return some.length > 1 && some.length === others.length && some.every((name, at) => name === others[at])
}

/** Names that a list has as words or as letters of its own. */
const namesOf = (answer: Answer): string | null => {
  if (answer.kind === "words") return answer.text
  if (answer.kind !== "several") return null
  const parts = answer.parts.map((part) => (part.kind === "words" || isLetter(part) ? spelling(part) : ""))
  return parts.includes("") ? null : parts.join(", ")
}

const isLetter = (answer: Answer): boolean => answer.kind === "value" && answer.expression.kind === "symbol"

/** `A and C` for `A, C`, where one of them is set as words. */
export const sameListedNames = (answer: Answer, reference: Answer): Sameness => {
  const [a, b] = [namesOf(answer), namesOf(reference)]
  return a !== null && b !== null && sameNames(a, b) ? { rule: "words in any order" } : "different"
}

export const sameWords = (answer: Answer, reference: Answer): Sameness => {
  const [a, b] = [spelling(answer), spelling(reference)]
  if (a !== "" && a === b) return { rule: "words" }
  if (answer.kind === "words" && reference.kind === "words" && sameNames(a, b)) return { rule: "words in any order" }
  const [x, y] = [lettered(answer), lettered(reference)]
  return x !== null && y !== null && isChoice(y) && x === y ? { rule: "choice" } : "different"
}

const marks = /[\ue000\ue001]/g

const alone = /^\(?([A-Ha-h])\)?$/
const announced = /^[([]?([A-H])(?:[)\]][.:]?|[.:])(?: +\S|[^\s\p{L}])/u

/** A letter and behind it what it stands for: `(B) 12`, `B. 12`. */
export const isChoiceExplained = (answer: string, reference: string): boolean => {
  const wanted = alone.exec(reference.replace(marks, "").trim())?.[1]
  const given = announced.exec(answer.replace(marks, "").trim())?.[1]
  return wanted !== undefined && given !== undefined && wanted.toUpperCase() === given
}

const plainly = (text: string): string =>
  text
    .replace(marks, "")
    .toLowerCase()
    .replace(/[\s."'`“”]/g, "")

/** Words and numbers that differ in capitals, full stops and where the words begin: `10:30 a.m.`. */
export const isSameText = (answer: string, reference: string): boolean => {
  const hasWords = /\ue000[^\ue001]*\p{L}/u.test(answer) || /\ue000[^\ue001]*\p{L}/u.test(reference)
  return hasWords && !/\d\.\d/.test(answer + reference) && plainly(answer) === plainly(reference)
}
