/**
 * The end of a sitting: the result with its report, or how to go on.
 */
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import type { Run } from "../../pipelines/runs.ts"
import type { DataFolder } from "./data-folder.ts"
import { isEvaluation } from "./evaluate/is-evaluation.ts"
import { evaluationSummary } from "./evaluate/summary.ts"
import { tellEvaluation } from "./evaluate/told.ts"
import { findRun } from "./recorded.ts"
import type { Reporter } from "./reporter.ts"
import type { Ending } from "./sitting.ts"
import { summaryOf } from "./summary-of.ts"

const writeWhole = async (path: string, html: string): Promise<void> => {
  const draft = `${path}.new`
  try {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(draft, html)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Writes the report whole or not at all; returns its path, or null where it could not be written: the result stands. */
const writeReport = (path: string, html: string) =>
  Effect.tryPromise(() => writeWhole(path, html)).pipe(
    Effect.as(path),
    Effect.catch(({ cause }) =>
      Effect.as(Effect.logWarning(`no report at ${path}: ${cause instanceof Error ? cause.message : cause}`), null)
    )
  )

export const tellEnding = Effect.fn("telling.ending")(function* (end: {
  readonly ending: Ending
  readonly run: Run
  readonly folder: DataFolder
  readonly reporter: Reporter
  readonly json: boolean
}) {
  const { ending, folder, json, reporter, run } = end
  if (ending === "cancelled") return yield* reporter.note(`run ${run.runId} was cancelled`)
  if (ending === "paused") return yield* reporter.note(`paused; go on with: onefold resume ${run.runId}`)
  const recorded = yield* findRun(run.runId)
  if (isEvaluation(run.config))
    return yield* tellEvaluation(yield* evaluationSummary(recorded), { json, groups: false })
  const summary = yield* summaryOf(recorded, run)
  // Only now: what draws the report is large, and most commands draw none.
  const { renderReport } = yield* Effect.promise(() => import("./report/html.ts"))
  const path = yield* writeReport(join(folder.reports, `${run.runId}.html`), renderReport(summary))
  yield* reporter.result(summary, path)
})
