/**
 * `onefold show RUN`: a run's result as at its end, or as far as it is.
 */
import { Effect, Layer } from "effect"
import { layerLocal } from "../../platform/blobs/local.ts"
import { loadBase } from "./base.ts"
import { existingDataFolder } from "./data-folder.ts"
import { runOf } from "./embedded.ts"
import { folderLog } from "./folder-log.ts"
import { findRun, modelOf, statusOf } from "./recorded.ts"
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
    const base = yield* loadBase(options.model ?? (yield* modelOf(recorded)))
    const run = yield* runOf(recorded.started, base)
    const telling = reporter({ json: options.json })
    const status = statusOf(recorded)
    const next = status === "finished" ? "" : `; go on with: onefold resume ${run.runId}`
    yield* telling.note(`run ${run.runId} is ${status}${next}`)
    const note = keepingNote(run.config)
    if (note !== null) yield* telling.note(note)
    yield* telling.result(yield* summaryOf(recorded, run), null)
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))))
})
