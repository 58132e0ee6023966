/**
 * Checkpoints: a policy's configuration and weights as a Hugging Face folder, and its parameters as one safetensors file.
 */
import { mkdir, open, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Schema } from "effect"
import { carriedConfig, decodeConfig, encodeConfig, type PolicyConfig } from "../config.ts"
import { layoutOf, type ParameterLayout } from "../parameters.ts"
import { readJson, reasonOf } from "./checkpoint-files.ts"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import { indexFile, storedTensors, weightsFile } from "./checkpoint-tensors.ts"
import { readWeights, unfitting } from "./checkpoint-weights.ts"
import {
  type Allocate,
  bytesOf,
  encodeHeader,
  encodeSafetensors,
  headerOf,
  type NamedTensor,
  tensorsOf
} from "./safetensors.ts"
import type { Entry } from "./safetensors-header.ts"
import { isFiniteArray, isFloatDtype, widen } from "./widen.ts"

export { CheckpointInvalid }

export interface Checkpoint {
  readonly config: PolicyConfig
  readonly layout: ParameterLayout
  /** [layout.size] float32, whatever the file stored. */
  readonly weights: Float32Array
}

const configFile = "config.json"
const generationFile = "generation_config.json"
const metadata = { format: "pt" }

/** A flat array of weights, gradients or moments as the bytes of a safetensors file: always the same for the same values. */
export const encodeParameters = (layout: ParameterLayout, flat: Float32Array, allocate?: Allocate): Uint8Array =>
  encodeSafetensors(tensorsOf(layout, flat), metadata, allocate)

/** The tensors of a file by name, which are those of the layout and no others. */
const entriesOf = Effect.fn("checkpoint.entriesOf")(function* (
  layout: ParameterLayout,
  bytes: Uint8Array,
  file: string
) {
  const { entries } = yield* headerOf(bytes, file)
  const byName = new Map(entries.map((entry) => [entry.name, entry]))
  const problem = unfitting(layout, byName, file)
  return problem === null ? byName : yield* problem
})

/**
 * The flat array of a safetensors file that holds the parameters of a layout, each of them once and nothing else.
 *
 * @param file what to call the bytes in an error
 *
 * Fails with CheckpointInvalid: no safetensors file, a tensor missing, unknown, of another shape, or not finite.
 */
export const decodeParameters = Effect.fn("checkpoint.decodeParameters")(function* (
  layout: ParameterLayout,
  bytes: Uint8Array,
  file: string
) {
  const byName = yield* entriesOf(layout, bytes, file)
  const flat = new Float32Array(layout.size)
  for (const { name, offset, size } of layout.parameters) {
    const entry = byName.get(name)
    if (entry === undefined || !isFloatDtype(entry.dtype)) continue
    const values = flat.subarray(offset, offset + size)
    widen(bytes.subarray(entry.begin, entry.end), entry.dtype, values)
    if (!isFiniteArray(values))
      return yield* new CheckpointInvalid({ file, what: name, reason: "it holds a NaN or an infinity" })
  }
  return flat
})

/** The floats that lie in the bytes as a layout's flat array would, or null where they lie otherwise. */
const inPlace = (layout: ParameterLayout, bytes: Uint8Array, entries: ReadonlyMap<string, Entry>) => {
  const first = entries.get(layout.parameters[0]?.name ?? "")
  if (first === undefined || (bytes.byteOffset + first.begin) % Float32Array.BYTES_PER_ELEMENT !== 0) return null
  const isSame = layout.parameters.every(({ name, offset }) => {
    const entry = entries.get(name)
    return entry?.dtype === "F32" && entry.begin === first.begin + offset * Float32Array.BYTES_PER_ELEMENT
  })
  return isSame ? new Float32Array(bytes.buffer, bytes.byteOffset + first.begin, layout.size) : null
}

/**
 * As decodeParameters, but in the memory of the bytes where they hold the array as it is, which must not change then.
 *
 * Fails with CheckpointInvalid likewise.
 */
export const viewParameters = Effect.fn("checkpoint.viewParameters")(function* (
  layout: ParameterLayout,
  bytes: Uint8Array,
  file: string
) {
  const byName = yield* entriesOf(layout, bytes, file)
  const view = inPlace(layout, bytes, byName)
  if (view === null || !isFiniteArray(view)) return yield* decodeParameters(layout, bytes, file)
  return view
})

/** Reads config.json and generation_config.json of a folder. */
export const readConfig = Effect.fn("checkpoint.readConfig")(function* (folder: string) {
  const fields = yield* readJson(folder, configFile)
  if (fields === undefined)
    return yield* new CheckpointInvalid({ file: join(folder, configFile), what: "", reason: "there is no such file" })
  const generation = yield* readJson(folder, generationFile)
  return yield* Effect.mapError(
    decodeConfig(fields, generation),
    (error) => new CheckpointInvalid({ ...error, file: join(folder, error.file) })
  )
})

/**
 * Reads config.json, generation_config.json and the weights (F32, F16 or BF16, in one file or in shards) of a folder.
 *
 * Weights go tensor by tensor into their place, so that hardly more memory is used than they take.
 * Fails with CheckpointInvalid, naming the file and the tensor or field.
 */
export const readCheckpoint = Effect.fn("checkpoint.readCheckpoint")(function* (folder: string) {
  const config = yield* readConfig(folder)
  const stored = yield* storedTensors(folder)
  const checkpoint: Checkpoint = { config, ...(yield* readWeights(config, stored)) }
  return checkpoint
})

/** A checkpoint could not be written. */
export class CheckpointUnwritable extends Schema.TaggedError<CheckpointUnwritable>()("CheckpointUnwritable", {
  folder: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    return `cannot write a checkpoint into ${this.folder}: ${this.reason}; give a folder that can be written`
  }
}

/** Writes a safetensors file beside its place, without a copy of the numbers, and moves it there whole. */
export const writeSafetensors = async (path: string, tensors: ReadonlyArray<NamedTensor>): Promise<void> => {
  const draft = `${path}.part`
  try {
    const handle = await open(draft, "w")
    try {
      await handle.writeFile(encodeHeader(tensors, metadata))
      for (const tensor of tensors) await handle.writeFile(bytesOf(tensor))
    } finally {
      await handle.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

export type CarriedFiles = ReadonlyMap<string, Uint8Array>

const jsonText = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

/**
 * Writes config.json, generation_config.json and model.safetensors (F32) into a folder, made if need be.
 *
 * @param carried files of the base by name, written as they are; its config.json keeps all that is not modelled here,
 *   only the type of the weights becomes float32, and its generation_config.json stands for ours
 */
export const writeCheckpoint = (
  folder: string,
  config: PolicyConfig,
  weights: Float32Array,
  carried: CarriedFiles = new Map()
) =>
  Effect.tryPromise({
    try: async () => {
      const { config: fields, generation } = encodeConfig(config)
      const base = carried.get(configFile)
      await mkdir(folder, { recursive: true })
      await writeSafetensors(join(folder, weightsFile), tensorsOf(layoutOf(config), weights))
      await rm(join(folder, indexFile), { force: true })
      await writeFile(join(folder, generationFile), jsonText(generation))
      for (const [name, bytes] of carried) await writeFile(join(folder, name), bytes)
      await writeFile(
        join(folder, configFile),
        jsonText(base === undefined ? fields : carriedConfig(JSON.parse(new TextDecoder().decode(base))))
      )
    },
    catch: (cause) => new CheckpointUnwritable({ folder, reason: reasonOf(cause) })
  })
