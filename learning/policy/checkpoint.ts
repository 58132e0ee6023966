/**
 * Checkpoints: a policy's configuration and weights as a Hugging Face folder, and its parameters as one safetensors file.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises"
import { basename, join } from "node:path"
import { Effect, Schema } from "effect"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import { decodeConfig, encodeConfig, type PolicyConfig } from "./config.ts"
import { layoutOf, type Parameter, type ParameterLayout } from "./parameters.ts"
import { decodeSafetensors, encodeSafetensors, type TensorData } from "./safetensors.ts"

export { CheckpointInvalid }

export interface Checkpoint {
  readonly config: PolicyConfig
  readonly layout: ParameterLayout
  /** [layout.size] float32, whatever the file stored. */
  readonly weights: Float32Array
}

const weightsFile = "model.safetensors"
const indexFile = "model.safetensors.index.json"

/** A flat array of weights, gradients or moments as the bytes of a safetensors file: always the same for the same values. */
export const encodeParameters = (layout: ParameterLayout, flat: Float32Array): Uint8Array =>
  encodeSafetensors(
    layout.parameters.map(({ name, offset, shape, size }) => ({
      name,
      shape,
      data: flat.subarray(offset, offset + size)
    })),
    { format: "pt" }
  )

const isFiniteArray = (values: Float32Array): boolean => {
  let trace = 0
  for (let i = 0; i < values.length; i++) trace += values[i] * 0 // NaN from the first NaN or Infinity on
  return trace === 0
}

const readParameter = (
  parameter: Parameter,
  tensor: TensorData,
  flat: Float32Array,
  file: string
): CheckpointInvalid | null => {
  const { name, offset, shape } = parameter
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: name, reason })
  if (tensor.shape.join() !== shape.join()) {
    return refuse(`its shape is [${tensor.shape.join(", ")}], the configuration asks for [${shape.join(", ")}]`)
  }
  if (tensor.data instanceof Int32Array) return refuse("it holds integers")
  if (!isFiniteArray(tensor.data)) return refuse("it holds a NaN or an infinity")
  flat.set(tensor.data, offset)
  return null
}

const gather = Effect.fn("checkpoint.gather")(function* (
  layout: ParameterLayout,
  tensors: ReadonlyMap<string, TensorData>,
  file: string
) {
  const known = new Set(layout.parameters.map(({ name }) => name))
  for (const name of tensors.keys()) {
    if (!known.has(name))
      return yield* new CheckpointInvalid({ file, what: name, reason: "the configuration has no such tensor" })
  }
  for (const { name } of layout.parameters) {
    if (!tensors.has(name)) return yield* new CheckpointInvalid({ file, what: name, reason: "the tensor is missing" })
  }
  const flat = new Float32Array(layout.size)
  for (const parameter of layout.parameters) {
    const tensor = tensors.get(parameter.name)
    const problem = tensor === undefined ? null : readParameter(parameter, tensor, flat, file)
    if (problem !== null) return yield* problem
  }
  return flat
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
  const { tensors } = yield* decodeSafetensors(bytes, file)
  return yield* gather(layout, tensors, file)
})

const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** The bytes of a file in the folder, or null where there is none. */
const readOptional = (folder: string, name: string) =>
  Effect.tryPromise({
    try: () => readFile(join(folder, name)),
    catch: (cause) => cause
  }).pipe(
    Effect.catch((cause) =>
      cause instanceof Error && "code" in cause && cause.code === "ENOENT"
        ? Effect.succeed(null)
        : Effect.fail(new CheckpointInvalid({ file: join(folder, name), what: "", reason: reasonOf(cause) }))
    )
  )

const readRequired = Effect.fn("checkpoint.readRequired")(function* (folder: string, name: string) {
  const bytes = yield* readOptional(folder, name)
  return (
    bytes ?? (yield* new CheckpointInvalid({ file: join(folder, name), what: "", reason: "there is no such file" }))
  )
})

const parseJson = (bytes: Uint8Array, file: string) =>
  Effect.try({
    try: (): unknown => JSON.parse(new TextDecoder().decode(bytes)),
    catch: () => new CheckpointInvalid({ file, what: "", reason: "it is no JSON" })
  })

const Index = Schema.Struct({ weight_map: Schema.Record(Schema.String, Schema.String) })

/** The files that hold the weights: one, or the shards of an index, each a plain name within the folder. */
const weightFiles = Effect.fn("checkpoint.weightFiles")(function* (folder: string) {
  const bytes = yield* readOptional(folder, indexFile)
  if (bytes === null) return { files: [weightsFile], place: join(folder, weightsFile) }
  const file = join(folder, indexFile)
  const refuse = (what: string, reason: string) => new CheckpointInvalid({ file, what, reason })
  const index = yield* Effect.mapError(Schema.decodeUnknownEffect(Index)(yield* parseJson(bytes, file)), (error) =>
    refuse("weight_map", error.message)
  )
  for (const [tensor, shard] of Object.entries(index.weight_map)) {
    const isPlainName = shard === basename(shard) && !shard.includes("\\") && shard.endsWith(".safetensors")
    if (!isPlainName) return yield* refuse(tensor, `${JSON.stringify(shard)} is no safetensors file of this folder`)
  }
  return { files: [...new Set(Object.values(index.weight_map))].sort(), place: file }
})

/**
 * Reads config.json, generation_config.json and the weights (F32, F16 or BF16, in one file or in shards) of a folder.
 *
 * Fails with CheckpointInvalid, naming the file and the tensor or field.
 */
export const readCheckpoint = Effect.fn("checkpoint.readCheckpoint")(function* (folder: string) {
  const json = (name: string, bytes: Uint8Array) => parseJson(bytes, join(folder, name))
  const generation = yield* readOptional(folder, "generation_config.json")
  const config = yield* decodeConfig(
    yield* json("config.json", yield* readRequired(folder, "config.json")),
    generation === null ? undefined : yield* json("generation_config.json", generation)
  )
  const { files, place } = yield* weightFiles(folder)
  const tensors = new Map<string, TensorData>()
  for (const shard of files) {
    const file = join(folder, shard)
    const stored = yield* decodeSafetensors(yield* readRequired(folder, shard), file)
    for (const [name, tensor] of stored.tensors) {
      if (tensors.has(name)) {
        return yield* new CheckpointInvalid({ file, what: name, reason: "another shard holds this tensor too" })
      }
      tensors.set(name, tensor)
    }
  }
  const layout = layoutOf(config)
  const checkpoint: Checkpoint = { config, layout, weights: yield* gather(layout, tensors, place) }
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

/** Writes config.json, generation_config.json and model.safetensors (F32) into a folder, made if need be. */
export const writeCheckpoint = (folder: string, config: PolicyConfig, weights: Float32Array) =>
  Effect.tryPromise({
    try: async () => {
      const { config: fields, generation } = encodeConfig(config)
      await mkdir(folder, { recursive: true })
      await writeFile(join(folder, "config.json"), `${JSON.stringify(fields, undefined, 2)}\n`)
      await writeFile(join(folder, "generation_config.json"), `${JSON.stringify(generation, undefined, 2)}\n`)
      await writeFile(join(folder, weightsFile), encodeParameters(layoutOf(config), weights))
    },
    catch: (cause) => new CheckpointUnwritable({ folder, reason: reasonOf(cause) })
  })
