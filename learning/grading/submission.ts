/**
 * What is graded, and what a grader says of it.
 */
import type { Comparison } from "./compare.ts"
import type { GradingMode } from "./modes.ts"

/** One of the answers that a problem offers. */
export interface Choice {
  /** A letter as a rule, in some sets a digit. */
  readonly label: string
  readonly text: string
}

/** One response to grade. `id` names it in warnings only. */
export interface Submission {
  readonly id: string
  readonly text: string
  readonly reference: string
  /** Whose verdict it shall be; `exact` where it is not said. */
  readonly mode?: GradingMode
  /** The benchmark it is from: to `qwen`, some keep their units. */
  readonly dataName?: string
  /** Where `exact` looks for the answer: in a box and nowhere else, unless it is said. */
  readonly where?: "box" | "anywhere"
  /** Where the problem offers choices, all of them; then the reference is the label of the right one. */
  readonly choices?: ReadonlyArray<Choice>
}

export interface Grade {
  /** The answer as it stood in the response; null where there was none or it was not looked for. */
  readonly extracted: string | null
  /** "unknown" where the grader gave up: it says nothing about the answer. */
  readonly verdict: "correct" | "incorrect" | "no-answer" | "unknown"
  /** The rule that decided, or why the grader gave up. */
  readonly rule: string
  /** Both sides as they were compared; absent where it did not come to that. */
  readonly compared?: Comparison["compared"]
}
