/**
 * outcome-and-format: the weighted mean of both, so that rewards stay in 0..1. A group's advantages are those of their
 * weighted sum.
 */
import { format } from "./format.ts"
import { outcome } from "./outcome.ts"
import { numberOf, type Reward } from "./reward.ts"

export const outcomeAndFormat: Reward = {
  name: "outcome-and-format",
  version: 1,
  about: "(1 - weight) × outcome + weight × format; unknown where the grader gave up",
  parameters: {
    weight: { type: "number", about: "of the format", default: 0.5, least: 0, most: 1 }
  },
  reward: (input) => {
    const [right, boxed] = [outcome.reward(input), format.reward(input)]
    const weight = numberOf(input.parameters, "weight")
    return right === null || boxed === null ? null : (1 - weight) * right + weight * boxed
  }
}
