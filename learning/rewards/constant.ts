/**
 * constant: the same for every answer, so that nothing can be learned from it.
 */
import { numberOf, type Reward } from "./reward.ts"

export const constant: Reward = {
  name: "constant",
  version: 1,
  about: "the same number for every answer",
  parameters: {
    value: { type: "number", about: "what each answer earns", default: 1, least: -1_000_000, most: 1_000_000 }
  },
  reward: ({ parameters }) => numberOf(parameters, "value")
}
