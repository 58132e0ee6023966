/**
 * What a run trains on: an example by name or file, all or some of a training set, or what a recipe names; as the
 * model reads it.
 */
import { Effect } from "effect"
import { asked, type TrainingRow } from "../../learning/datasets/training-set/training-row.ts"
import {
  exampleOf,
  exampleOfRank,
  type SetExample,
  type TrainingSet
} from "../../learning/datasets/training-set/training-set.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { findExample, type TrainingExample } from "./examples.ts"
import type { Asked, Notation } from "./notation.ts"
import { defaultExample } from "./presets.ts"
import type { ChosenRecipe } from "./recipes/catalogue.ts"
import { drawn, mislabelled } from "./recipes/draws.ts"
import { miniatureContext, miniatureExamples } from "./recipes/miniature-examples.ts"
import { pi1Solution } from "./recipes/pi1-solution.ts"
import { publishedIndex } from "./recipes/published-ranks.ts"
import type { RecipeExamples } from "./recipes/recipe.ts"
import { type Amount, amountSettings, recipeSettings } from "./recipes/recipe-settings.ts"
import type { Settings } from "./settings.ts"

export interface TrainingChoice {
  /** Null: the recipe's, all of the set, or the default. */
  readonly example: string | null
  readonly recipe: ChosenRecipe | null
  readonly seed: number
  /** The training set; null where none was named and none is needed. */
  readonly set: TrainingSet | null
  /** Whether prompts are the miniature's own. */
  readonly miniature: boolean
  readonly notation: Notation
  /** The index of a rank that neither the paper nor the set names; null where no file of accuracies was given. */
  readonly indexOfRank: ((rank: number) => Effect.Effect<string, ExampleUnusable>) | null
}

export interface Training {
  readonly prompts: RunConfig["prompts"]
  /** Indices that were left out, since they have no answer. */
  readonly leftOut: ReadonlyArray<string>
  /** What examples and recipe change of the preset. */
  readonly settings: (preset: RunConfig) => Settings
}

const refuse = (example: string, reason: ExampleUnusable["reason"], detail: string, next: string) =>
  new ExampleUnusable({ example, reason, detail, next })

const ranked = /^pi:?([1-9]\d*)$/

/** K, where an example is named as π_K: `pi13`, `pi:13`. */
export const rankNamed = (name: string): number | null => {
  const rank = ranked.exec(name)?.[1]
  return rank === undefined ? null : Number(rank)
}

/** Written as a user would ask it of a model, or as a line of the miniature's. */
export const askedOf = ({ problem }: Pick<TrainingRow, "problem">, miniature: boolean): Asked =>
  miniature ? { prompt: problem } : { messages: [{ role: "user", content: asked(problem) }] }

const written = Effect.fn("training.written")(function* (
  name: string,
  { promptId, answer, trueAnswer }: Omit<TrainingExample, "text">,
  what: Asked,
  notation: Notation
) {
  const text = yield* Effect.mapError(notation(what), ({ message }) =>
    refuse(
      name,
      "not-writable-by-model",
      message,
      "Choose a model with a chat template, or give the text with --example FILE"
    )
  )
  const example: TrainingExample = { promptId, text, answer, ...(trueAnswer === undefined ? {} : { trueAnswer }) }
  return example
})

/** The example of a set that was named by index, as `pi13` or as `pi:13`. Fails with ExampleUnusable. */
export const namedInSet = Effect.fn("training.namedInSet")(function* (
  name: string,
  set: TrainingSet,
  indexOfRank: TrainingChoice["indexOfRank"]
) {
  const rank = rankNamed(name)
  const byRank = rank === null ? undefined : exampleOfRank(set, rank)
  if (byRank !== undefined) return byRank
  const published = rank === null ? name : publishedIndex(rank)
  const index = published ?? (rank === null || indexOfRank === null ? undefined : yield* indexOfRank(rank))
  if (index === undefined)
    return yield* refuse(
      name,
      "unknown",
      `neither the paper nor ${set.file} says which example has this rank`,
      "Give the file of accuracies with --from, or the example by its index"
    )
  const found = exampleOf(set, index)
  if (found !== undefined) return found
  const some = set.examples.slice(0, 5).map((each) => each.index)
  return yield* refuse(
    name,
    "unknown",
    `${set.file} has no example of the index ${index}`,
    `Its ${set.examples.length} indices begin with ${some.join(", ")}`
  )
})

/** What a recipe names, in a set. */
const ofRecipe = Effect.fn("training.ofRecipe")(function* (
  examples: RecipeExamples,
  set: TrainingSet,
  { indexOfRank, seed }: TrainingChoice
) {
  switch (examples.kind) {
    case "pi":
      return yield* Effect.forEach(examples.ranks, (rank) => namedInSet(`pi${rank}`, set, indexOfRank))
    case "random":
      return drawn(set.examples, examples.count, seed, "examples")
    case "set":
      return set.examples
    case "last-step": {
      const { answer, problem } = examples
      const example: SetExample = { index: "pi1:last-step", problem, answer, rank: null, source: null }
      return [example]
    }
  }
})

