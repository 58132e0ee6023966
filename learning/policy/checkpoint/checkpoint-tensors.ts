/**
 * Which tensors a folder's weights hold and where, from the files' headers alone: `model.safetensors`, or shards with
 * an index that must say the same as they do.
 */
import { basename, join } from "node:path"
import { Effect, Schema } from "effect"
import { type FolderFile, findFile, readFully, readJson, reasonOf, withOpen } from "./checkpoint-files.ts"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import { checkedJson } from "./checkpoint-json.ts"
import { decodeHeader, type Entry, headerLength, prefixBytes } from "./safetensors-header.ts"

export interface StoredTensor extends Entry {
  readonly source: FolderFile
}

export interface StoredTensors {
  readonly byName: ReadonlyMap<string, StoredTensor>
  /** What to call the whole in an error: the one file, or the index. */
  readonly place: string
}

export const weightsFile = "model.safetensors"
export const indexFile = "model.safetensors.index.json"

const readHeader = Effect.fn("checkpoint.readHeader")(function* (source: FolderFile) {
  const { file, size } = source
  return yield* withOpen(source, (handle) =>
    Effect.gen(function* () {
      const read = (length: number, position: number) =>
        Effect.tryPromise({
          try: async () => {
            const bytes = new Uint8Array(length)
            await readFully(handle, bytes, position)
            return bytes
          },
          catch: (cause) => new CheckpointInvalid({ file, what: "header", reason: reasonOf(cause) })
        })
      const length = yield* headerLength(yield* read(Math.min(size, prefixBytes), 0), size, file)
      return yield* decodeHeader(yield* read(length, prefixBytes), size, file)
    })
  )
})

const Index = Schema.Struct({
  metadata: Schema.optional(Schema.NullOr(Schema.Struct({ total_size: Schema.optional(Schema.Number) }))),
  weight_map: Schema.Record(Schema.String, Schema.String)
})

/** The shard of each tensor; every shard a plain name within the folder. */
const decodeIndex = Effect.fn("checkpoint.decodeIndex")(function* (json: unknown, file: string) {
  const { metadata, weight_map } = yield* checkedJson(Index, json, file)
  for (const [tensor, shard] of Object.entries(weight_map)) {
    if (shard === basename(shard) && !shard.includes("\\") && shard.endsWith(".safetensors")) continue
    const reason = `${JSON.stringify(shard.slice(0, 120))} is no safetensors file of this folder`
    return yield* new CheckpointInvalid({ file, what: tensor, reason })
  }
  return { shardOf: new Map(Object.entries(weight_map)), totalBytes: metadata?.total_size ?? null }
})

/** The shards that a folder's index names. */
export const shardNames = Effect.fn("checkpoint.shardNames")(function* (folder: string) {
  const { shardOf } = yield* decodeIndex(yield* readJson(folder, indexFile), join(folder, indexFile))
  return [...new Set(shardOf.values())].sort()
})

const required = Effect.fn("checkpoint.required")(function* (folder: string, name: string) {
  const found = yield* findFile(folder, name)
  if (found !== null) return found
  return yield* new CheckpointInvalid({ file: join(folder, name), what: "", reason: "there is no such file" })
})

/** The tensors of one file of a folder. Reads its header only. */
export const tensorsIn = Effect.fn("checkpoint.tensorsIn")(function* (folder: string, name: string) {
  const source = yield* required(folder, name)
  const { entries } = yield* readHeader(source)
  const byName = new Map(entries.map((entry) => [entry.name, { ...entry, source }]))
  const stored: StoredTensors = { byName, place: source.file }
  return stored
})

/** Shards hold what the index says, no more and no less. */
const shards = Effect.fn("checkpoint.shards")(function* (
  folder: string,
  place: string,
  { shardOf, totalBytes }: Effect.Success<ReturnType<typeof decodeIndex>>
) {
  const byName = new Map<string, StoredTensor>()
  let bytes = 0
  const sources = new Map<string, FolderFile>()
  for (const shard of [...new Set(shardOf.values())].sort()) sources.set(shard, yield* required(folder, shard))
  for (const [shard, source] of sources) {
    for (const entry of (yield* readHeader(source)).entries) {
      const named = shardOf.get(entry.name)
      const refuse = (reason: string) => new CheckpointInvalid({ file: source.file, what: entry.name, reason })
      if (named === undefined) return yield* refuse("the index does not name this tensor")
      if (named !== shard)
        return yield* refuse(byName.has(entry.name) ? "another shard holds it too" : `the index places it in ${named}`)
      byName.set(entry.name, { ...entry, source })
      bytes += entry.end - entry.begin
    }
  }
  for (const [name, shard] of shardOf) {
    if (byName.has(name)) continue
    return yield* new CheckpointInvalid({ file: place, what: name, reason: `${shard} does not hold this tensor` })
  }
  if (totalBytes !== null && totalBytes !== bytes) {
    const reason = `it is ${totalBytes}, but the shards hold ${bytes} bytes`
    return yield* new CheckpointInvalid({ file: place, what: "metadata.total_size", reason })
  }
  const stored: StoredTensors = { byName, place }
  return stored
})

/** Reads headers only. Where an index does not speak of it, model.safetensors counts before the index, as in transformers. */
export const storedTensors = Effect.fn("checkpoint.storedTensors")(function* (folder: string) {
  const json = yield* readJson(folder, indexFile)
  if (json === undefined) return yield* tensorsIn(folder, weightsFile)
  const place = join(folder, indexFile)
  const index = yield* decodeIndex(json, place)
  const whole = yield* findFile(folder, weightsFile)
  const isIndexed = new Set(index.shardOf.values()).has(weightsFile)
  return yield* whole === null || isIndexed ? shards(folder, place, index) : tensorsIn(folder, weightsFile)
})
