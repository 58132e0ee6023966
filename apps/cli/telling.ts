/**
 * The end of a sitting: the result with its report, or how to go on.
 */
import { mkdir, rename, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect } from "effect"
import type { Run } from "../../pipelines/runs.ts"
import type { DataFolder } from "./data-folder.ts"
import { findRun } from "./recorded.ts"
import { renderReport } from "./report/html.ts"
import type { Reporter } from "./reporter.ts"
import type { Ending } from "./sitting.ts"
import { summaryOf } from "./summary-of.ts"

/** Written whole or not at all. */
const writeReport = (path: string, html: string) =>
  Effect.promise(async () => {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(`${path}.new`, html)
    await rename(`${path}.new`, path)
  })

export const tellEnding = Effect.fn("telling.ending")(function* (end: {
  readonly ending: Ending
  readonly run: Run
  readonly folder: DataFolder
  readonly reporter: Reporter
}) {
  const { ending, folder, reporter, run } = end
  if (ending === "paused") return yield* reporter.note(`paused; go on with: onefold resume ${run.runId}`)
  const summary = yield* summaryOf(yield* findRun(run.runId), run)
  const path = join(folder.reports, `${run.runId}.html`)
  yield* writeReport(path, renderReport(summary))
  yield* reporter.result(summary, path)
})
