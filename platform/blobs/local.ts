/**
 * Artifacts in a local folder: `<root>/<first two digits>/<sha256>.safetensors`.
 *
 * A file appears under its name only when it is whole and on the disk (written beside it, fsync, rename, fsync of the
 * folder), and is read only with its hash checked. So processes may share it, and machines: see docs/blobs.md. What a
 * writer of this machine that died left behind is removed when the folder is opened. Large artifacts are hashed and read
 * in pieces, so that nothing else has to wait for long.
 */
import { rmSync } from "node:fs"
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Layer } from "effect"
import { Artifacts, ArtifactUnreadable, ArtifactUnwritable, type Sha256 } from "../../learning/artifacts.ts"
import { Claims } from "./claims.ts"
import { draftName, isLeftover } from "./draft.ts"
import { isSha256, nameOf, piece, sha256 } from "./hash.ts"

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const unwritable = (place: string, error: unknown): ArtifactUnwritable => {
  const code = codeOf(error)
  const isFull = /^(ENOSPC|EDQUOT|EFBIG)$/.test(code)
  const reason = isFull ? "full" : /^(EACCES|EPERM|EROFS|ENOTDIR)$/.test(code) ? "not-writable" : "io"
  return new ArtifactUnwritable({ place, reason, detail: detailOf(error) })
}

const removeLeftovers = async (root: string): Promise<void> => {
  await mkdir(root, { recursive: true })
  for (const name of (await readdir(root)).filter(isLeftover)) await rm(join(root, name), { force: true })
}

const withFile = async <A>(path: string, flags: string, work: (file: FileHandle) => Promise<A>): Promise<A> => {
  const file = await open(path, flags)
  try {
    return await work(file)
  } finally {
    await file.close()
  }
}

/** A new name is on the disk once its folder is. Windows has no such thing. */
const syncFolder = (path: string): Promise<void> =>
  process.platform === "win32" ? Promise.resolve() : withFile(path, "r", (folder) => folder.sync())

const writeWhole = async (root: string, path: string, bytes: Uint8Array): Promise<void> => {
  const draft = join(root, draftName())
  try {
    await withFile(draft, "wx", async (file) => {
      await file.writeFile(bytes)
      await file.datasync()
    })
    const made = await mkdir(dirname(path), { recursive: true })
    await rename(draft, path)
    await syncFolder(dirname(path))
    if (made !== undefined) await syncFolder(root)
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw error
  }
}

/** The whole file, read in pieces: one read is limited to 2 GiB. */
const readWhole = (path: string): Promise<Uint8Array> =>
  withFile(path, "r", async (file) => {
    const bytes = new Uint8Array((await file.stat()).size)
    for (let at = 0; at < bytes.length; ) {
      const { bytesRead } = await file.read(bytes, at, Math.min(4 * piece, bytes.length - at), at)
      if (bytesRead === 0) return bytes.subarray(0, at)
      at += bytesRead
    }
    return bytes
  })

const sizeOf = (path: string): Promise<number | undefined> =>
  stat(path).then(
    ({ size }) => size,
    () => undefined
  )

/** Where an artifact lies in a folder of them. */
export const pathIn = (root: string, hash: Sha256): string => join(root, nameOf(hash))

/** Artifacts kept under this folder, which is made if it is not there. */
export const layerLocal = (root: string): Layer.Layer<Artifacts, ArtifactUnwritable> =>
  Layer.effect(
    Artifacts,
    Effect.gen(function* () {
      yield* Effect.tryPromise({ try: () => removeLeftovers(root), catch: (error) => unwritable(root, error) })
      const pathOf = (hash: Sha256): string => pathIn(root, hash)
      const claims = new Claims()

      const keep = async (hash: Sha256, bytes: Uint8Array): Promise<void> => {
        claims.begin(hash)
        try {
          const path = pathOf(hash)
          if ((await sizeOf(path)) === bytes.length) claims.again(hash)
          else await writeWhole(root, path, bytes)
        } finally {
          claims.end(hash)
        }
      }

      const store = Effect.fn("Artifacts.store")(function* (bytes: Uint8Array) {
        const hash = yield* Effect.promise(() => sha256(bytes))
        yield* Effect.tryPromise({
          try: () => keep(hash, bytes),
          catch: (error) => unwritable(pathOf(hash), error)
        })
        return hash
      })

      const remove = (hash: Sha256) =>
        Effect.try({
          try: () => {
            if (!isSha256(hash) || !claims.mayGo(hash)) return false
            // At once, so that no store begins between the question and the act.
            rmSync(pathOf(hash), { force: true })
            return true
          },
          catch: (error) => unwritable(pathOf(hash), error)
        })

      const load = Effect.fn("Artifacts.load")(function* (hash: Sha256) {
        if (!isSha256(hash)) {
          return yield* new ArtifactUnreadable({ hash, place: root, reason: "bad-name", detail: "it is no SHA-256" })
        }
        const place = pathOf(hash)
        const bytes = yield* Effect.tryPromise({
          try: () => readWhole(place),
          catch: (error) => {
            const reason = codeOf(error) === "ENOENT" ? "missing" : "io"
            return new ArtifactUnreadable({ hash, place, reason, detail: detailOf(error) })
          }
        })
        const actual = yield* Effect.promise(() => sha256(bytes))
        if (actual === hash) return bytes
        const detail = `its bytes have the hash ${actual}; restore it from a copy of the data folder, or start the run anew`
        return yield* new ArtifactUnreadable({ hash, place, reason: "hash-mismatch", detail })
      })

      const has = (hash: Sha256) =>
        isSha256(hash)
          ? Effect.map(
              Effect.promise(() => sizeOf(pathOf(hash))),
              (size) => size !== undefined
            )
          : Effect.succeed(false)

      return { store, load, has, remove }
    })
  )
