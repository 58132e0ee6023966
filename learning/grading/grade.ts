/**
 * One verdict: extract, then compare. A pure function of the two texts; both graders call it.
 */
import { compare } from "./compare.ts"
import { lastBoxed } from "./extract.ts"

/** One response to grade. `id` names it in warnings only. */
export interface Submission {
  readonly id: string
  readonly text: string
  readonly reference: string
}

export interface Grade {
  /** What stood in the box, as written; null where there was none or it was not looked for. */
  readonly extracted: string | null
  /** "unknown" where the grader gave up: it says nothing about the answer. */
  readonly verdict: "correct" | "incorrect" | "no-answer" | "unknown"
  /** The rule that decided, or why the grader gave up. */
  readonly rule: string
}

/** Longer responses are not looked at. */
export const textLimit = 4_000_000

export const grade = ({ reference, text }: Submission): Grade => {
  if (text.length > textLimit) {
    return { extracted: null, verdict: "unknown", rule: `gave up: longer than ${textLimit} characters` }
  }
  const extracted = lastBoxed(text)
  if (extracted === null) return { extracted, verdict: "no-answer", rule: "no box" }
  return { extracted, ...compare(extracted, reference) }
}
