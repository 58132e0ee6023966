/**
 * What a run trains on: an example by name or file, all or some of a training set, or what a recipe names; as the
 * model reads it.
 */
import { type Array as Arr, Effect } from "effect"
import { example as pool } from "../../learning/datasets/miniature/problems.ts"
import { asked, type TrainingRow } from "../../learning/datasets/training-set/training-row.ts"
import {
  exampleOf,
  exampleOfRank,
  type SetExample,
  type TrainingSet
} from "../../learning/datasets/training-set/training-set.ts"
import { ranked, rankedIndex } from "../../learning/selection/ranking.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { findExample } from "./examples.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import type { Asked, Notation, Shown } from "./notation.ts"
import { defaultExample } from "./presets.ts"
import { historiesOfFile } from "./rank.ts"
import { isRank, rankedExample, unranked } from "./rank-example.ts"
import type { ChosenRecipe } from "./recipes/catalogue.ts"
import { drawn } from "./recipes/draws.ts"
import { miniatureContext, miniatureExamples } from "./recipes/miniature-examples.ts"
import { pi1Solution } from "./recipes/pi1-solution.ts"
import { publishedIndex } from "./recipes/published-ranks.ts"
import type { RecipeExamples } from "./recipes/recipe.ts"
import { amountSettings, recipeReward, recipeSettings } from "./recipes/recipe-settings.ts"
import type { RewardChoice } from "./reward.ts"
import type { Settings } from "./settings.ts"
import type { TrainingExample } from "./training-example.ts"

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
  /** Whether the model is asked in turns; then an example in context is turns too. */
  readonly chat: boolean
  /** What ranks are counted in that neither the paper nor the set names: a file of accuracies, or a run for "rank:K". */
  readonly from: string | null
  /** Where runs are recorded. */
  readonly dataDir: string
}

type Prompts = Arr.NonEmptyReadonlyArray<RunConfig["prompts"][number]>

export interface Training {
  /** With their right answers, unless the set itself has wrong ones. */
  readonly prompts: Prompts
  /** What the recipe pays for. */
  readonly reward: RewardChoice
  /** What is shown before held-out problems, in turns of their own; null where nothing is, or it is part of their text. */
  readonly shown: Shown | null
  /** Indices that were left out, since they have no answer. */
  readonly leftOut: ReadonlyArray<string>
  /** What examples and recipe change of the preset. */
  readonly settings: (preset: RunConfig) => Settings
}

const refuse = (example: string, reason: ExampleUnusable["reason"], detail: string, next: string) =>
  new ExampleUnusable({ example, reason, detail, next })

const piName = /^pi:?([1-9]\d*)$/

