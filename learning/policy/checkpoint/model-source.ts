/**
 * Where a model that was named lies on disk: a folder, or an id of the Hugging Face hub, whose files are brought into a
 * cache by commit.
 *
 * A folder of the name wins. Without network the cache serves what it holds.
 */
import { stat } from "node:fs/promises"
import { Effect } from "effect"
import { shardNames } from "./checkpoint-tensors.ts"
import { commitOf, filesOf, type Hub, type HubFile, type HubId, isDataSet } from "./hub.ts"
import {
  fetchFile,
  isComplete,
  markComplete,
  type Progress,
  rememberCommit,
  rememberedCommit,
  snapshotFolder
} from "./model-cache.ts"
import { ModelUnavailable } from "./model-unavailable.ts"

export interface ModelSettings extends Hub {
  /** The folder that models of the hub are kept in. */
  readonly cache: string
  /** Never asks the hub. */
  readonly offline: boolean
  readonly progress?: Progress
}

export interface LocatedModel {
  readonly folder: string
  /** What the folder is a copy of; null for a folder that was named as such. */
  readonly hub: { readonly repo: string; readonly revision: string; readonly commit: string } | null
}

const part = "[A-Za-z0-9][A-Za-z0-9_.-]{0,95}"
const hubName = new RegExp(`^(${part}/${part})(?:@([A-Za-z0-9_][A-Za-z0-9_./-]{0,199}))?$`)

/** The id of the hub that a name is, or null: `owner/name`, or `owner/name@revision`. */
export const hubIdOf = (name: string): HubId | null => {
  const [, repo, revision = "main"] = hubName.exec(name) ?? []
  return repo === undefined || name.includes("..") ? null : { name, repo, revision }
}

const isCommit = (revision: string): boolean => /^[0-9a-f]{40}$/.test(revision)

export const offline = (id: HubId, { cache, endpoint }: ModelSettings, reason: string): ModelUnavailable =>
  new ModelUnavailable({
    model: id.name,
    kind: "network",
    reason: `${reason}, and ${cache} does not hold it whole`,
    next: `give a ${isDataSet(id) ? "file" : "folder"}, or run once with network: it needs ${endpoint} to fill the cache`
  })

/** The commit of a revision: from the hub, or as it was when last looked up where the hub cannot be reached. */
export const resolved = Effect.fn("modelSource.resolved")(function* (id: HubId, settings: ModelSettings) {
  if (isCommit(id.revision)) return id.revision
  const remembered = yield* rememberedCommit(settings.cache, id)
  if (settings.offline) return remembered ?? (yield* offline(id, settings, "the hub may not be asked"))
  const commit = yield* commitOf(settings, id).pipe(
    Effect.catchIf(
      ({ kind }) => kind === "network",
      (error) => (remembered === null ? Effect.fail(offline(id, settings, error.reason)) : Effect.succeed(remembered))
    )
  )
  if (commit !== remembered) yield* rememberCommit(settings.cache, id, commit)
  return commit
})

const wanted =
  /^((config|generation_config|tokenizer|tokenizer_config|special_tokens_map|chat_template)\.json|chat_template\.jinja)$/
const weights = "model.safetensors"
const index = "model.safetensors.index.json"

const fill = Effect.fn("modelSource.fill")(function* (id: HubId, settings: ModelSettings, commit: string) {
  const { cache } = settings
  const all = new Map((yield* filesOf(settings, id, commit)).map((file) => [file.path, file]))
  const fetched: Array<HubFile> = []
  const refuse = (reason: string) =>
    new ModelUnavailable({ model: id.name, kind: "files", reason, next: "choose a model with safetensors weights" })
  const bring = Effect.fnUntraced(function* (path: string) {
    const file = all.get(path)
    if (file === undefined) return yield* refuse(`the hub has no ${path} in it`)
    yield* fetchFile(settings, cache, id, commit, file, settings.progress ?? (() => undefined))
    fetched.push(file)
  })
  if (!all.has(weights) && !all.has(index)) return yield* refuse(`it has neither ${weights} nor ${index}`)
  yield* bring("config.json")
  for (const path of all.keys()) if (wanted.test(path) && path !== "config.json") yield* bring(path)
  if (all.has(weights)) yield* bring(weights)
  else {
    yield* bring(index)
    for (const shard of yield* shardNames(snapshotFolder(cache, id, commit))) yield* bring(shard)
  }
  yield* markComplete(cache, id, commit, fetched)
})

/**
 * Where a model lies, downloaded first if need be.
 *
 * Fails with ModelUnavailable, which says why and what to do, or CheckpointInvalid for an index that is none.
 */
export const locateModel = Effect.fn("modelSource.locate")(function* (name: string, settings: ModelSettings) {
  const found = yield* Effect.promise(() => stat(name).catch(() => null))
  const unnamed = (reason: string) =>
    new ModelUnavailable({
      model: name === "" ? '""' : name,
      kind: "name",
      reason,
      next: "give a model's folder, or its id on the hub as owner/name or owner/name@revision"
    })
  const folder: LocatedModel = { folder: name, hub: null }
  if (found?.isDirectory()) return folder
  if (found !== null) return yield* unnamed("it is a file, not the folder that a model lies in")
  const id = hubIdOf(name)
  if (id === null) return yield* unnamed("there is no such folder")
  const commit = yield* resolved(id, settings)
  const { repo, revision } = id
  const located: LocatedModel = {
    folder: snapshotFolder(settings.cache, id, commit),
    hub: { repo, revision, commit }
  }
  if (yield* isComplete(settings.cache, id, commit)) return located
  if (settings.offline) return yield* offline(id, settings, "the hub may not be asked")
  yield* fill(id, settings, commit).pipe(
    Effect.catchIf(
      (error) => error._tag === "ModelUnavailable" && error.kind === "network",
      ({ reason }) => Effect.fail(offline(id, settings, reason))
    )
  )
  return located
})
