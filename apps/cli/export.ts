/**
 * `onefold export RUN DIR`: a policy as a Hugging Face folder, which transformers loads as it is.
 */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import { type Base, loadBase, miniatureBase } from "./base.ts"
import { existingDataFolder } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"
import { findRun, type RecordedRun } from "./recorded.ts"
import { reporter } from "./reporter.ts"

/** The run has no policy of this step (yet). */
export class StepNotStored extends Schema.TaggedError<StepNotStored>()("StepNotStored", {
  runId: Schema.String,
  step: Schema.Int,
  latest: Schema.Int
}) {
  override get message(): string {
    return `run ${this.runId} has no policy after ${this.step} updates; it has those from 0 to ${this.latest}`
  }
}

export class FolderNotEmpty extends Schema.TaggedError<FolderNotEmpty>()("FolderNotEmpty", {
  folder: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot export to ${this.folder}: ${this.detail}; name a folder that does not exist yet`
  }
}

const policyAt = Effect.fn("export.policyAt")(function* ({ policies, started }: RecordedRun, step: number | null) {
  const latest = policies.reduce((best, policy) => Math.max(best, policy.step), 0)
  const wanted = step ?? latest
  if (wanted === 0) return { step: 0, hash: started.baseHash }
  const policy = policies.find((each) => each.step === wanted)
  if (policy === undefined) return yield* new StepNotStored({ runId: started.runId, step: wanted, latest })
  return { step: wanted, hash: policy.policyHash }
})

const refuseUsed = (folder: string) =>
  Effect.promise(() =>
    readdir(folder).then(
      (names) => (names.length > 0 ? "it is not empty" : null),
      (error: NodeJS.ErrnoException) => (error.code === "ENOENT" ? null : error.message)
    )
  ).pipe(
    Effect.flatMap((detail) => (detail === null ? Effect.void : Effect.fail(new FolderNotEmpty({ folder, detail }))))
  )

/** Written beside its place and moved there whole. */
const writeFolder = (folder: string, weights: Uint8Array, { files }: Base) =>
  Effect.tryPromise({
    try: async () => {
      const draft = `${folder}.new`
      await rm(draft, { recursive: true, force: true })
      await mkdir(dirname(folder), { recursive: true })
      await mkdir(draft)
      for (const [name, bytes] of files) await writeFile(join(draft, name), bytes)
      await writeFile(join(draft, "model.safetensors"), weights)
      await rm(folder, { recursive: true, force: true })
      await rename(draft, folder)
    },
    catch: (error) => new FolderNotEmpty({ folder, detail: error instanceof Error ? error.message : String(error) })
  })

export const exportRun = Effect.fn("export")(function* (options: {
  readonly run: string
  readonly folder: string
  readonly step: number | null
  readonly dataDir: string
}) {
  const base = yield* loadBase(miniatureBase)
  const data = yield* existingDataFolder(options.dataDir)
  const folder = resolve(options.folder)
  yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const policy = yield* policyAt(recorded, options.step)
    yield* refuseUsed(folder)
    const weights = yield* (yield* Artifacts).load(policy.hash)
    yield* writeFolder(folder, weights, base)
    yield* reporter({ json: false }).note(
      `wrote policy ${policy.step} of ${recorded.started.runId} to ${folder} (sha256 ${policy.hash})`
    )
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(data), layerLocal(data.blobs))))
})
