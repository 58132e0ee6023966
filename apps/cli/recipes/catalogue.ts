/**
 * All recipes in one list, and a recipe by its name: `pi1`, or `7b/pi1` for another model than the paper's first.
 */
import { Effect, Schema } from "effect"
import { nearest } from "../../../learning/nearest.ts"
import { ablation } from "./ablation.ts"
import { exampleSets } from "./example-sets.ts"
import { type ModelName, modelNames, type Recipe } from "./recipe.ts"
import { signals } from "./signals.ts"
import { lastRank, singleExample, singleExamples } from "./single-examples.ts"
import { variants } from "./variants.ts"

export const recipes: ReadonlyArray<Recipe> = [...singleExamples, ...exampleSets, ...ablation, ...signals, ...variants]

const byName = new Map(recipes.map((recipe) => [recipe.name, recipe]))

export class UnknownRecipe extends Schema.TaggedError<UnknownRecipe>()("UnknownRecipe", {
  name: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    return `there is no recipe "${this.name}"; did you mean "${this.suggestion}"? onefold recipes lists them; besides, there is pi1 to pi${lastRank}, and before a name may stand ${modelNames.join("/, ")}/`
  }
}

export interface ChosenRecipe {
  /** As it was asked for. */
  readonly name: string
  readonly recipe: Recipe
  readonly model: ModelName
}

const anyRank = /^pi([1-9]\d{0,3})$/

const recipeOf = (name: string): Recipe | undefined => {
  const rank = Number(anyRank.exec(name)?.[1])
  return byName.get(name) ?? (rank <= lastRank ? singleExample(rank) : undefined)
}

/** Fails with UnknownRecipe, the nearest name offered. */
export const findRecipe = Effect.fn("recipes.find")(function* (name: string) {
  const model = modelNames.find((known) => name.startsWith(`${known}/`))
  const bare = model === undefined ? name : name.slice(model.length + 1)
  const recipe = recipeOf(bare)
  if (recipe === undefined) {
    const suggestion = nearest(bare, [...byName.keys()])
    return yield* new UnknownRecipe({ name, suggestion: model === undefined ? suggestion : `${model}/${suggestion}` })
  }
  const chosen: ChosenRecipe = { name, recipe, model: model ?? "1.5b" }
  return chosen
})
