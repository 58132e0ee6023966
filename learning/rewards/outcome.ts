/**
 * outcome: is the answer right? The paper's reward.
 */
import type { Reward } from "./reward.ts"

export const outcome: Reward = {
  name: "outcome",
  version: 1,
  about: "1 for a right answer, 0 for a wrong one or none; unknown where the grader gave up",
  parameters: {},
  reward: ({ verdict }) => (verdict === "unknown" ? null : verdict === "correct" ? 1 : 0)
}
