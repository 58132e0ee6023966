/**
 * A training set: distinct examples in the order of their file, and how often each of them stands there.
 *
 * The reference fills a batch by repeating rows: 128 equal rows are one example with 128 copies, 64 and 64 are two with
 * 64 each.
 */
import { Effect } from "effect"
import type { TrainingRow } from "./training-row.ts"
import { TrainingSetInvalid } from "./training-set-invalid.ts"

export interface SetExample extends TrainingRow {
  /** What names it in its set: the file's index, or its row's number from 0 on. */
  readonly index: string
}

export interface TrainingSet {
  readonly file: string
  readonly examples: readonly [SetExample, ...ReadonlyArray<SetExample>]
  /** Rows of each example. */
  readonly copies: number
}

const contentOf = ({ answer, index, problem }: TrainingRow): string => JSON.stringify([index, problem, answer])

/** Counts equal rows. Fails with TrainingSetInvalid: no rows, one index for two problems, unequal counts. */
export const trainingSetOf = Effect.fn("trainingSet.of")(function* (file: string, rows: ReadonlyArray<TrainingRow>) {
  const refuse = (reason: TrainingSetInvalid["reason"], detail: string, next: string, column: string | null = null) =>
    new TrainingSetInvalid({ file, row: null, column, reason, detail, next })
  const counts = new Map<string, { readonly example: SetExample; count: number }>()
  const byIndex = new Map<string, string>()
  for (const [at, row] of rows.entries()) {
    const content = contentOf(row)
    const before = counts.get(content)
    if (before !== undefined) {
      before.count += 1
      continue
    }
    const index = row.index ?? String(at)
    if (byIndex.has(index))
      return yield* refuse(
        "contradictory",
        `the index ${JSON.stringify(index)} names two rows that differ`,
        "Give each example an index of its own",
        "index"
      )
    byIndex.set(index, content)
    counts.set(content, { example: { ...row, index }, count: 1 })
  }
  const [first, ...others] = counts.values()
  if (first === undefined) return yield* refuse("empty", "it has no rows", "Give at least one example")
  const odd = others.find(({ count }) => count !== first.count)
  if (odd !== undefined)
    return yield* refuse(
      "unequal",
      `example ${first.example.index} stands there ${first.count} times and example ${odd.example.index} ${odd.count} times, but a step asks every example equally often`,
      "Repeat all rows equally often, or choose one with --example"
    )
  const set: TrainingSet = {
    file,
    examples: [first.example, ...others.map(({ example }) => example)],
    copies: first.count
  }
  return set
})

/** The example of an index; undefined where there is none. */
export const exampleOf = (set: TrainingSet, index: string | number): SetExample | undefined =>
  set.examples.find((example) => example.index === String(index))

/** The example that the file itself gives a rank; undefined where it gives it to none. */
export const exampleOfRank = (set: TrainingSet, rank: number): SetExample | undefined =>
  set.examples.find((example) => example.rank === rank)
