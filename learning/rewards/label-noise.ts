/**
 * label-noise: a share of the set gets wrong labels, as in the paper's table 17.
 *
 * Which examples do follows from the seed and their ids: they are ranked by a number drawn for each, and the first
 * round(share × n) of n are taken. So the share is exact, and the order of the set leaves no trace.
 */
import { hashOf, uniformAt } from "../random/uniform-at.ts"
import { answerOfAnother } from "./different-answers.ts"
import { outcome } from "./outcome.ts"
import { numberOf, type Reward, type RewardQuestion } from "./reward.ts"
import { noiseStream } from "./streams.ts"
import { wrongAnswer } from "./wrong-label.ts"

const byId = (a: RewardQuestion, b: RewardQuestion): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** The ids of those that get a wrong label. */
const chosen = (set: ReadonlyArray<RewardQuestion>, share: number, seed: number): ReadonlySet<string> => {
  const draw = ({ id }: RewardQuestion): number =>
    uniformAt(seed, { stream: noiseStream, step: 0, prompt: hashOf(id), sample: 0, position: 0 })
  const ranked = set
    .map((question) => ({ question, rank: draw(question) }))
    .sort((a, b) => a.rank - b.rank || byId(a.question, b.question))
  return new Set(ranked.slice(0, Math.round(share * set.length)).map(({ question }) => question.id))
}

export const labelNoise: Reward = {
  name: "label-noise",
  version: 1,
  about: "outcome, with a wrong label for a share of the examples: another example's answer",
  parameters: {
    share: { type: "number", about: "of the examples that get a wrong label", default: 0.6, least: 0, most: 1 }
  },
  labels: (questions, { parameters, seed }) => {
    const noisy = chosen(questions, numberOf(parameters, "share"), seed)
    const set = [...questions].sort(byId)
    return questions.map((question) => {
      if (!noisy.has(question.id)) return question.answer
      return answerOfAnother(question, set, seed) ?? wrongAnswer(question, seed)
    })
  },
  reward: outcome.reward
}
