/**
 * Rewards by name, as functions of a grade. A name can be written into a run's configuration.
 */

export const rewardNames = ["outcome", "format"] as const
export type RewardName = (typeof rewardNames)[number]

/** What a reward may look at. */
export interface RewardInput {
  /** "unknown": the grader could not finish. */
  readonly verdict: "correct" | "incorrect" | "no-answer" | "unknown"
  /** Whether the response holds a complete \boxed{...}. */
  readonly boxed: boolean
}

/**
 * The reward of a graded response, or null where it cannot be known: unknown is not zero.
 *
 *   outcome   1 for a correct answer, 0 for a wrong one or none, null where the grader could not finish
 *   format    1 for a boxed answer, right or wrong, else 0: the control of the paper's appendix C.2.3
 */
export const reward = (name: RewardName, grade: RewardInput): number | null => {
  switch (name) {
    case "outcome":
      return grade.verdict === "unknown" ? null : grade.verdict === "correct" ? 1 : 0
    case "format":
      return grade.boxed ? 1 : 0
  }
}