/** K, where an example is named as π_K: `pi13`, `pi:13`. */
export const rankNamed = (name: string): number | null => {
  const rank = piName.exec(name)?.[1]
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

const indexInFile = Effect.fn("training.indexInFile")(function* (rank: number, file: string) {
  return yield* rankedIndex(ranked(yield* historiesOfFile(file), "std", 0), rank)
})

/** The example of a set that was named by index, as `pi13` or as `pi:13`. Fails with ExampleUnusable. */
export const namedInSet = Effect.fn("training.namedInSet")(function* (
  name: string,
  set: TrainingSet,
  from: string | null
) {
  const rank = rankNamed(name)
  const byRank = rank === null ? undefined : exampleOfRank(set, rank)
  if (byRank !== undefined) return byRank
  const published = rank === null ? name : publishedIndex(rank)
  const index = published ?? (rank === null || from === null ? undefined : yield* indexInFile(rank, from))
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

/** The example that "rank:K" names, found in the set, or among the miniature's. */
const ofRanking = Effect.fn("training.ofRanking")(function* (name: string, choice: TrainingChoice) {
  const { dataDir, from, miniature, notation, set } = choice
  if (from === null) return yield* unranked(name)
  const inSet = (index: string) => {
    const row = set === null ? undefined : exampleOf(set, index)
    const pooled = miniature && set === null ? pool(index) : undefined
    if (pooled !== undefined)
      return written(name, { promptId: pooled.id, answer: pooled.answer }, { prompt: pooled.prompt }, notation)
    if (set === null || row === undefined || row.answer === "")
      return Effect.fail(
        refuse(
          name,
          "unknown",
          `it has the index ${index}, ${set === null ? "and no set was named that says more" : `which ${set.file} has no answer for`}`,
          "Name its training set with --data"
        )
      )
    return written(name, { promptId: row.index, answer: row.answer }, askedOf(row, miniature), notation)
  }
  return yield* rankedExample(name, { from, dataDir, findByIndex: inSet })
})

/** What a recipe names, in a set. */
const ofRecipe = Effect.fn("training.ofRecipe")(function* (
  examples: RecipeExamples,
  set: TrainingSet,
  { from, seed }: TrainingChoice
) {
  switch (examples.kind) {
    case "pi":
      return yield* Effect.forEach(examples.ranks, (rank) => namedInSet(`pi${rank}`, set, from))
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
  const { example, from, miniature, recipe, seed, set } = choice
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
      ? [yield* namedInSet(example, set, from)]
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

/** π1 with its solution, as it stands before held-out problems. */
const contextOf = Effect.fn("training.contextOf")(function* ({ chat, miniature, notation, recipe }: TrainingChoice) {
  if (recipe?.recipe.inContext === undefined || chat) return null
  if (miniature) return miniatureContext()
  const { problem, solution } = pi1Solution
  const what = askedOf({ problem }, false)
  const { text } = yield* written("pi1", { promptId: "pi1", answer: "" }, what, notation)
  return `${text}${solution}\n\n`
})

/** π1 as a user's turn and the model's, where the recipe wants it before the problems of a chat. */
const shownOf = ({ chat, miniature, recipe }: TrainingChoice): Shown | null => {
  if (recipe?.recipe.inContext === undefined || miniature || !chat) return null
  return { problem: asked(pi1Solution.problem), solution: pi1Solution.solution }
}

/** One example by name, file or rank, of no set. */
const single = Effect.fn("training.single")(function* (name: string, choice: TrainingChoice) {
  if (isRank(name)) return yield* ofRanking(name, choice)
  if (rankNamed(name) !== null)
    return yield* refuse(
      name,
      "unknown",
      "it names an example of a training set, and there is none",
      `Name the set with --data, or use --recipe ${name}, which knows the miniature's example for it`
    )
  return yield* findExample(name, choice.notation)
})

/** Refuses a ranking that nothing would be looked up in. */
const checkFrom = Effect.fn("training.checkFrom")(function* ({ example, from, recipe, set }: TrainingChoice) {
  const isRanked = example !== null && (isRank(example) || (rankNamed(example) !== null && set !== null))
  if (from === null || isRanked || (example === null && recipe !== null && set !== null)) return
  return yield* new OptionsConflict({
    reason: '--from goes with --example "rank:K", or "piK" of --data, and says of which ranking'
  })
})

/** Fails with ExampleUnusable, and as reading a ranking does. */
export const trainingOf = Effect.fn("training.of")(function* (choice: TrainingChoice) {
  const { example, miniature, notation, recipe, set } = choice
  const named = example ?? (recipe === null && set === null ? defaultExample : null)
  yield* checkFrom(choice)
  const context = yield* contextOf(choice)
  const training = (prompts: Prompts, copies: number | null, leftOut: ReadonlyArray<string>): Training => ({
    prompts,
    leftOut,
    shown: shownOf(choice),
    reward: recipeReward(recipe, miniature),
    settings: (preset) => ({
      ...amountSettings({ examples: prompts.length, copies }, preset),
      ...(recipe === null ? {} : recipeSettings(recipe, preset, context))
    })
  })
  if (named !== null && (set === null || isRank(named))) return training([yield* single(named, choice)], null, [])
  const { chosen, copies } = yield* chosenOf(choice)
  const [first, ...others] = chosen.filter(({ answer }) => answer !== "")
  const leftOut = chosen.filter(({ answer }) => answer === "").map(({ promptId }) => promptId)
  if (first === undefined)
    return yield* refuse(
      chosen[0]?.name ?? "",
      "no-answer",
      "it has no answer, and a reward needs one",
      "Choose another"
    )
  const write = (each: Unwritten) => written(each.name, each, each.asked, notation)
  return training([yield* write(first), ...(yield* Effect.forEach(others, write))], copies, leftOut)
})
