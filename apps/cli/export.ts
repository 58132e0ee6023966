/**
 * `onefold export RUN DIR`: a policy as a Hugging Face folder, which transformers loads as it is.
 */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { carriedConfig } from "../../learning/policy/config.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import { type Base, loadBase } from "./base.ts"
import { existingDataFolder } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"
import { findRun, modelOf, type RecordedRun } from "./recorded.ts"
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

/** The folder to export to cannot be made. */
export class ExportRefused extends Schema.TaggedError<ExportRefused>()("ExportRefused", {
  folder: Schema.String,
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `cannot export to ${this.folder}: ${this.detail}. ${this.next}`
  }
}

const refusals: Readonly<Record<string, readonly [detail: string, next: string]>> = {
  ENOTDIR: ["something that is no folder stands in its way", "Name another folder"],
  ENOTEMPTY: ["it is not empty", "Name a folder that does not exist yet"],
  ENOSPC: ["the disk is full", "Free some space or name a folder on another disk"],
  EACCES: ["this user may not write there", "Name another folder"],
  EROFS: ["its disk is read-only", "Name a folder on another disk"]
}

const refused = (folder: string, error: unknown): ExportRefused => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  const [detail, next] = refusals[code] ?? [
    error instanceof Error ? error.message : String(error),
    "Name another folder"
  ]
  return new ExportRefused({ folder, detail, next })
}

const policyAt = Effect.fn("export.policyAt")(function* ({ policies, started }: RecordedRun, step: number | null) {
  const latest = policies.reduce((best, policy) => Math.max(best, policy.step), 0)
  const wanted = step ?? latest
  if (wanted === 0) return { step: 0, hash: started.baseHash }
  const policy = policies.find((each) => each.step === wanted)
  if (policy === undefined) return yield* new StepNotStored({ runId: started.runId, step: wanted, latest })
  return { step: wanted, hash: policy.policyHash }
})

const notEmpty = (folder: string): ExportRefused => {
  const [detail, next] = refusals.ENOTEMPTY
  return new ExportRefused({ folder, detail, next })
}

/** Only a folder that is missing or empty is written. */
const refuseUsed = (folder: string) =>
  Effect.tryPromise({
    try: () =>
      readdir(folder).catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return []
        throw error
      }),
    catch: (error) => refused(folder, error)
  }).pipe(Effect.flatMap((names) => (names.length === 0 ? Effect.void : Effect.fail(notEmpty(folder)))))

/** A file of the base as an export has it, whose weights are float32 whatever the base's are. */
const exported = (name: string, bytes: Uint8Array): Uint8Array | string => {
  if (name !== "config.json") return bytes
  return `${JSON.stringify(carriedConfig(JSON.parse(new TextDecoder().decode(bytes))), undefined, 2)}\n`
}

/** Written beside its place and moved there whole; nothing that stands there already is replaced. */
const writeFolder = (folder: string, weights: Uint8Array, { files }: Base) =>
  Effect.tryPromise({
    try: async () => {
      const draft = `${folder}.draft-${process.pid}`
      await mkdir(dirname(folder), { recursive: true })
      await mkdir(draft)
      try {
        for (const [name, bytes] of files) await writeFile(join(draft, name), exported(name, bytes))
        await writeFile(join(draft, "model.safetensors"), weights)
        await rename(draft, folder)
      } catch (error) {
        await rm(draft, { recursive: true, force: true })
        throw error
      }
    },
    catch: (error) => refused(folder, error)
  })

export const exportRun = Effect.fn("export")(function* (options: {
  readonly run: string
  readonly folder: string
  readonly step: number | null
  readonly dataDir: string
  readonly model: string | null
}) {
  const data = yield* existingDataFolder(options.dataDir)
  const folder = resolve(options.folder)
  yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const policy = yield* policyAt(recorded, options.step)
    yield* refuseUsed(folder)
    const base = yield* loadBase(options.model ?? (yield* modelOf(recorded)))
    const weights = yield* (yield* Artifacts).load(policy.hash)
    yield* writeFolder(folder, weights, base)
    yield* reporter({ json: false }).note(
      `wrote policy ${policy.step} of ${recorded.started.runId} to ${folder} (sha256 ${policy.hash})`
    )
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(data), layerLocal(data.blobs))))
})