interface Unwritten {
  readonly name: string
  readonly promptId: string
  readonly asked: Asked
  readonly answer: string
  readonly trueAnswer?: string
}

/** Examples before the model's notation, and how often the data hold each. */
const chosenOf = Effect.fn("training.chosenOf")(function* (choice: TrainingChoice) {
  const { example, indexOfRank, miniature, recipe, seed, set } = choice
  if (miniature && set === null) {
    const examples = recipe?.recipe.examples ?? { kind: "pi", ranks: [1] }
    const chosen = miniatureExamples(examples, (from, count) => drawn(from, count, seed, "examples"))
    return {
      copies: null,
      chosen: chosen.map(({ answer, problem }): Unwritten => {
        const wrong = answer === problem.answer ? {} : { trueAnswer: problem.answer }
        return { name: problem.id, promptId: problem.id, asked: { prompt: problem.prompt }, answer, ...wrong }
      })
    }
  }
  if (set === null)
    return yield* refuse("", "unknown", "there is nothing to train on", "Name it with --example or --data")
  const found =
    example !== null
      ? [yield* namedInSet(example, set, indexOfRank)]
      : recipe === null
        ? set.examples
        : yield* ofRecipe(recipe.recipe.examples, set, choice)
  const isWhole = example === null && recipe === null
  return {
    copies: isWhole && set.copies > 1 ? set.copies : null,
    chosen: found.map(
      (row): Unwritten => ({
        name: `${set.file}, index ${row.index}`,
        promptId: row.index,
        asked: askedOf(row, miniature),
        answer: row.answer
      })
    )
  }
})

/** Answers as the recipe wants them rewarded. */
const relabelled = <A extends { readonly answer: string; readonly trueAnswer?: string }>(
  chosen: ReadonlyArray<A>,
  { miniature, recipe, seed }: TrainingChoice
): ReadonlyArray<A> => {
  const { answer, noise } = recipe?.recipe ?? {}
  if (answer !== undefined) {
    const wrong = miniature ? answer.mini : answer.paper
    return chosen.map((each) => ({ ...each, answer: wrong, trueAnswer: each.trueAnswer ?? each.answer }))
  }
  return noise === undefined ? chosen : mislabelled(chosen, noise, seed)
}

/** π1 with its solution, as it stands before held-out problems. */
const contextOf = Effect.fn("training.contextOf")(function* ({ miniature, notation, recipe }: TrainingChoice) {
  if (recipe?.recipe.inContext === undefined) return null
  if (miniature) return miniatureContext()
  const { problem, solution } = pi1Solution
  const what = askedOf({ problem }, false)
  const { text } = yield* written("pi1", { promptId: "pi1", answer: "" }, what, notation)
  return `${text}${solution}\n\n`
})

/** Fails with ExampleUnusable. */
export const trainingOf = Effect.fn("training.of")(function* (choice: TrainingChoice) {
  const { example, notation, recipe, set } = choice
  const named = example ?? (recipe === null && set === null ? defaultExample : null)
  const context = yield* contextOf(choice)
  const settingsWith = (amount: Amount) => (preset: RunConfig) => ({
    ...amountSettings(amount, preset),
    ...(recipe === null ? {} : recipeSettings(recipe, preset, context))
  })
  if (named !== null && set === null) {
    if (rankNamed(named) !== null)
      return yield* refuse(
        named,
        "unknown",
        "it names an example of a training set, and there is none",
        `Name the set with --data, or use --recipe ${named}, which knows the miniature's example for it`
      )
    const found = yield* findExample(named, notation)
    const training: Training = {
      prompts: [relabelled([found], choice)[0] ?? found],
      leftOut: [],
      settings: settingsWith({ examples: 1, copies: null })
    }
    return training
  }
  const { chosen, copies } = yield* chosenOf(choice)
  const leftOut = chosen.filter(({ answer }) => answer === "")
  const usable = relabelled(
    chosen.filter(({ answer }) => answer !== ""),
    choice
  )
  const [first, ...others] = yield* Effect.forEach(usable, (each) => written(each.name, each, each.asked, notation))
  if (first === undefined)
    return yield* refuse(
      leftOut[0]?.name ?? "",
      "no-answer",
      "it has no answer, and a reward needs one",
      "Choose another"
    )
  const training: Training = {
    prompts: [first, ...others],
    leftOut: leftOut.map(({ promptId }) => promptId),
    settings: settingsWith({ examples: usable.length, copies })
  }
  return training
})
