/**
 * Models of the hub on this machine's disk: a folder for each commit, which counts as there when all of it is.
 *
 *   CACHE/OWNER--NAME/refs/REVISION.json   the commit that a revision was when it was last looked up
 *   CACHE/OWNER--NAME/COMMIT/…             the files, each moved here when its hash was right
 *   CACHE/OWNER--NAME/COMMIT/complete.json which files there are, written last
 *
 * A file that is under way ends in .part and goes on where it was cut.
 */
import { createHash } from "node:crypto"
import { createReadStream } from "node:fs"
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { Effect, Schedule, Schema } from "effect"
import { download, type Hub, type HubFile, type HubId } from "./hub.ts"
import { ModelUnavailable } from "./model-unavailable.ts"

/** How far a download is; called for every piece. */
export type Progress = (file: { readonly path: string; readonly received: number; readonly size: number }) => void

const Complete = Schema.Struct({
  repo: Schema.String,
  commit: Schema.String,
  files: Schema.Array(Schema.Struct({ path: Schema.String, size: Schema.Int }))
})
const Reference = Schema.Struct({ commit: Schema.String.check(Schema.isPattern(/^[0-9a-f]{40}$/)) })

const completeFile = "complete.json"
/** Times that a download goes on by itself after the connection was cut. */
const resumptions = 4

const modelFolder = (cache: string, { repo }: HubId): string => join(cache, repo.replaceAll("/", "--"))
export const snapshotFolder = (cache: string, id: HubId, commit: string): string => join(modelFolder(cache, id), commit)
const referenceFile = (cache: string, id: HubId): string =>
  join(modelFolder(cache, id), "refs", `${encodeURIComponent(id.revision)}.json`)

const onDisk = <A>({ name }: HubId, run: () => Promise<A>) =>
  Effect.tryPromise({ try: run, catch: (cause) => diskProblem(name, cause) })

const diskProblem = (model: string, cause: unknown): ModelUnavailable =>
  new ModelUnavailable({
    model,
    kind: "disk",
    reason: `the cache cannot be used: ${cause instanceof Error ? cause.message : String(cause)}`,
    next: "free its disk or name another cache folder"
  })

/** What a small JSON file of the cache says; null where there is none or it is damaged: both are looked up again. */
const recorded = <A>(schema: Schema.Codec<A, unknown> | Schema.Codec<A>, path: string) =>
  Effect.promise(() => readFile(path, "utf8").catch(() => "")).pipe(
    Effect.flatMap(Schema.decodeUnknownEffect(Schema.fromJsonString(schema))),
    Effect.orElseSucceed(() => null)
  )

const writeWhole = async (path: string, content: unknown): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.part`, `${JSON.stringify(content, undefined, 2)}\n`)
  await rename(`${path}.part`, path)
}

const sizeOf = (path: string): Promise<number | null> =>
  stat(path).then(
    ({ size }) => size,
    () => null
  )

/** The commit that a revision was when it was last looked up, or null. */
export const rememberedCommit = (cache: string, id: HubId) =>
  recorded(Reference, referenceFile(cache, id)).pipe(Effect.map((reference) => reference?.commit ?? null))

export const rememberCommit = (cache: string, id: HubId, commit: string) =>
  onDisk(id, () => writeWhole(referenceFile(cache, id), { commit }))

/** Whether a commit's files are all there. */
export const isComplete = Effect.fn("modelCache.isComplete")(function* (cache: string, id: HubId, commit: string) {
  const folder = snapshotFolder(cache, id, commit)
  const complete = yield* recorded(Complete, join(folder, completeFile))
  if (complete === null) return false
  for (const { path, size } of complete.files) {
    if ((yield* Effect.promise(() => sizeOf(join(folder, path)))) !== size) return false
  }
  return true
})

export const markComplete = (cache: string, id: HubId, commit: string, files: ReadonlyArray<HubFile>) =>
  onDisk(id, () =>
    writeWhole(join(snapshotFolder(cache, id, commit), completeFile), {
      repo: id.repo,
      commit,
      files: files.map(({ hash, path, size }) => ({ path, size, [hash.kind]: hash.value }))
    })
  )

/** SHA-256 of a file's bytes, or the SHA-1 by which git names them. */
const hashOf = async (path: string, { hash, size }: HubFile): Promise<string> => {
  const hasher = hash.kind === "git" ? createHash("sha1").update(`blob ${size}\0`) : createHash("sha256")
  for await (const piece of createReadStream(path)) hasher.update(piece)
  return hasher.digest("hex")
}

/** Goes on with a file from where its part ends; fails with kind "cut" where it is cut. */
const goOn = Effect.fn("modelCache.goOn")(function* (
  hub: Hub,
  id: HubId,
  commit: string,
  file: HubFile,
  part: string,
  progress: Progress
) {
  const { path, size } = file
  const there = (yield* Effect.promise(() => sizeOf(part))) ?? 0
  const begin = there > size ? 0 : there
  const handle = yield* Effect.acquireRelease(
    onDisk(id, () => open(part, begin === 0 ? "w" : "a")),
    (handle) => Effect.promise(() => handle.close())
  )
  let received = begin
  const fail = (kind: ModelUnavailable["kind"], reason: string) =>
    new ModelUnavailable({ model: id.name, kind, reason, next: "run it again; what was downloaded is kept" })
  const write = async (piece: Uint8Array): Promise<void> => {
    received += piece.length
    if (received > size) throw fail("hash", `${path} is longer than the ${size} bytes that the hub announced`)
    await handle.writeFile(piece).catch((cause) => Promise.reject(diskProblem(id.name, cause)))
    progress({ path, received, size })
  }
  if (begin < size) yield* download(hub, id, commit, { path, begin }, write)
  if (received < size) return yield* fail("cut", `${path} was cut after ${received} of ${size} bytes`)
  yield* onDisk(id, () => handle.sync())
}, Effect.scoped)

/** Puts one file of a commit in its place, unless it is there. */
export const fetchFile = Effect.fn("modelCache.fetchFile")(function* (
  hub: Hub,
  cache: string,
  id: HubId,
  commit: string,
  file: HubFile,
  progress: Progress
) {
  const target = join(snapshotFolder(cache, id, commit), file.path)
  const part = `${target}.part`
  if ((yield* Effect.promise(() => sizeOf(target))) === file.size) return
  yield* onDisk(id, () => mkdir(dirname(target), { recursive: true }))
  const schedule = Schedule.exponential("200 millis")
  yield* goOn(hub, id, commit, file, part, progress).pipe(
    Effect.retry({ times: resumptions, schedule, while: ({ kind }) => kind === "cut" || kind === "network" }),
    Effect.tapError(({ kind }) => (kind === "hash" ? onDisk(id, () => rm(part, { force: true })) : Effect.void))
  )
  const hash = yield* onDisk(id, () => hashOf(part, file))
  if (hash !== file.hash.value) {
    yield* onDisk(id, () => rm(part, { force: true }))
    return yield* new ModelUnavailable({
      model: id.name,
      kind: "hash",
      reason: `${file.path} came with the hash ${hash}, but the hub says ${file.hash.value}`,
      next: "it was thrown away; run it again"
    })
  }
  yield* onDisk(id, () => rename(part, target))
})
