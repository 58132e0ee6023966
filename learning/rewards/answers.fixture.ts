/** An answer to be rewarded, with some of it made otherwise. */
import type { RewardInput } from "./reward.ts"

export const answer = (choices: Partial<RewardInput> = {}): RewardInput => ({
  text: "so \\boxed{39}",
  extracted: "39",
  verdict: "correct",
  boxed: true,
  truncated: false,
  tokens: 7,
  question: { id: "two:0", text: "sum of 13-10 and 34+2?\n", answer: "39" },
  coordinates: { seed: 3, step: 2, promptId: "two:0", sampleIndex: 5 },
  parameters: {},
  ...choices
})
