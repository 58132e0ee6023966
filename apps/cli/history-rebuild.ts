/**
 * `onefold history rebuild`, `check` and `fill`: the tables as the log says they are.
 */
import { Effect, Schema } from "effect"
import { layerLocal } from "../../platform/blobs/local.ts"
import type { ComparedTable } from "../../platform/history/comparison.ts"
import { fill, rebuild } from "../../platform/history/rebuild.ts"
import { configuredServer } from "../../platform/history/server/configured.ts"
import { ownerOf } from "../../platform/log/folder-owner.ts"
import { type DataFolder, DataFolderUnusable, existingDataFolder } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { openHistory } from "./history-place.ts"
import { chosenRuns, projectedRuns } from "./history-runs.ts"
import { writeLines } from "./json-lines.ts"
import { aligned, cell } from "./report/grid.ts"
import { reporter, terminalOf } from "./reporter.ts"

interface Options {
  readonly run: string | null
  readonly model: string | null
  readonly dataDir: string
  readonly json: boolean
}

/** The tables hold other rows than the log says. */
export class HistoryDiffers extends Schema.TaggedError<HistoryDiffers>()("HistoryDiffers", {
  folder: Schema.String,
  tables: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `the history in ${this.folder} is not what the log says: ${this.tables.join(", ")} differ. "onefold history rebuild" makes it anew`
  }
}

/** A live run's history is its own until it ends. Fails with DataFolderUnusable, which names the process. */
const refuseLive = Effect.fn("historyRebuild.refuseLive")(function* ({ history, log, root }: DataFolder) {
  const owner = ownerOf(log) ?? ownerOf(history)
  if (owner === undefined) return
  return yield* new DataFolderUnusable({
    folder: root,
    reason: "locked",
    detail: `process ${owner} is at work in it`,
    next: "Wait for it, or stop it with Ctrl-C and resume it later"
  })
})

const words = {
  equal: "equal",
  new: "new: these runs were recorded before the table was made",
  different: "different"
} as const

const print = (tables: ReadonlyArray<ComparedTable>): string => {
  const terminal = terminalOf(process.stdout)
  const rows = [
    ["table", "rows", "before", "after", ""].map((text) => cell(terminal, text, "quiet")),
    ...tables.map(({ after, before, rows, table, verdict }) =>
      [table, String(rows), before, after, words[verdict]].map((text) => cell(terminal, text))
    )
  ]
  return aligned(rows, ["left", "right", "left", "left", "left"])
    .map(({ shown }) => `${shown}\n`)
    .join("")
}

const tell = (tables: ReadonlyArray<ComparedTable>, json: boolean) =>
  json ? writeLines([{ type: "rebuild", tables }]) : Effect.sync(() => process.stdout.write(print(tables)))

const compare = Effect.fn("historyRebuild.compare")(function* (options: Options, isKept: boolean) {
  const { dataDir, json, model, run } = options
  const folder = yield* existingDataFolder(dataDir)
  if ((yield* configuredServer) !== null)
    return yield* new OptionsConflict({
      reason:
        "a history on a server is not made anew in place: drop its database onefold there, then run onefold history fill"
    })
  yield* refuseLive(folder)
  return yield* Effect.gen(function* () {
    const runs = yield* projectedRuns(yield* chosenRuns(run), model)
    const tables = yield* rebuild({ folder: folder.history, runs, isAll: run === null, isKept })
    yield* tell(tables, json)
    return { folder: folder.history, tables }
  }).pipe(Effect.provide([folderLog(folder), layerLocal(folder.blobs)]))
})

export const rebuildHistory = Effect.fn("history.rebuild")(function* (options: Options) {
  const { tables } = yield* compare(options, true)
  const equal = tables.filter(({ equal }) => equal).length
  if (!options.json)
    yield* reporter({ json: false }).note(`${equal} of ${tables.length} tables held the same rows before`)
})

/** Fails with HistoryDiffers where a table is different; a table that is new to its runs is no difference. */
export const checkHistory = Effect.fn("history.check")(function* (options: Options) {
  const { folder, tables } = yield* compare(options, false)
  const different = tables.filter(({ verdict }) => verdict === "different").map(({ table }) => table)
  if (different.length > 0) return yield* new HistoryDiffers({ folder, tables: different })
})

export const fillHistory = Effect.fn("history.fill")(function* ({ dataDir, json, model, run }: Options) {
  const folder = yield* existingDataFolder(dataDir)
  yield* refuseLive(folder)
  yield* Effect.gen(function* () {
    const runs = yield* projectedRuns(yield* chosenRuns(run), model)
    const { place, store } = yield* openHistory(folder)
    yield* fill(store, place, runs)
    const names = runs.map(({ runId }) => runId)
    if (json) return yield* writeLines(names.map((run) => ({ type: "filled", run })))
    yield* reporter({ json }).note(`${place} holds every row of ${names.join(", ") || "no run"}`)
  }).pipe(Effect.scoped, Effect.provide([folderLog(folder), layerLocal(folder.blobs)]))
})
