/**
 * The data folder: everything that runs leave behind, in one place.
 *
 *   onefold.json  which format the folder has
 *   log/          the event log (lmdb)
 *   blobs/        weights, gradients and packed shards by hash
 *   history/      the same events as tables (ClickHouse)
 *   reports/      one HTML file a run
 */
import { constants } from "node:fs"
import { access, mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { join, resolve } from "node:path"
import { Effect, Schema } from "effect"

/** The format this version writes. A folder with a higher one was written by a newer Onefold. */
const format = 1

export class DataFolderUnusable extends Schema.TaggedError<DataFolderUnusable>()("DataFolderUnusable", {
  folder: Schema.String,
  reason: Schema.Literals(["not-writable", "not-a-folder", "full", "locked", "newer-version", "not-ours"]),
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `data folder ${this.folder}: ${this.detail}. ${this.next}`
  }
}

export interface DataFolder {
  readonly root: string
  readonly log: string
  readonly blobs: string
  readonly history: string
  readonly reports: string
}

const Marker = Schema.fromJsonString(Schema.Struct({ format: Schema.Int }))

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

const unusable = (folder: string, error: unknown): DataFolderUnusable => {
  const code = codeOf(error)
  if (code === "ENOSPC" || code === "EDQUOT")
    return new DataFolderUnusable({
      folder,
      reason: "full",
      detail: "the disk is full",
      next: "Free some space or name another folder with --data-dir"
    })
  if (code === "ENOTDIR" || code === "EEXIST")
    return new DataFolderUnusable({
      folder,
      reason: "not-a-folder",
      detail: "something that is no folder stands in its way",
      next: "Name another folder with --data-dir"
    })
  return new DataFolderUnusable({
    folder,
    reason: "not-writable",
    detail: `it cannot be written (${code})`,
    next: "Change its permissions or name another folder with --data-dir"
  })
}

const checkMarker = Effect.fn("dataFolder.checkMarker")(function* (root: string, text: string) {
  const marker = yield* Schema.decodeUnknownEffect(Marker)(text).pipe(
    Effect.mapError(
      () =>
        new DataFolderUnusable({
          folder: root,
          reason: "not-ours",
          detail: "its onefold.json is damaged or was not written by Onefold",
          next: "Name another folder with --data-dir"
        })
    )
  )
  if (marker.format > format)
    return yield* new DataFolderUnusable({
      folder: root,
      reason: "newer-version",
      detail: `it has format ${marker.format}, this version knows ${format}`,
      next: "Update Onefold or name another folder with --data-dir"
    })
})

const readMarker = (path: string, root: string) =>
  Effect.tryPromise({ try: () => readFile(path, "utf8"), catch: (error) => error }).pipe(
    Effect.catch((error) => (codeOf(error) === "ENOENT" ? Effect.succeed(null) : Effect.fail(unusable(root, error))))
  )

/** Written whole or not at all, so that a kill or a full disk leaves no half of it. */
const writeMarker = async (path: string): Promise<void> => {
  const draft = `${path}.new`
  try {
    await writeFile(draft, `${JSON.stringify({ format })}\n`)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

const foldersUnder = (root: string): DataFolder => ({
  root,
  log: join(root, "log"),
  blobs: join(root, "blobs"),
  history: join(root, "history"),
  reports: join(root, "reports")
})

/** Opens a data folder for writing, making what is missing. Fails with DataFolderUnusable before anything else is touched. */
export const openDataFolder = Effect.fn("dataFolder.open")(function* (path: string) {
  const root = resolve(path)
  const folder = foldersUnder(root)
  const marker = join(root, "onefold.json")
  yield* Effect.tryPromise({
    try: () => mkdir(root, { recursive: true }).then(() => access(root, constants.W_OK | constants.X_OK)),
    catch: (error) => unusable(root, error)
  })
  const text = yield* readMarker(marker, root)
  if (text !== null) yield* checkMarker(root, text)
  yield* Effect.tryPromise({
    try: async () => {
      if (text === null) await writeMarker(marker)
      for (const path of [folder.log, folder.blobs, folder.history, folder.reports])
        await mkdir(path, { recursive: true })
    },
    catch: (error) => unusable(root, error)
  })
  return folder
})

/** Opens a data folder that must be there already. */
export const existingDataFolder = Effect.fn("dataFolder.existing")(function* (path: string) {
  const root = resolve(path)
  const found = yield* Effect.promise(() =>
    stat(join(root, "onefold.json")).then(
      () => true,
      () => false
    )
  )
  if (!found)
    return yield* new DataFolderUnusable({
      folder: root,
      reason: "not-ours",
      detail: "no run has been recorded there",
      next: 'Start one with "onefold run", or name the right folder with --data-dir'
    })
  return yield* openDataFolder(root)
})
