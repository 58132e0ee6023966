/**
 * Artifacts in a local folder: `<root>/<first two digits>/<sha256>.safetensors`.
 *
 * A file appears under its name only when it is whole and on the disk (written beside it, fsync, rename), and is read
 * only with its hash checked. What a writer that died left behind is removed when the folder is opened.
 */
import { createHash, randomUUID } from "node:crypto"
import { mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Artifacts, ArtifactUnreadable, ArtifactUnwritable, type Sha256 } from "../../learning/artifacts.ts"

const hashPattern = /^[0-9a-f]{64}$/
const draftPattern = /^\.draft-(\d+)-/

const codeOf = (error: unknown): string =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "unknown"

const unwritable = (place: string, error: unknown): ArtifactUnwritable => {
  const code = codeOf(error)
  const reason =
    code === "ENOSPC" || code === "EDQUOT" ? "full" : /^(EACCES|EPERM|EROFS)$/.test(code) ? "not-writable" : "io"
  return new ArtifactUnwritable({ place, reason, detail: error instanceof Error ? error.message : String(error) })
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === "EPERM"
  }
}

const removeLeftovers = async (root: string): Promise<void> => {
  await mkdir(root, { recursive: true })
  for (const name of await readdir(root)) {
    const pid = draftPattern.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(root, name), { force: true })
  }
}

const writeWhole = async (root: string, path: string, bytes: Uint8Array): Promise<void> => {
  const draft = join(root, `.draft-${process.pid}-${randomUUID()}`)
  try {
    const file = await open(draft, "wx")
    try {
      await file.writeFile(bytes)
      await file.datasync()
    } finally {
      await file.close()
    }
    await mkdir(join(path, ".."), { recursive: true })
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

const sha256 = (bytes: Uint8Array): Sha256 => createHash("sha256").update(bytes).digest("hex")

/** Artifacts kept under this folder, which is made if it is not there. */
export const layerLocal = (root: string): Layer.Layer<Artifacts, ArtifactUnwritable> =>
  Layer.effect(
    Artifacts,
    Effect.gen(function* () {
      yield* Effect.tryPromise({ try: () => removeLeftovers(root), catch: (error) => unwritable(root, error) })
      const pathOf = (hash: Sha256): string => join(root, hash.slice(0, 2), `${hash}.safetensors`)
      const sizeOf = (path: string): Promise<number | null> =>
        stat(path).then(
          ({ size }) => size,
          () => null
        )

      const store = Effect.fn("Artifacts.store")(function* (bytes: Uint8Array) {
        const hash = sha256(bytes)
        const path = pathOf(hash)
        yield* Effect.tryPromise({
          try: async () => {
            if ((await sizeOf(path)) !== bytes.length) await writeWhole(root, path, bytes)
          },
          catch: (error) => unwritable(path, error)
        })
        return hash
      })

      const load = Effect.fn("Artifacts.load")(function* (hash: Sha256) {
        if (!hashPattern.test(hash))
          return yield* new ArtifactUnreadable({ hash, place: root, reason: "bad-name", detail: "it is no SHA-256" })
        const place = pathOf(hash)
        const bytes = yield* Effect.tryPromise({
          try: () => readFile(place),
          catch: (error) =>
            new ArtifactUnreadable({
              hash,
              place,
              reason: codeOf(error) === "ENOENT" ? "missing" : "io",
              detail: error instanceof Error ? error.message : String(error)
            })
        })
        const actual = sha256(bytes)
        if (actual !== hash)
          return yield* new ArtifactUnreadable({
            hash,
            place,
            reason: "hash-mismatch",
            detail: `its bytes have the hash ${actual}; remove the file and make it anew with a replay`
          })
        return bytes
      })

      const has = (hash: Sha256) => Effect.promise(() => sizeOf(pathOf(hash))).pipe(Effect.map((size) => size !== null))
      return Artifacts.of({ store, load, has })
    })
  )
