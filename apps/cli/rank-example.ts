/**
 * `rank:K` and `rank:1-16` with `--from FILE|RUN`: the examples of these ranks, by std, of a file of accuracies or of a run's
 * own.
 */
import { Effect } from "effect"
import { type Ranked, ranked, rankedIndex } from "../../learning/selection/ranking.ts"
import { ExampleUnusable } from "./example-unusable.ts"
import { historiesOfFile } from "./rank.ts"
import { historiesOfRun } from "./rank-of-run.ts"
import type { TrainingExample } from "./training-example.ts"

/** Finds the example of an index in a training set. */
export type FindByIndex = (index: string) => Effect.Effect<TrainingExample, ExampleUnusable>

export interface RankedFrom {
  /** A file of accuracies (its name ends in .json, or has a slash), a run's name, or "last". */
  readonly from: string
  /** Where runs are recorded. */
  readonly dataDir: string
  /** For a file, which holds accuracies and no prompts. */
  readonly findByIndex: FindByIndex
}

const pattern = /^rank:(\d+)$/

/** Whether an example is named by a rank. */
export const isRank = (name: string): boolean => name.startsWith("rank:")

/** A ranking, and how an index of it becomes an example. */
interface Source {
  readonly ranking: ReadonlyArray<Ranked>
  readonly find: FindByIndex
}

const ofRun = Effect.fn("rankExample.ofRun")(function* (name: string, dataDir: string) {
  const { histories, prompts } = yield* historiesOfRun(dataDir, name)
  const source: Source = {
    ranking: ranked(histories, "std", 0),
    // The histories are of these very prompts, so one is found.
    find: (index) => Effect.succeed(prompts.find(({ promptId }) => promptId === index) ?? prompts[0])
  }
  return source
})

const ofFile = Effect.fn("rankExample.ofFile")(function* (path: string, find: FindByIndex) {
  const source: Source = { ranking: ranked(yield* historiesOfFile(path), "std", 0), find }
  return source
})

const isFile = (from: string): boolean => from.endsWith(".json") || from.includes("/")

/**
 * The examples of ranks `first` to `last`, best first; a run's are written as that run had them. Fails with ExampleUnusable,
 * RankOutOfRange, and as reading a ranking does.
 */
export const rankedExamples = Effect.fn("rankExample.some")(function* (
  { first, last }: { readonly first: number; readonly last: number },
  { dataDir, findByIndex, from }: RankedFrom
) {
  const { find, ranking } = yield* isFile(from) ? ofFile(from, findByIndex) : ofRun(from, dataDir)
  for (const end of [first, last]) yield* rankedIndex(ranking, end)
  return yield* Effect.forEach(ranking.slice(first - 1, last), ({ index }) => find(index))
})

const refuse = (example: string, detail: string, next: string) =>
  new ExampleUnusable({ example, reason: "unknown", detail, next })

/** Why a rank names no example by itself. */
export const unranked = (name: string) =>
  refuse(name, "it does not say of which ranking", "Name a file of accuracies, or a run, with --from")

/** Finds the example of a rank. Fails with ExampleUnusable, RankOutOfRange, and as reading a ranking does. */
export const rankedExample = Effect.fn("rankExample.find")(function* (name: string, ranking: RankedFrom) {
  const rank = Number(pattern.exec(name)?.[1])
  if (!(rank >= 1)) return yield* refuse(name, "it names no rank", 'Ranks are written "rank:1", and go from 1 on')
  const [found] = yield* rankedExamples({ first: rank, last: rank }, ranking)
  return found
})
