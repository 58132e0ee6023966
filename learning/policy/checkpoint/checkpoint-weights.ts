/**
 * The weights of a folder, read tensor by tensor in slices straight into the one flat array that holds a policy.
 *
 * Whatever can be wrong with names, shapes, types and places is found in the headers, before the array is allocated.
 */
import type { FileHandle } from "node:fs/promises"
import { Effect } from "effect"
import type { PolicyConfig } from "../config.ts"
import { laidOut, layoutOf, type ParameterLayout } from "../parameters.ts"
import { type FolderFile, readFully, reasonOf, withOpen } from "./checkpoint-files.ts"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import type { StoredTensor, StoredTensors } from "./checkpoint-tensors.ts"
import { type Entry, shapeText } from "./safetensors-header.ts"
import { floatBytes, isFiniteArray, isFloatDtype, widen } from "./widen.ts"

const sliceBytes = 4 * 2 ** 20
const head = "lm_head.weight"

/** Buffers that old checkpoints store and that follow from the configuration. */
const derived = /^model\.(layers\.\d+\.self_attn\.)?rotary_emb\.inv_freq$/

/** The first tensor that is missing, unknown, of another shape or of a type that holds no floats; null if all fit. */
export const unfitting = (
  layout: ParameterLayout,
  entries: ReadonlyMap<string, Entry>,
  file: string
): CheckpointInvalid | null => {
  const known = new Set(layout.parameters.map(({ name }) => name))
  for (const name of entries.keys()) {
    if (!known.has(name))
      return new CheckpointInvalid({ file, what: name, reason: "the configuration has no such tensor" })
  }
  for (const { name, shape } of layout.parameters) {
    const refuse = (reason: string) => new CheckpointInvalid({ file, what: name, reason })
    const entry = entries.get(name)
    if (entry === undefined) return refuse("the tensor is missing")
    if (entry.shape.length !== shape.length || entry.shape.some((length, axis) => length !== shape[axis]))
      return refuse(`its shape is ${shapeText(entry.shape)}, the configuration asks for ${shapeText(shape)}`)
    if (!isFloatDtype(entry.dtype)) return refuse(`its dtype is ${entry.dtype}; F32, F16 and BF16 can be used`)
  }
  return null
}

/**
 * A layout no larger than the files can bear out: a configuration may claim any number of layers, and of those beyond
 * the ones that are there the first shows as missing all the same.
 */
const claimedLayout = (config: PolicyConfig, names: Iterable<string>): ParameterLayout => {
  const there = new Set<string>()
  for (const name of names) {
    const [, layer] = /^model\.layers\.(\d+)\./.exec(name) ?? []
    if (layer !== undefined) there.add(layer)
  }
  return layoutOf({ ...config, layers: Math.min(config.layers, there.size + 1) })
}

const headLayout = ({ hiddenSize, vocabularySize }: PolicyConfig): ParameterLayout =>
  laidOut([[head, [vocabularySize, hiddenSize]]])

/** Memory for one slice as it is stored and as it is read, used again for every tensor. */
class Slice {
  readonly bytes = new Uint8Array(sliceBytes)
  readonly floats = new Float32Array(sliceBytes / floatBytes.BF16)
}

/**
 * Calls `use` with stretch after stretch of a tensor's numbers, until it objects.
 *
 * @param into where the numbers go; null: nowhere, they are gone after `use`
 */
const eachSlice = async (
  handle: FileHandle,
  { begin, dtype, end }: Entry,
  slice: Slice,
  into: Float32Array | null,
  use: (values: Float32Array, first: number) => CheckpointInvalid | null
): Promise<CheckpointInvalid | null> => {
  if (!isFloatDtype(dtype)) return null
  const width = floatBytes[dtype]
  for (let place = begin; place < end; place += sliceBytes) {
    const bytes = slice.bytes.subarray(0, Math.min(sliceBytes, end - place))
    const count = bytes.length / width
    const first = (place - begin) / width
    const values = into === null ? slice.floats.subarray(0, count) : into.subarray(first, first + count)
    const isStoredSo = dtype === "F32"
    await readFully(
      handle,
      isStoredSo ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : bytes,
      place
    )
    if (!isStoredSo) widen(bytes, dtype, values)
    const problem = use(values, first)
    if (problem !== null) return problem
  }
  return null
}

