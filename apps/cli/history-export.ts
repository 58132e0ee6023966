/**
 * `onefold export-history RUN --parquet DIR`: a run's rows as Parquet files, one for each table.
 */
import { rmSync } from "node:fs"
import { copyFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { Effect } from "effect"
import { type ParquetFile, saveFromFolder, saveFromServer, writeParquet } from "../../platform/history/parquet.ts"
import { passage } from "../../platform/history/store.ts"
import { existingDataFolder } from "./data-folder.ts"
import { refused, refuseUsed, writeFolder } from "./export.ts"
import { folderLog } from "./folder-log.ts"
import { openHistory } from "./history-place.ts"
import { writeLines } from "./json-lines.ts"
import { findRun } from "./recorded.ts"
import { reporter } from "./reporter.ts"

/** Writes to a folder whose name the engine does not take for a pattern, then to where it is wanted. */
const writePlainly = async (
  draft: string,
  write: (folder: string) => Promise<ReadonlyArray<ParquetFile>>
): Promise<ReadonlyArray<ParquetFile>> => {
  const plain = passage(join(draft, "plain"))
  try {
    const written = await write(plain)
    for (const { file } of written) await copyFile(join(plain, file), join(draft, file))
    return written
  } finally {
    rmSync(plain, { recursive: true, force: true })
  }
}

export const exportHistory = Effect.fn("exportHistory")(function* (options: {
  readonly run: string
  readonly parquet: string
  readonly dataDir: string
  readonly json: boolean
}) {
  const data = yield* existingDataFolder(options.dataDir)
  const folder = resolve(options.parquet)
  yield* Effect.gen(function* () {
    const { runId } = (yield* findRun(options.run)).started
    yield* refuseUsed(folder)
    const { isServer, store } = yield* openHistory(data)
    const connection = yield* Effect.acquireRelease(
      Effect.sync(() => store.connect()),
      ({ close }) => Effect.sync(close)
    )
    const save = isServer ? saveFromServer(connection) : saveFromFolder(connection)
    let files: ReadonlyArray<ParquetFile> = []
    yield* writeFolder(folder, (draft) =>
      Effect.tryPromise({
        try: async () => {
          files = await writePlainly(draft, (plain) => writeParquet(connection, save, runId, plain))
        },
        catch: (cause) => refused(folder, cause)
      })
    )
    if (options.json) return yield* writeLines(files.map((file) => ({ type: "exported", run: runId, ...file })))
    const rows = files.reduce((sum, file) => sum + file.rows, 0)
    yield* reporter({ json: false }).note(`wrote ${rows} rows of ${runId} as ${files.length} files to ${folder}`)
  }).pipe(Effect.scoped, Effect.provide(folderLog(data)))
})
