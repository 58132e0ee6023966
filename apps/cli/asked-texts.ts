/**
 * What a run asks, as its configuration says it: training examples, and held-out problems of its own. No tokenizer here.
 */
import { testProblems } from "../../learning/datasets/miniature/problems.ts"
import type { RunConfig } from "../../schemas/run-config.ts"

export interface AskedText {
  readonly id: string
  /** What the figures are grouped by. */
  readonly family: string
  /** The prompt as the model reads it. */
  readonly text: string
  readonly answer: string
}

export const trainingTexts = ({ prompts }: RunConfig): ReadonlyArray<AskedText> =>
  prompts.map(({ answer, promptId, text }) => ({ id: promptId, family: "train", text, answer }))

/** In their fixed order: the run's own, or the miniature's, drawn by the test seed. */
export const heldOutTexts = ({ evaluation }: RunConfig): ReadonlyArray<AskedText> => {
  const { context = "", problems, problemsPerFamily, testSeed } = evaluation
  return problems === undefined
    ? testProblems({ seed: testSeed, perFamily: problemsPerFamily }).map(({ answer, family, id, prompt }) => ({
        ...{ id, family, answer },
        text: `${context}${prompt}`
      }))
    : problems.map(({ answer, id, text }) => ({ id, family: "problems", text: `${context}${text}`, answer }))
}