const isSame = (a: Float32Array, b: Float32Array): boolean => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

const readTensors = (
  source: FolderFile,
  tensors: ReadonlyArray<StoredTensor>,
  slice: Slice,
  at: (name: string) => Float32Array
) =>
  withOpen(source, (handle) =>
    Effect.gen(function* () {
      const { file } = source
      for (const tensor of tensors) {
        const refuse = (reason: string) => new CheckpointInvalid({ file, what: tensor.name, reason })
        const notFinite = refuse("it holds a NaN or an infinity")
        const problem = yield* Effect.tryPromise({
          try: () =>
            eachSlice(handle, tensor, slice, at(tensor.name), (values) => (isFiniteArray(values) ? null : notFinite)),
          catch: (cause) => refuse(reasonOf(cause))
        })
        if (problem !== null) return yield* problem
      }
    })
  )

/**
 * A head that a tied checkpoint stores all the same must be the embedding.
 *
 * @param embedded the embedding, which comes first among a policy's parameters
 */
const checkTiedHead = (tensor: StoredTensor, embedded: Float32Array) => {
  const differs = new CheckpointInvalid({
    file: tensor.source.file,
    what: head,
    reason: "config.json says that the head is the embedding, but it holds other numbers",
    next: "set tie_word_embeddings to false in config.json if the head is one of its own"
  })
  return withOpen(tensor.source, (handle) =>
    Effect.tryPromise({
      try: () =>
        eachSlice(handle, tensor, new Slice(), null, (values, first) =>
          isSame(values, embedded.subarray(first, first + values.length)) ? null : differs
        ),
      catch: (cause) => new CheckpointInvalid({ file: tensor.source.file, what: head, reason: reasonOf(cause) })
    })
  ).pipe(Effect.flatMap((problem) => (problem === null ? Effect.void : Effect.fail(problem))))
}

const allocated = (layout: ParameterLayout, file: string) =>
  Effect.try({
    try: () => new Float32Array(layout.size),
    catch: () =>
      new CheckpointInvalid({
        file,
        what: "",
        reason: `its ${layout.size} weights need ${(4 * layout.size) / 2 ** 30} GiB in float32, which cannot be had`,
        next: "use a smaller model or a machine with more memory"
      })
  })

/** The flat array of a layout, from tensors that must be its own. Fails with CheckpointInvalid, naming file and tensor. */
export const readParameters = Effect.fn("checkpoint.readParameters")(function* (
  layout: ParameterLayout,
  { byName, place }: StoredTensors
) {
  const problem = unfitting(layout, byName, place)
  if (problem !== null) return yield* problem
  const flat = yield* allocated(layout, place)
  const placeOf = new Map(
    layout.parameters.map(({ name, offset, size }) => [name, flat.subarray(offset, offset + size)])
  )
  const at = (name: string) => placeOf.get(name) ?? new Float32Array(0)
  const slice = new Slice()
  const tensors = [...byName.values()]
  for (const source of new Set(tensors.map((tensor) => tensor.source)))
    yield* readTensors(
      source,
      tensors.filter((tensor) => tensor.source === source),
      slice,
      at
    )
  return flat
})

/** The weights of a policy, from tensors that may hold what follows from the others too. Fails as readParameters does. */
export const readWeights = Effect.fn("checkpoint.readWeights")(function* (
  config: PolicyConfig,
  { byName, place }: StoredTensors
) {
  const wanted = new Map([...byName].filter(([name]) => !derived.test(name)))
  const tiedHead = config.tiedHead ? wanted.get(head) : undefined
  if (tiedHead !== undefined) {
    wanted.delete(head)
    const problem = unfitting(headLayout(config), new Map([[head, tiedHead]]), place)
    if (problem !== null) return yield* problem
  }
  const layout = claimedLayout(config, wanted.keys())
  const weights = yield* readParameters(layout, { byName: wanted, place })
  if (tiedHead !== undefined) yield* checkTiedHead(tiedHead, weights.subarray(0, headLayout(config).size))
  return { layout, weights }
})
