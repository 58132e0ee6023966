/**
 * The runs of a log as their history is made from: their names, and what their tokens say.
 */
import { Effect } from "effect"
import { loadTokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder } from "../../learning/policy/tokenizer/tokenizer-folder.ts"
import type { ProjectedRun } from "../../platform/history/history-thread.ts"
import { findRun, modelOf, type RecordedRun, recordedRuns } from "./recorded.ts"
import { vocabularyOf } from "./vocabulary.ts"

/** The runs that a name means: all of them where it is null. */
export const chosenRuns = Effect.fn("historyRuns.chosen")(function* (name: string | null) {
  return name === null ? yield* recordedRuns() : [yield* findRun(name)]
})

/** @param model where the runs' model lies, if not where it was. Fails as reading a tokenizer does. */
export const projectedRuns = Effect.fn("historyRuns.projected")(function* (
  runs: ReadonlyArray<RecordedRun>,
  model: string | null
) {
  const vocabularies = new Map<string, ReadonlyArray<string>>()
  return yield* Effect.forEach(runs, (recorded) =>
    Effect.gen(function* () {
      const folder = model ?? (yield* modelOf(recorded))
      const vocabulary =
        vocabularies.get(folder) ?? vocabularyOf(yield* loadTokenizer(yield* readTokenizerFolder(folder)))
      vocabularies.set(folder, vocabulary)
      const run: ProjectedRun = { runId: recorded.started.runId, vocabulary }
      return run
    })
  )
})
