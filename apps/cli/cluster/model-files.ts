/**
 * A model's files as one artifact — config, tokenizer, templates — so that a worker needs no folder of it: with the
 * weights, which are an artifact as well, they are laid out as the Hugging Face folder that they came from.
 */
import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Schema } from "effect"
import { Artifacts, ArtifactUnreadable } from "../../../learning/artifacts.ts"
import type { Sha256 } from "../../../schemas/ids.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { type Base, folderOfModel, loadBase, miniatureBase } from "../base.ts"

const Bundle = Schema.fromJsonString(
  Schema.Struct({
    format: Schema.Literal(1),
    /** By name; the bytes in base64. */
    files: Schema.Record(Schema.String, Schema.String)
  })
)

/** A name that leads nowhere else. */
const plainName = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/

/** Stores the files of a base; null for the miniature's, which every worker has. */
export const storeModelFiles = Effect.fn("modelFiles.store")(function* ({ files, folder }: Base) {
  if (folder === miniatureBase) return null
  const encoded = Object.fromEntries([...files].map(([name, bytes]) => [name, Buffer.from(bytes).toString("base64")]))
  const bundle = yield* Effect.orDie(Schema.encodeEffect(Bundle)({ format: 1, files: encoded }))
  return yield* (yield* Artifacts).store(new TextEncoder().encode(bundle))
})

/** The folder appears whole or not at all. */
const lay = async (folder: string, files: ReadonlyMap<string, Uint8Array>): Promise<void> => {
  await mkdir(dirname(folder), { recursive: true })
  const draft = await mkdtemp(`${folder}.new-`)
  try {
    for (const [name, bytes] of files) await writeFile(join(draft, name), bytes)
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Whoever was quicker has laid out the same.
    if (!existsSync(folder)) throw error
  }
}

/** Lays a model out under this folder, once. Gives its folder. */
const laidOut = Effect.fn("modelFiles.laidOut")(function* (root: string, files: Sha256, weights: Sha256) {
  const folder = join(root, `${files.slice(0, 16)}-${weights.slice(0, 16)}`)
  if (existsSync(folder)) return folder
  const artifacts = yield* Artifacts
  const text = new TextDecoder().decode(yield* artifacts.load(files))
  const damaged = (detail: string) =>
    new ArtifactUnreadable({ hash: files, place: root, reason: "hash-mismatch", detail: `it is no model: ${detail}` })
  const bundle = yield* Schema.decodeUnknownEffect(Bundle)(text).pipe(
    Effect.mapError(({ message }) => damaged(message))
  )
  const stray = Object.keys(bundle.files).find((name) => !plainName.test(name))
  if (stray !== undefined) return yield* damaged(`"${stray}" is no file's name`)
  const laid = new Map<string, Uint8Array>()
  for (const [name, base64] of Object.entries(bundle.files)) laid.set(name, Buffer.from(base64, "base64"))
  laid.set("model.safetensors", yield* artifacts.load(weights))
  yield* Effect.tryPromise({
    try: () => lay(folder, laid),
    catch: (cause) => new ArtifactUnreadable({ hash: files, place: folder, reason: "io", detail: String(cause) })
  })
  return folder
})

/** The base that a configuration names, on a machine that may never have seen it. */
export const baseOnWorker = Effect.fn("modelFiles.base")(function* ({ model }: Pick<RunConfig, "model">, root: string) {
  const { files, hash, name } = model
  return yield* loadBase(files === undefined ? folderOfModel(name) : yield* laidOut(root, files, hash))
})
