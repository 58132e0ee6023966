/**
 * The files of a model's folder, none of which may lead out of it.
 */
import { type FileHandle, open, readFile, realpath, stat } from "node:fs/promises"
import { basename, dirname, join, sep } from "node:path"
import { Effect } from "effect"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import { parsedJson } from "./checkpoint-json.ts"

export interface FolderFile {
  /** As errors call it. */
  readonly file: string
  /** Where its bytes are, links followed. */
  readonly path: string
  readonly size: number
}

const maxJsonBytes = 64 * 2 ** 20

export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
const isMissing = (cause: unknown): boolean =>
  cause instanceof Error && "code" in cause && (cause.code === "ENOENT" || cause.code === "ENOTDIR")

/** Hugging Face's own cache keeps a snapshot's files as links to `blobs` beside `snapshots`. */
const rootsOf = (folder: string): ReadonlyArray<string> => {
  const snapshots = dirname(folder)
  return basename(snapshots) === "snapshots" ? [folder, join(dirname(snapshots), "blobs")] : [folder]
}

/** The file of this name, or null where there is none. Fails where it is no file or a link leads out of the folder. */
export const findFile = Effect.fn("checkpoint.findFile")(function* (folder: string, name: string) {
  const file = join(folder, name)
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: "", reason })
  const found = yield* Effect.tryPromise({
    try: async () => {
      const path = await realpath(file).catch((cause) => (isMissing(cause) ? null : Promise.reject(cause)))
      return path === null ? null : { path, root: await realpath(folder), stats: await stat(path) }
    },
    catch: (cause) => refuse(reasonOf(cause))
  })
  if (found === null) return null
  const { path, root, stats } = found
  if (!rootsOf(root).some((allowed) => path.startsWith(allowed.endsWith(sep) ? allowed : allowed + sep)))
    return yield* refuse("it is a link that leads out of the folder")
  if (!stats.isFile()) return yield* refuse("it is no file")
  const result: FolderFile = { file, path, size: stats.size }
  return result
})

/** The JSON of a file, or undefined where there is none. */
export const readJson = Effect.fn("checkpoint.readJson")(function* (folder: string, name: string) {
  const found = yield* findFile(folder, name)
  if (found === null) return undefined
  const { file, path, size } = found
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: "", reason })
  if (size > maxJsonBytes) return yield* refuse(`it has ${size} bytes, more than ${maxJsonBytes}`)
  const bytes = yield* Effect.tryPromise({ try: () => readFile(path), catch: (cause) => refuse(reasonOf(cause)) })
  return yield* parsedJson(bytes, file)
})

/** Opens a file for as long as `use` runs. */
export const withOpen = <A, E>(
  { file, path }: FolderFile,
  use: (handle: FileHandle) => Effect.Effect<A, E>
): Effect.Effect<A, E | CheckpointInvalid> =>
  Effect.acquireUseRelease(
    Effect.tryPromise({
      try: () => open(path, "r"),
      catch: (cause) => new CheckpointInvalid({ file, what: "", reason: reasonOf(cause) })
    }),
    use,
    (handle) => Effect.promise(() => handle.close())
  )

/** Fills `target` with the bytes from `position` on; rejects where the file ends before. */
export const readFully = async (handle: FileHandle, target: Uint8Array, position: number): Promise<void> => {
  for (let filled = 0; filled < target.length; ) {
    const { bytesRead } = await handle.read(target, filled, target.length - filled, position + filled)
    if (bytesRead === 0) throw new Error("the file became shorter while it was read")
    filled += bytesRead
  }
}
