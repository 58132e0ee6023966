/**
 * Examples with the answers that earn: resolved once, when a run starts, and recorded in its configuration.
 */
import { withDefaults } from "./parameters.ts"
import { builtIn } from "./registry.ts"
import type { ParameterValues, Reward, RewardQuestion } from "./reward.ts"

/** A training example as the configuration records it. */
export interface Prompt {
  readonly promptId: string
  readonly text: string
  /** What earns the reward. */
  readonly answer: string
  /** The right one where it is another. */
  readonly trueAnswer?: string
}

/** The examples as a reward is asked for labels: each with its right answer. */
export const questionsFor = (prompts: ReadonlyArray<Prompt>): ReadonlyArray<RewardQuestion> =>
  prompts.map(({ answer, promptId, text, trueAnswer }) => ({ id: promptId, text, answer: trueAnswer ?? answer }))

/** The example with this label, its right answer kept where the label is another text. */
export const labelledAs = (prompt: Prompt, label: string): Prompt => {
  const { answer, promptId, text, trueAnswer = answer } = prompt
  return label === trueAnswer ? { promptId, text, answer: label } : { promptId, text, answer: label, trueAnswer }
}

/** The examples with a reward's labels; as they are where it has none. Throws LabelImpossible. */
export const labelledBy = (
  prompts: ReadonlyArray<Prompt>,
  { labels }: Pick<Reward, "labels">,
  parameters: ParameterValues,
  seed: number
): ReadonlyArray<Prompt> => {
  if (labels === undefined) return prompts
  const texts = labels(questionsFor(prompts), { seed, parameters })
  return prompts.map((prompt, i) => labelledAs(prompt, texts[i]))
}

/**
 * The examples with the labels of the reward that settings name, where it comes along. A user's own is asked in its
 * thread (open-reward.ts). Throws LabelImpossible.
 */
export const labelled = (
  prompts: ReadonlyArray<Prompt>,
  { reward, rewardParameters = {} }: { readonly reward: string; readonly rewardParameters?: ParameterValues },
  seed: number
): ReadonlyArray<Prompt> => {
  const known = builtIn(reward)
  return known === undefined
    ? prompts
    : labelledBy(prompts, known, withDefaults(known.parameters, rewardParameters), seed)
}
