/**
 * random: a coin for each answer, tossed by its coordinates: it says nothing about the answer.
 */
import { hashOf, uniformAt } from "../random/uniform-at.ts"
import { numberOf, type Reward } from "./reward.ts"
import { rewardStream } from "./streams.ts"

export const random: Reward = {
  name: "random",
  version: 1,
  about: "1 for a share of the answers, drawn by the run's seed, else 0, whatever they say",
  parameters: {
    share: { type: "number", about: "how likely an answer earns 1", default: 0.5, least: 0, most: 1 }
  },
  reward: ({ coordinates: { promptId, sampleIndex, seed, step }, parameters }) => {
    const at = { stream: rewardStream, step, prompt: hashOf(promptId), sample: sampleIndex, position: 0 }
    return uniformAt(seed, at) < numberOf(parameters, "share") ? 1 : 0
  }
}
