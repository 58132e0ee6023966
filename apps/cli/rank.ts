/**
 * `onefold rank`: training examples by what their historical accuracies say, from a file or from a run's own history.
 */
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { faultOf } from "../../learning/file-fault.ts"
import { type Histories, readHistories } from "../../learning/selection/histories.ts"
import { labelled, readLabels } from "../../learning/selection/labels.ts"
import { ranked } from "../../learning/selection/ranking.ts"
import type { ScoreName } from "../../learning/selection/scores.ts"
import { SelectionInvalid } from "../../learning/selection/selection-invalid.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { writeLines, writeText } from "./json-lines.ts"
import { checkCount, checkSeed } from "./ranges.ts"
import { historiesOfRun } from "./rank-of-run.ts"
import { rankLine, rankTable } from "./rank-table.ts"
import { reporter, terminalOf } from "./reporter.ts"

export interface RankOptions {
  /** A file of accuracies; null where a run is given. */
  readonly file: string | null
  readonly run: string | null
  readonly by: ScoreName
  readonly seed: number
  /** How many are printed; null for all. */
  readonly top: number | null
  readonly labels: string | null
  readonly dataDir: string
  readonly json: boolean
}

const textOf = (path: string) =>
  Effect.tryPromise({
    try: () => readFile(path, "utf8"),
    catch: (error) =>
      new SelectionInvalid({
        place: path,
        reason: "unreadable",
        detail: faultOf(error),
        next: "Name a file that can be read"
      })
  })

/** The accuracies in a file, in its order. Fails with SelectionInvalid. */
export const historiesOfFile = Effect.fn("rank.historiesOfFile")(function* (path: string) {
  return yield* readHistories(path, yield* textOf(path))
})

const withLabels = Effect.fn("rank.withLabels")(function* (histories: Histories, path: string | null) {
  if (path === null) return histories
  return labelled(histories, yield* readLabels(path, yield* textOf(path)))
})

/** What to rank. Fails with OptionsConflict unless it is exactly one of a file and a run. */
const historiesOf = Effect.fn("rank.historiesOf")(function* ({ dataDir, file, labels, run }: RankOptions) {
  if (file !== null && run === null) return yield* withLabels(yield* historiesOfFile(file), labels)
  if (run === null || file !== null) return yield* new OptionsConflict({ reason: "give one of a file and --run RUN" })
  if (labels !== null)
    return yield* new OptionsConflict({ reason: "--labels goes with a file; a run knows its own answers" })
  const { histories, unseen } = yield* historiesOfRun(dataDir, run)
  if (unseen.length > 0)
    yield* reporter({ json: true }).note(`not ranked, for they have no whole step yet: ${unseen.join(", ")}`)
  return histories
})

export const rank = Effect.fn("rank")(function* (options: RankOptions) {
  const { by, json, seed, top } = options
  yield* checkSeed("--seed", seed)
  if (top !== null) yield* checkCount("--top", top)
  const histories = yield* historiesOf(options)
  const shown = ranked(histories, by, seed).slice(0, top ?? histories.length)
  if (json) return yield* writeLines(shown.map(rankLine))
  yield* writeText(`${rankTable(terminalOf(process.stdout), shown, by).join("\n")}\n`)
})
