/**
 * `onefold export RUN DIR`: a policy as a Hugging Face folder, which transformers loads as it is; of a run that trains an
 * adapter, the adapter as PEFT loads it, or the whole model with the adapter merged into it.
 */
import { mkdir, readdir, rename, rm, writeFile } from "node:fs/promises"
import { dirname, join, resolve } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { decodeParameters, encodeParameters } from "../../learning/policy/checkpoint/checkpoint.ts"
import { carriedConfig } from "../../learning/policy/config.ts"
import { writeAdapter } from "../../learning/policy/training/adapter-files.ts"
import { adapterLayout } from "../../learning/policy/training/lora.ts"
import { mergeAdapter } from "../../learning/policy/training/merge-adapter.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import type { Lora } from "../../schemas/run-config.ts"
import type { Base } from "./base.ts"
import { baseOf } from "./base-of-run.ts"
import { existingDataFolder } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"
import { keptPolicy } from "./kept-policy.ts"
import { configOfRun, findRun } from "./recorded.ts"
import { reporter } from "./reporter.ts"

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

/** @param error what the file system threw */
export const refused = (folder: string, error: unknown): ExportRefused => {
  const code = error instanceof Error && "code" in error ? String(error.code) : ""
  const [detail, next] = refusals[code] ?? [
    error instanceof Error ? error.message : String(error),
    "Name another folder"
  ]
  return new ExportRefused({ folder, detail, next })
}

const notEmpty = (folder: string): ExportRefused => {
  const [detail, next] = refusals.ENOTEMPTY
  return new ExportRefused({ folder, detail, next })
}

/** Only a folder that is missing or empty is written. */
export const refuseUsed = (folder: string) =>
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

/** Written beside its place by `write` and moved there whole; nothing that stands there already is replaced. */
export const writeFolder = <E>(folder: string, write: (draft: string) => Effect.Effect<void, E>) => {
  const draft = `${folder}.draft-${process.pid}`
  const attempt = (act: () => Promise<unknown>) =>
    Effect.tryPromise({ try: act, catch: (error) => refused(folder, error) })
  return attempt(async () => {
    await mkdir(dirname(folder), { recursive: true })
    await mkdir(draft)
  }).pipe(
    Effect.andThen(write(draft)),
    Effect.andThen(attempt(() => rename(draft, folder))),
    Effect.onError(() => Effect.promise(() => rm(draft, { recursive: true, force: true })))
  )
}

/** A whole model: its base's files with these weights. */
const writeModel = (folder: string, weights: Uint8Array, { files }: Base) =>
  writeFolder(folder, (draft) =>
    Effect.tryPromise({
      try: async () => {
        for (const [name, bytes] of files) await writeFile(join(draft, name), exported(name, bytes))
        await writeFile(join(draft, "model.safetensors"), weights)
      },
      catch: (error) => refused(folder, error)
    })
  )

interface Adapted {
  readonly lora: Lora
  /** The adapter's artifact. */
  readonly hash: string
  /** The artifact of the weights that it was trained on. */
  readonly baseHash: string
  readonly isMerged: boolean
}

/** An adapter by itself, or merged into its base. */
const writeAdapted = Effect.fn("export.writeAdapted")(function* (
  folder: string,
  base: Base,
  { baseHash, hash, isMerged, lora }: Adapted
) {
  const { config, layout } = base
  const artifacts = yield* Artifacts
  const weights = yield* decodeParameters(adapterLayout(config, lora), yield* artifacts.load(hash), hash)
  if (!isMerged)
    return yield* writeFolder(folder, (draft) => writeAdapter(draft, config, { base: base.folder, lora, weights }))
  const whole = yield* decodeParameters(layout, yield* artifacts.load(baseHash), baseHash)
  return yield* writeModel(folder, encodeParameters(layout, mergeAdapter(config, lora, whole, weights)), base)
})

export const exportRun = Effect.fn("export")(function* (options: {
  readonly run: string
  readonly folder: string
  /** A number of updates, `chosen`, `best-on-test` or `last`. */
  readonly step: string
  readonly merged: boolean
  readonly dataDir: string
  readonly model: string | null
}) {
  const data = yield* existingDataFolder(options.dataDir)
  const folder = resolve(options.folder)
  yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const config = yield* configOfRun(recorded)
    const { hash, of, step } = yield* keptPolicy(recorded, config, options.step)
    yield* refuseUsed(folder)
    const { lora } = config
    const base = yield* baseOf(config, options.model)
    const { baseHash } = recorded.started
    yield* lora === undefined
      ? writeModel(folder, yield* (yield* Artifacts).load(hash), base)
      : writeAdapted(folder, base, { lora, hash, baseHash, isMerged: options.merged })
    const what = lora === undefined ? "policy" : options.merged ? "merged policy" : "adapter"
    yield* reporter({ json: false }).note(`wrote ${what} ${step} of ${of.started.runId} to ${folder} (sha256 ${hash})`)
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(data), layerLocal(data.blobs))))
})
