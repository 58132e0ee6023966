/**
 * Which of a problem's choices an answer names: by its label, with or without the text behind it, or by its text.
 *
 * One pass over the answer and a few over each choice, so any length is safe. Nothing depends on the choices' order.
 */
import type { Choice } from "./submission.ts"

/** The rules by which a choice is found, and why none is. */
export const choiceRules = [
  "label",
  "text of a choice",
  "label before text",
  "label in the other case",
  "last letter",
  "more than one choice",
  "no choice"
] as const

export interface Named {
  readonly rule: (typeof choiceRules)[number]
  /** Null where it is none, or not one. */
  readonly label: string | null
}

const several: Named = { rule: "more than one choice", label: null }

const markup = /\\(?:text|textbf|textit|textrm|textsf|mathrm|mathbf|mathit|mathsf|mbox|emph|boxed|fbox)(?![A-Za-z])/g
const spaces = /\\[ ,;:!]|\\q?quad(?![A-Za-z])|~/g

/** Without what only lays out, in single spaces. */
const plain = (text: string): string =>
  text
    .replace(markup, "")
    .replace(spaces, " ")
    .replace(/\\left(?![A-Za-z])|\\right(?![A-Za-z])|\\[()]|[{}$]|\*\*/g, "")
    .replace(/\s+/g, " ")
    .trim()

/** In small letters, without a full stop. */
const folded = (text: string): string => {
  const words = plain(text).toLowerCase()
  return words.endsWith(".") ? words.slice(0, -1).trimEnd() : words
}

const forms = [
  ["(", ")"],
  ["[", "]"],
  ["", ""]
] as const

/**
 * What follows a label at the beginning of a text; null where it does not begin with it. A label without brackets ends
 * with the text or with a mark and a space, so that neither `1.5` nor `A cold day` begins with one.
 */
const afterLabel = (text: string, label: string): string | null => {
  for (const [open, close] of forms) {
    const head = `${open}${label}${close}`
    if (head === "" || !text.startsWith(head)) continue
    const rest = text.slice(head.length)
    if (open !== "") return rest.replace(/^[.:](?=\s|$)/, "").trim()
    if (rest === "") return rest
    if (/^[.:)](?:\s|$)/.test(rest)) return rest.slice(1).trim()
    if (/^:\D/.test(rest)) return rest.slice(1)
  }
  return null
}

/** `(A) and (B)`: a second label, joined to the first. */
const namesAnother = (rest: string, choices: ReadonlyArray<Choice>, label: string): boolean => {
  const next = rest.replace(/^[\s,;&]*(?:(?:and|or)\s)?/i, "").trim()
  return choices.some((other) => other.label !== label && afterLabel(next, other.label) !== null)
}

/** By labels as they are written here; null where the answer begins with none. */
const byLabel = (answer: string, choices: ReadonlyArray<Choice>): Named | null => {
  for (const { label, text } of choices) {
    const rest = afterLabel(answer, label)
    if (rest === null) continue
    if (rest === "") return { rule: "label", label }
    const isOne = folded(rest) === folded(text) || !namesAnother(rest, choices, label)
    return isOne ? { rule: "label before text", label } : several
  }
  return null
}

/** `B cold`, with no mark between: only where the text is that choice's own. */
const byLabelAndText = (answer: string, choices: ReadonlyArray<Choice>): Named | null => {
  const wanted = folded(answer)
  const found = choices.find(({ label, text }) => wanted === folded(`${label} ${text}`))
  return found === undefined ? null : { rule: "label before text", label: found.label }
}

const byText = (answer: string, choices: ReadonlyArray<Choice>): Named | null => {
  const wanted = folded(answer)
  const found = choices.filter(({ text }) => folded(text) === wanted)
  if (wanted === "" || found.length === 0) return null
  return found.length > 1 ? several : { rule: "text of a choice", label: found[0].label }
}

/** `b` for B; only where no text says so, and no two labels differ in case alone. */
const byOtherCase = (answer: string, choices: ReadonlyArray<Choice>): Named | null => {
  const lower = choices.map(({ label, text }) => ({ label: label.toLowerCase(), text }))
  if (new Set(lower.map(({ label }) => label)).size < choices.length) return null
  const named = byLabel(answer.toLowerCase(), lower)
  if (named?.label === null) return named
  const found = choices.find(({ label }) => label.toLowerCase() === named?.label)
  return found === undefined ? null : { rule: "label in the other case", label: found.label }
}

/**
 * A label alone wins over a text: where one choice is called B and another says "B", `B` is the first. A text wins over
 * what only begins like a label: "A dog" may be a choice, and so may "(A) and (B)".
 */
export const namedChoice = (answer: string, choices: ReadonlyArray<Choice>): Named => {
  const said = plain(answer)
  const labelled = byLabel(said, choices)
  if (labelled?.rule === "label") return labelled
  return (
    byText(said, choices) ??
    labelled ??
    byLabelAndText(said, choices) ??
    byOtherCase(said, choices) ?? { rule: "no choice", label: null }
  )
}
