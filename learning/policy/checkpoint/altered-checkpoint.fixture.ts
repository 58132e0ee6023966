/**
 * For the tests: a small valid checkpoint in a folder of its own, and ways to change it.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect } from "effect"
import { encodeConfig } from "../config.ts"
import { layoutOf } from "../parameters.ts"
import { groupedConfig, randomWeights } from "../policies-for-tests.ts"
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts"
import { encodeSafetensors, type NamedTensor } from "./safetensors.ts"

export const config = groupedConfig
export const weights = randomWeights(config, 1)
export const tensors: ReadonlyArray<NamedTensor> = layoutOf(config).parameters.map(({ name, offset, shape, size }) => ({
  name,
  shape,
  data: weights.subarray(offset, offset + size)
}))
export const [embedding] = tensors

export const temporaryFolder = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "onefold-malformed-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true }))
)

/** A valid checkpoint in a folder of its own, then changed. */
export const changed = Effect.fnUntraced(function* (change: (folder: string) => Promise<unknown>) {
  const parent = yield* temporaryFolder
  const folder = join(parent, "model")
  yield* writeCheckpoint(folder, config, weights)
  yield* Effect.promise(() => change(folder))
  return folder
})

export const refusal = (change: (folder: string) => Promise<unknown>) =>
  changed(change).pipe(Effect.flatMap((folder) => Effect.flip(readCheckpoint(folder))))

export const store = (file: string, content: unknown) => (folder: string) =>
  writeFile(
    join(folder, file),
    typeof content === "string" || content instanceof Uint8Array ? content : JSON.stringify(content)
  )

/** config.json with other fields. */
export const reconfigured = (fields: Readonly<Record<string, unknown>>) =>
  store("config.json", { ...encodeConfig(config).config, ...fields })

type Header = Readonly<
  Record<string, { readonly dtype: string; readonly shape: unknown; readonly data_offsets: unknown }>
>

/** model.safetensors with another header over the same numbers. */
export const reheaded = (edit: (header: Header, text: string) => unknown) => async (folder: string) => {
  const bytes = await readFile(join(folder, "model.safetensors"))
  const length = Number(bytes.readBigUInt64LE(0))
  const text = bytes.toString("utf8", 8, 8 + length)
  const edited = edit(JSON.parse(text), text)
  const json =
    edited instanceof Uint8Array ? edited : Buffer.from(typeof edited === "string" ? edited : JSON.stringify(edited))
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(json.length))
  await writeFile(join(folder, "model.safetensors"), Buffer.concat([prefix, json, bytes.subarray(8 + length)]))
}

export const first = "model.embed_tokens.weight"
export const withFirst = (fields: Readonly<Record<string, unknown>>) =>
  reheaded((header) => ({ ...header, [first]: { ...header[first], ...fields } }))

/** Two shards and their index, then changed. */
export const sharded =
  (
    edit: (shards: ReadonlyArray<ReadonlyArray<NamedTensor>>) => {
      readonly shards?: ReadonlyArray<ReadonlyArray<NamedTensor>>
      readonly map?: Readonly<Record<string, unknown>>
      readonly index?: unknown
    }
  ) =>
  async (folder: string) => {
    const whole = [tensors.slice(0, 5), tensors.slice(5)]
    const { index, map, shards = whole } = edit(whole)
    const placed = Object.fromEntries(whole.flatMap((shard, i) => shard.map(({ name }) => [name, `s${i}.safetensors`])))
    await rm(join(folder, "model.safetensors"))
    for (const [i, shard] of shards.entries())
      await writeFile(join(folder, `s${i}.safetensors`), encodeSafetensors(shard, { format: "pt" }))
    const total = { metadata: { total_size: weights.byteLength } }
    await store("model.safetensors.index.json", index ?? { ...total, weight_map: { ...placed, ...map } })(folder)
  }
