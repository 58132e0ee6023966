/**
 * An answer with what was said of it when it was recorded and what is said of it now.
 */
import type { Verdict } from "../../../schemas/answer.ts"

export interface Judgement {
  readonly verdict: Verdict
  /** The answer as it stood in the response; null where there was none, or nobody kept it. */
  readonly extracted: string | null
  /** The rule that decided, or why the grader gave up; null where nobody kept it. */
  readonly rule: string | null
}

export interface Judged {
  /** The run's test, or the file's set. `train` are a run's training rollouts. */
  readonly test: string
  /** Updates that the policy had had; null where nobody said. */
  readonly step: number | null
  readonly problem: string
  readonly sample: number
  /** What it was held against. */
  readonly gold: string
  /** Null where nobody judged it before. */
  readonly recorded: Judgement | null
  readonly now: Judgement
}

/** What became of a verdict that changed. Wrong and without an answer are one; unknown is neither right nor wrong. */
export const turns = ["rightToWrong", "wrongToRight", "nowUnknown", "wasUnknown"] as const
export type Turn = (typeof turns)[number]

/** Null where the verdict says the same as before. */
export const turnOf = (before: Verdict, after: Verdict): Turn | null => {
  if (before === "unknown") return after === "unknown" ? null : "wasUnknown"
  if (after === "unknown") return "nowUnknown"
  if ((before === "correct") === (after === "correct")) return null
  return before === "correct" ? "rightToWrong" : "wrongToRight"
}
