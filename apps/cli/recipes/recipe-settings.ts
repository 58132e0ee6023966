/**
 * What a recipe and its examples change of a preset: coefficients and switches as they are, numbers of steps and copies
 * by the preset's.
 */

import type { RunConfig } from "../../../schemas/run-config.ts"
import { isMiniature } from "../presets.ts"
import type { RewardChoice } from "../reward.ts"
import type { Settings } from "../settings.ts"
import type { ChosenRecipe } from "./catalogue.ts"
import { paperModels } from "./models.ts"

/** How many examples there are, and how often the data holds each. */
export interface Amount {
  readonly examples: number
  /** Null where the data do not say: as many as fill a batch. */
  readonly copies: number | null
}

/**
 * Groups a batch has for each example. A batch has as many groups as the preset has copies of one: examples share them
 * equally, and where they are more, each batch draws the next ones.
 */
export const amountSettings = ({ copies, examples }: Amount, preset: RunConfig): Settings => {
  if (copies !== null) return { copies }
  const batch = preset.copies
  if (examples > batch) return { batchPrompts: batch, copies: 1 }
  return { copies: Math.floor(batch / examples) }
}

/** Updates: the preset's batches, or so many as the model or the recipe takes of the paper's 2000; each as its updates. */
const stepsOf = ({ model, recipe }: ChosenRecipe, preset: RunConfig): number => {
  const updates = recipe.settings.updatesPerBatch ?? preset.updatesPerBatch
  const usual = paperModels["1.5b"].steps
  const { steps } = recipe
  if (preset.preset === "paper")
    return updates * (steps === undefined ? paperModels[model].steps : (steps.paper[model] ?? steps.paper["1.5b"] ?? 0))
  if (steps !== undefined) return updates * Math.min(steps.mini, preset.steps)
  const share = isMiniature(preset.preset) ? paperModels[model].steps / usual : 1
  return updates * Math.max(1, Math.round(preset.steps * share))
}

/** What earns: the right answer, where a recipe says nothing else. */
export const recipeReward = (chosen: ChosenRecipe | null, miniature: boolean): RewardChoice => {
  const reward = chosen?.recipe.reward
  switch (reward?.name) {
    case undefined:
      return { reward: "outcome", parameters: {} }
    case "format":
      return { reward: "format", parameters: {} }
    case "wrong-label":
      return { reward: "wrong-label", parameters: { label: miniature ? reward.mini : reward.paper } }
    case "label-noise":
      return { reward: "label-noise", parameters: { share: reward.share } }
  }
}

/** The same as settings. */
const rewardSettings = (chosen: ChosenRecipe, preset: RunConfig): Settings => {
  const { parameters, reward } = recipeReward(chosen, isMiniature(preset.preset))
  return { reward, ...(Object.keys(parameters).length === 0 ? {} : { rewardParameters: parameters }) }
}

/** Tokens of an answer that the miniature's 128 positions leave after an example in context and the longest problem. */
const roomLeft = 48

/** @param context what stands before held-out problems, where the recipe wants an example there */
export const recipeSettings = (chosen: ChosenRecipe, preset: RunConfig, context: string | null): Settings => ({
  recipe: chosen.name,
  ...chosen.recipe.settings,
  ...rewardSettings(chosen, preset),
  steps: stepsOf(chosen, preset),
  ...(context === null
    ? {}
    : { evaluation: { context, ...(isMiniature(preset.preset) ? { maxTokens: roomLeft } : {}) } })
})
