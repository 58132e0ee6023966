/**
 * wrong-label: the answer that earns is wrong on purpose, given by name or drawn by the seed.
 */
import { differs, nearAnswer } from "./different-answers.ts"
import { LabelImpossible } from "./label-impossible.ts"
import { outcome } from "./outcome.ts"
import type { Reward, RewardQuestion } from "./reward.ts"

/** Near the right answer, and never gradable as equal to it. */
export const wrongAnswer = (question: RewardQuestion, seed: number): string => {
  const label = nearAnswer(question, seed)
  if (label !== null) return label
  throw new LabelImpossible({ promptId: question.id, detail: "the grader can tell nothing apart from its answer" })
}

export const wrongLabel: Reward = {
  name: "wrong-label",
  version: 1,
  about: "outcome against a label that is wrong on purpose",
  parameters: {
    label: { type: "text", about: "the answer that earns; where none is given, one near the right one", default: null }
  },
  labels: (questions, { parameters: { label }, seed }) =>
    questions.map((question) => {
      if (label === undefined) return wrongAnswer(question, seed)
      if (differs(String(label), question.answer)) return String(label)
      throw new LabelImpossible({
        promptId: question.id,
        detail: `the grader takes ${label} for its right answer ${question.answer}; give another label`
      })
    }),
  reward: outcome.reward
}
