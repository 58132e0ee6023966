/**
 * The training set that a run needs: the file or data set of the hub that was named, or the paper's own.
 */
import { stat } from "node:fs/promises"
import { Effect } from "effect"
import { locateDataFile } from "../../learning/datasets/hub-data-file.ts"
import { hubTrainingSetOf, paperDataSet } from "../../learning/datasets/training-set/hub-training-set.ts"
import { readTrainingSet } from "../../learning/datasets/training-set/read-training-set.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { modelSettings } from "./model-settings.ts"
import type { ChosenRecipe } from "./recipes/catalogue.ts"
import { rankNamed } from "./training.ts"

export interface DataChoice {
  readonly data: string | null
  readonly example: string | null
  readonly recipe: ChosenRecipe | null
}

/** Reads a set by its path or its name on the hub; a file of the name wins. */
export const trainingSetNamed = Effect.fn("trainingData.named")(function* (name: string) {
  const isThere = yield* Effect.promise(() =>
    stat(name).then(
      () => true,
      () => false
    )
  )
  const onHub = isThere ? null : hubTrainingSetOf(name)
  return yield* readTrainingSet(onHub === null ? name : yield* locateDataFile(onHub, yield* modelSettings))
})

/** What the paper's own examples are taken from, where nobody names a set. */
const paperSet = `${paperDataSet}:dsr_sub`

/**
 * The set that the choice needs, or null where it needs none: the miniature has its own examples.
 *
 * Fails with TrainingSetInvalid, ModelUnavailable or ExampleUnusable.
 */
export const trainingSetFor = Effect.fn("trainingData.for")(function* (
  { data, example, recipe }: DataChoice,
  miniature: boolean
) {
  if (data !== null) return yield* trainingSetNamed(data)
  const ofPaper = example === null ? recipe !== null : rankNamed(example) !== null
  if (miniature || !ofPaper) return null
  const examples = recipe?.recipe.examples
  if (example === null && examples?.kind === "set" && examples.set === "math-7500")
    return yield* new ExampleUnusable({
      example: "math-7500",
      reason: "unknown",
      detail: "the paper's data set does not hold the training set of MATH",
      next: "Name a .parquet or .jsonl file of it with --data"
    })
  return yield* trainingSetNamed(paperSet)
})
