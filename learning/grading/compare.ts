/**
 * Is this answer the reference? Both are written in one spelling, read for what they are, and compared by what they mean.
 *
 * The only tolerance is that of decimals (exact/decimals.ts). What is spent is counted in steps, so a verdict depends on
 * no clock.
 */
import { clean, wordsClose, wordsOpen } from "./exact/clean.ts"
import { readAnswer } from "./exact/read.ts"
import { type Sameness, sameness } from "./exact/same.ts"
import { isChoiceExplained, isSameText } from "./exact/same-words.ts"
import { OutOfSteps, Steps } from "./steps.ts"

/** Longer answers are compared as text only, and where that does not settle it the grader gives up. */
export const answerLimit = 1_000

export interface Comparison {
  readonly verdict: "correct" | "incorrect" | "unknown"
  /** The rule that decided, or why the grader gave up. */
  readonly rule: string
  /** Both sides as they were compared; absent where it did not come to that. */
  readonly compared?: { readonly answer: string; readonly reference: string }
}

export const gaveUp = (why: string): { readonly verdict: "unknown"; readonly rule: string } => ({
  verdict: "unknown",
  rule: `gave up: ${why}`
})

/** White space at the ends and runs of it within. */
const tidy = (text: string): string => text.trim().replace(/\s+/g, " ")

const shown = (text: string): string => text.replaceAll(wordsOpen, "").replaceAll(wordsClose, "")

/** Without spaces, but for those between two digits. */
const closed = (text: string): string => text.replace(/(?<!\d) | (?!\d)/g, "")

/** What was taken for thousands may have been a list: `7,140` for `7, 140`. */
const spaced = (text: string): string => text.replace(/,(?=\d\d\d(?!\d))/g, ", ")

/** A logarithm without a base is to the base e; where that is not the answer, to the base 10. */
const hasBareLogarithm = (text: string): boolean => /\\log (?!_)/.test(text)
const toTen = (text: string): string => text.replace(/\\log (?!_)/g, "\\lg ")

/** An empty answer is never right. */
const sidesCompared = (answer: string, reference: string, steps: Steps): Sameness => {
  if (answer === "") return "different"
  if (closed(answer) === closed(reference)) return { rule: "string" }
  if (isChoiceExplained(answer, reference)) return { rule: "choice" }
  const found = sameness(readAnswer(answer, steps), readAnswer(reference, steps), steps)
  const [spacedAnswer, spacedReference] = [spaced(answer), spaced(reference)]
  if (found !== "different") return found
  if (isSameText(answer, reference)) return { rule: "words" }
  if (hasBareLogarithm(answer) || hasBareLogarithm(reference))
    return sameness(readAnswer(toTen(answer), steps), readAnswer(toTen(reference), steps), steps)
  if (spacedAnswer === answer && spacedReference === reference) return "different"
  return sameness(readAnswer(spacedAnswer, steps), readAnswer(spacedReference, steps), steps)
}

const compareWithin = (answer: string, reference: string, steps: Steps): Comparison => {
  const [given, wanted] = [tidy(answer), tidy(reference)]
  if (given === "") return { verdict: "incorrect", rule: "different" }
  if (given === wanted) return { verdict: "correct", rule: "string", compared: { answer: given, reference: wanted } }
  if (given.length > answerLimit || wanted.length > answerLimit) return gaveUp(`longer than ${answerLimit} characters`)
  const sides = { answer: clean(given), reference: clean(wanted) }
  const found = sidesCompared(sides.answer, sides.reference, steps)
  if (found === "unknown") return gaveUp("no value could be computed")
  const compared = { answer: shown(sides.answer), reference: shown(sides.reference) }
  return found === "different"
    ? { verdict: "incorrect", rule: "different", compared }
    : { verdict: "correct", rule: found.rule, compared }
}

/** What `decide` says, or that the budget was spent before it could. */
export const withinSteps = <A>(decide: (steps: Steps) => A, otherwise: (why: string) => A): A => {
  const steps = new Steps()
  try {
    return decide(steps)
  } catch (error) {
    if (error instanceof OutOfSteps) return otherwise("too many steps")
    throw error
  }
}

/** Compares an answer with its reference. */
export const compare = (answer: string, reference: string): Comparison =>
  withinSteps<Comparison>((steps) => compareWithin(answer, reference, steps), gaveUp)
