/**
 * `onefold recipes`: the paper's experiments by name, with the row that each repeats and what the paper found.
 */
import { Effect } from "effect"
import { writeLines, writeText } from "./json-lines.ts"
import { recipes } from "./recipes/catalogue.ts"
import { type Column, columns, type ModelName, modelNames, type PaperResult, type Recipe } from "./recipes/recipe.ts"

export interface RecipeLine {
  readonly type: "recipe"
  /** As --recipe takes it. */
  readonly recipe: string
  readonly title: string
  readonly place: string
  readonly model: ModelName
  /** What differs from π1 by GRPO. */
  readonly settings: Recipe["settings"]
  /** The paper's; null where it has none. */
  readonly paper: PaperResult | null
}

/** One line for each recipe, and one more for each other model that the paper ran it with. */
export const recipeLines: ReadonlyArray<RecipeLine> = recipes.flatMap((recipe) => {
  const others = modelNames.filter((model) => model !== "1.5b" && recipe.results[model] !== undefined)
  return (["1.5b", ...others] as const).map((model) => ({
    type: "recipe" as const,
    recipe: model === "1.5b" ? recipe.name : `${model}/${recipe.name}`,
    title: recipe.title,
    place: (model === "1.5b" ? undefined : recipe.results[model]?.table) ?? recipe.place,
    model,
    settings: recipe.settings,
    paper: recipe.results[model] ?? null
  }))
})

const shown: Readonly<Record<Column, string>> = {
  MATH500: "MATH500",
  AIME24: "AIME24",
  AMC23: "AMC23",
  Minerva: "Minerva",
  Olympiad: "Olymp.",
  AIME25: "AIME25",
  Avg: "mean"
}

/** A table; numbers stand under their heads. */
export const recipeTable = (lines: ReadonlyArray<RecipeLine>): ReadonlyArray<string> => {
  const heads = ["recipe", "paper", ...columns.map((column) => shown[column]), "what it is"]
  const rows = lines.map(({ paper, place, recipe, title }) => [
    recipe,
    place,
    ...columns.map((column) => paper?.scores[column]?.toFixed(1) ?? "–"),
    paper?.remark === undefined ? title : `${title} (${paper.remark})`
  ])
  const widths = heads.map((head, i) => Math.max(head.length, ...rows.map((row) => row[i].length)))
  const written = (row: ReadonlyArray<string>): string =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i]) : i < 2 + columns.length ? cell.padStart(widths[i]) : cell))
      .join("  ")
      .trimEnd()
  return [heads, ...rows].map(written)
}

export const listRecipes = Effect.fn("recipes")(function* ({ json }: { readonly json: boolean }) {
  if (json) return yield* writeLines(recipeLines)
  yield* writeText(`${recipeTable(recipeLines).join("\n")}\n`)
})
