/**
 * format: is there an answer in a box, right or wrong? The control of the paper's appendix C.2.3.
 */
import type { Reward } from "./reward.ts"

export const format: Reward = {
  name: "format",
  version: 1,
  about: "1 for an answer in a box, right or wrong, else 0",
  parameters: {},
  reward: ({ boxed }) => (boxed ? 1 : 0)
}
