/**
 * `onefold show RUN`: a run's result as at its end, or as far as it is.
 */
import { Effect, Layer } from "effect"
import { layerLocal } from "../../platform/blobs/local.ts"
import { baseOf } from "./base-of-run.ts"
import { existingDataFolder } from "./data-folder.ts"
import { runOf } from "./embedded.ts"
import { isEvaluation } from "./evaluate/is-evaluation.ts"
import { evaluationSummary } from "./evaluate/summary.ts"
import { tellEvaluation } from "./evaluate/told.ts"
import { folderLog } from "./folder-log.ts"
import { configOfRun, findRun, statusOf } from "./recorded.ts"
import { keepingNote } from "./replay/retention-notes.ts"
import { reporter } from "./reporter.ts"
import { summaryOf } from "./summary-of.ts"

export const show = Effect.fn("show")(function* (options: {
  readonly run: string
  readonly dataDir: string
  readonly json: boolean
  readonly model: string | null
}) {
  const folder = yield* existingDataFolder(options.dataDir)
  yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const config = yield* configOfRun(recorded)
    const { runId } = recorded.started
    const telling = reporter({ json: options.json })
    const status = statusOf(recorded)
    const next = status === "finished" || status === "cancelled" ? "" : `; go on with: onefold resume ${runId}`
    yield* telling.note(`run ${runId} is ${status}${next}`)
    const note = keepingNote(config)
    if (note !== null) yield* telling.note(note)
    if (isEvaluation(config))
      return yield* tellEvaluation(yield* evaluationSummary(recorded), { json: options.json, groups: true })
    const run = yield* runOf(recorded.started, yield* baseOf(config, options.model))
    yield* telling.result(yield* summaryOf(recorded, run), null)
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))))
})
