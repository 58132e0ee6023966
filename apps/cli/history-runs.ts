/**
 * The runs of a log as their history is made from: their names, what they have a place for, and what their tokens say.
 */
import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Effect } from "effect"
import { findFile } from "../../learning/policy/checkpoint/checkpoint-files.ts"
import { loadTokenizer } from "../../learning/policy/tokenizer/tokenizer.ts"
import { readTokenizerFolder } from "../../learning/policy/tokenizer/tokenizer-folder.ts"
import type { PlannedRun } from "../../platform/history/placed-records.ts"
import { folderOfModel } from "./base.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { configOfRun, findRun, type RecordedRun, recordedRuns } from "./recorded.ts"
import { planOfRun } from "./verification/plan-of-run.ts"
import { refusingBy } from "./verification/refusing.ts"
import { vocabularyOf } from "./vocabulary.ts"

/** The runs that a name means: all of them where it is null. */
export const chosenRuns = Effect.fn("historyRuns.chosen")(function* (name: string | null) {
  return name === null ? yield* recordedRuns() : [yield* findRun(name)]
})

/** A folder's token texts, and what a run that has them recorded of its tokenizer. */
const vocabularyIn = Effect.fn("historyRuns.vocabulary")(function* (folder: string) {
  const vocabulary = vocabularyOf(yield* loadTokenizer(yield* readTokenizerFolder(folder)))
  const found = yield* findFile(folder, "tokenizer.json")
  const bytes = found === null ? "" : yield* Effect.promise(() => readFile(found.path))
  return { vocabulary, hash: createHash("sha256").update(bytes).digest("hex") }
})

/**
 * @param model where the runs' model lies, if not where it was
 *
 * Fails as reading a tokenizer does, and with OptionsConflict where it is not the one a run was started with.
 */
export const projectedRuns = Effect.fn("historyRuns.projected")(function* (
  runs: ReadonlyArray<RecordedRun>,
  model: string | null
) {
  const known = new Map<string, { readonly vocabulary: ReadonlyArray<string>; readonly hash: string }>()
  return yield* Effect.forEach(runs, (recorded) =>
    Effect.gen(function* () {
      const { runId, tokenizerHash } = recorded.started
      const folder = model ?? folderOfModel((yield* configOfRun(recorded)).model.name)
      const { hash, vocabulary } = known.get(folder) ?? (yield* vocabularyIn(folder))
      known.set(folder, { hash, vocabulary })
      if (hash !== tokenizerHash)
        return yield* new OptionsConflict({
          reason: `the tokenizer in ${folder} is not the one that run ${runId} was started with; name that run and its model's folder with --model`
        })
      const run: PlannedRun = { runId, vocabulary, refusing: refusingBy(yield* planOfRun(recorded.started)) }
      return run
    })
  )
})
