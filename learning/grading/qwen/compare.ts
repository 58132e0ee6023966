/**
 * Qwen's evaluation compares two stripped answers: as text, as numbers within one in ten thousand, part by part, as
 * expressions. The first rule that says yes decides; only two numbers can be told apart for certain.
 */
import { pythonFloat } from "../python-float.ts"
import type { Steps } from "../steps.ts"
import { symbolicRule } from "./symbolic.ts"

/** Digits as Python reads them, without commas; a percentage is a hundredth. */
const number = (text: string): number | null => {
  const plain = text.replaceAll(",", "")
  const value = pythonFloat(plain)
  if (value !== null || !plain.endsWith("%")) return value
  const percent = pythonFloat(plain.replace(/\\?%$/, ""))
  return percent === null ? null : percent / 100
}

/** Rule "relative tolerance": one in ten thousand of the larger. */
export const isClose = (a: number, b: number): boolean =>
  a === b || (Number.isFinite(a) && Number.isFinite(b) && Math.abs(a - b) <= 1e-4 * Math.max(Math.abs(a), Math.abs(b)))

const numbersRule = (answer: number, reference: number): string | null => {
  if (isClose(answer, reference / 100) || isClose(answer, reference * 100)) {
    return isClose(answer, reference) ? "number" : "number: a hundred times more or less"
  }
  return isClose(answer, reference) ? "number" : null
}

/** The last letter from A to E that stands alone; what is left of the text where there is none. */
export const choiceIn = (answer: string): string => {
  const isChoice = (word: string): boolean => /^[A-E]$/.test(word)
  const letters = answer
    .toUpperCase()
    .split(/[^\p{L}\p{N}_]/u)
    .filter(isChoice)
  return letters.at(-1) ?? answer.trim()
}

export const onlyChoices = (answer: string): string => answer.replace(/[^A-E]/g, "")

const isBracketed = (text: string): boolean => /^[([]/.test(text) && /[)\]]/.test(text.slice(2))

const trimmed = (text: string, characters: string): string => {
  let [from, to] = [0, text.length]
  while (from < to && characters.includes(text[from])) from += 1
  while (to > from && characters.includes(text[to - 1])) to -= 1
  return text.slice(from, to)
}

const withoutBrackets = (text: string): string => text.replace(/[{}()]/g, "").toLowerCase()

/** Rule "bracket types ignored": the same text once parentheses and braces are gone, and brackets around it too. */
const isSameWithoutBrackets = (answer: string, reference: string): boolean => {
  const isPeeled =
    (answer.startsWith("[") && answer.endsWith("]") && !reference.startsWith("(")) ||
    (answer.startsWith("(") && answer.endsWith(")") && !reference.startsWith("["))
  const [a, b] = isPeeled ? [trimmed(answer, "[]()"), trimmed(reference, "[]()")] : [answer, reference]
  return withoutBrackets(a) === withoutBrackets(b)
}

const allEqual = (
  answers: ReadonlyArray<string>,
  references: ReadonlyArray<string>,
  depth: number,
  steps: Steps
): boolean =>
  answers.length === references.length &&
  answers.every((answer, at) => ruleOf(answer, references[at], depth + 1, steps) !== null)

/** Rule "parts of a tuple": first and last character go, whatever they are, and the rest is cut at every comma. */
const isSameTuple = (answer: string, reference: string, depth: number, steps: Steps): boolean =>
  isBracketed(answer) &&
  isBracketed(reference) &&
  allEqual(answer.slice(1, -1).split(","), reference.slice(1, -1).split(","), depth, steps)

const opening = "\\begin{pmatrix}"
const closing = "\\end{pmatrix}"

const rowsOf = (text: string): ReadonlyArray<string> | null =>
  text.startsWith(opening) && text.endsWith(closing)
    ? text
        .slice(opening.length, -closing.length)
        .split("\\\\")
        .map((row) => row.trim())
        .filter((row) => row !== "")
    : null

const isSameMatrix = (answer: string, reference: string, depth: number, steps: Steps): boolean => {
  const [left, right] = [rowsOf(answer), rowsOf(reference)]
  if (left === null || right === null || left.length !== right.length) return false
  return left.every((row, at) => allEqual(row.split("&"), right[at].split("&"), depth, steps))
}

/** Where only the answer is a matrix, what the reference has in braces is read as one. */
const asMatrix = (reference: string): string => {
  const from = reference.indexOf("{")
  const to = reference.lastIndexOf("}")
  if (from < 0 || to < from || !reference.slice(from, to).includes(",")) return ""
  return `${opening}${trimmed(reference.slice(from, to + 1), "{}").replaceAll(",", "\\")}${closing}`
}

const sidesOf = (text: string): readonly [string, string] | null => {
  const sides = text.split("=", 3)
  return sides.length === 2 ? [sides[0].trim(), sides[1].trim()] : null
}

const equationRule = (answer: string, reference: string, depth: number, steps: Steps): string | null => {
  const [left, right] = [sidesOf(answer), sidesOf(reference)]
  if (left !== null && right !== null) {
    const [a, b] = [`${left[0]} - (${left[1]})`, `${right[0]} - (${right[1]})`]
    const isSame = symbolicRule(a, b, steps) !== null || symbolicRule(`-(${a})`, b, steps) !== null
    return isSame ? "equation: difference of sides" : null
  }
  if (left !== null && left[0].length <= 2 && !reference.includes("="))
    return ruleOf(left[1], reference, depth + 1, steps)
  if (right !== null && right[0].length <= 2 && !answer.includes("=")) return ruleOf(answer, right[1], depth + 1, steps)
  return null
}

const depthLimit = 8

/** The rule by which an answer is right, or null. */
export const ruleOf = (answer: string, reference: string, depth: number, steps: Steps): string | null => {
  steps.take(answer.length + reference.length + 1)
  if (depth > depthLimit) return null
  if (answer.trim().toLowerCase() === reference.trim().toLowerCase()) return "string"
  if (/^[A-E]$/.test(reference) && choiceIn(answer) === reference) return "choice"
  const [given, wanted] = [number(answer), number(reference)]
  if (given !== null && wanted !== null) return numbersRule(given, wanted)
  if (answer === "") return null
  const a = answer.trim()
  const isOnlyMatrix = a.includes("pmatrix") && !reference.includes("pmatrix")
  const b = isOnlyMatrix ? asMatrix(reference.trim()) : reference.trim()
  if (isSameWithoutBrackets(a, b)) return "string: brackets ignored"
  if (isSameTuple(a, b, depth, steps)) return "parts of a tuple"
  if (isSameMatrix(a, b, depth, steps)) return "parts of a matrix"
  return equationRule(a, b, depth, steps) ?? symbolicRule(a, b, steps)
}
