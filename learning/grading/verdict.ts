/**
 * What a mode says of one answer.
 */

export interface Reached {
  /** The answer as it stood in the response; null where none was found. */
  readonly extracted: string | null
  /** Both sides as they were compared; null where it did not come to that. */
  readonly answer: string | null
  readonly reference: string | null
  readonly verdict: "correct" | "incorrect" | "no-answer" | "unknown"
  /** The rule that decided, or why the grader gave up. */
  readonly rule: string
}
