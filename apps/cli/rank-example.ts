/**
 * `--example rank:K --from FILE|RUN`: the example of rank K, by std, of a file of accuracies or of a run's own.
 */
import { Effect } from "effect"
import { ranked, rankedIndex } from "../../learning/selection/ranking.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import type { TrainingExample } from "./examples.ts"
import { historiesOfFile } from "./rank.ts"
import { historiesOfRun } from "./rank-of-run.ts"

/** Finds the example of an index in a training set. */
export type FindByIndex = (index: string) => Effect.Effect<TrainingExample, ExampleUnusable>

export interface RankedFrom {
  /** A file of accuracies (its name ends in .json, or has a slash), a run's name, or "last". */
  readonly from: string | null
  /** Where runs are recorded. */
  readonly dataDir: string
  /** The training set that a file's indices are of; null where none was given. */
  readonly findByIndex: FindByIndex | null
}

const pattern = /^rank:(\d+)$/

/** Whether an example is named by a rank. */
export const isRank = (name: string): boolean => name.startsWith("rank:")

const ofRun = Effect.fn("rankExample.ofRun")(function* (rank: number, name: string, dataDir: string) {
  const { histories, prompts } = yield* historiesOfRun(dataDir, name)
  const index = yield* rankedIndex(ranked(histories, "std", 0), rank)
  // The histories are of these very prompts, so one is found.
  const prompt = prompts.find(({ promptId }) => promptId === index) ?? prompts[0]
  const found: TrainingExample = { promptId: prompt.promptId, text: prompt.text, answer: prompt.answer }
  return found
})

const ofFile = Effect.fn("rankExample.ofFile")(function* (rank: number, path: string, findByIndex: FindByIndex | null) {
  const index = yield* rankedIndex(ranked(yield* historiesOfFile(path), "std", 0), rank)
  if (findByIndex === null)
    return yield* new ExampleUnusable({
      example: `rank:${rank}`,
      reason: "unknown",
      detail: `it is the example of index ${index} in ${path}, which holds accuracies and no prompts`,
      next: "Name the training set that it was made from with --data"
    })
  return yield* findByIndex(index)
})

/** Finds the example of a rank. A run's is written as that run had it. Fails with ExampleUnusable, RankOutOfRange, and as reading a ranking does. */
export const rankedExample = Effect.fn("rankExample.find")(function* (name: string, ranking: RankedFrom) {
  const { dataDir, findByIndex, from } = ranking
  const rank = Number(pattern.exec(name)?.[1])
  const refuse = (detail: string, next: string) =>
    new ExampleUnusable({ example: name, reason: "unknown", detail, next })
  if (!(rank >= 1)) return yield* refuse("it names no rank", 'Ranks are written "rank:1", and go from 1 on')
  if (from === null)
    return yield* refuse("it does not say of which ranking", "Name a file of accuracies, or a run, with --from")
  if (from.endsWith(".json") || from.includes("/")) return yield* ofFile(rank, from, findByIndex)
  return yield* ofRun(rank, from, dataDir)
})
