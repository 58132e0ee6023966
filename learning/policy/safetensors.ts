/**
 * The safetensors container: an 8-byte header length, a JSON header, and the tensors' bytes one after another.
 *
 * A file from outside is not trusted: everything the header claims is checked against the bytes that are there before
 * anything is allocated. Written bytes depend on names, shapes, values and metadata alone.
 * Source: https://huggingface.co/docs/safetensors
 */
import { Effect, Schema } from "effect"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"

/** Numbers of one tensor, float32 or int32, in row-major order. */
export interface TensorData {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array | Int32Array
}

export interface NamedTensor extends TensorData {
  readonly name: string
}

/** Bytes of one element. */
const dtypeBytes = {
  ...{ BOOL: 1, U8: 1, I8: 1, F8_E4M3: 1, F8_E5M2: 1, U16: 2, I16: 2, F16: 2, BF16: 2 },
  ...{ U32: 4, I32: 4, F32: 4, U64: 8, I64: 8, F64: 8 }
}

/** As in the reference implementation. */
const maxHeaderBytes = 100_000_000
const metadataKey = "__metadata__"

/**
 * The bytes of a file with these tensors in this order, its header padded with spaces to a multiple of 8.
 *
 * @param metadata free text by name; PyTorch's loaders want { format: "pt" }
 */
export const encodeSafetensors = (
  tensors: ReadonlyArray<NamedTensor>,
  metadata: Readonly<Record<string, string>>
): Uint8Array => {
  const header: Record<string, unknown> = { [metadataKey]: metadata }
  let end = 0
  for (const { data, name, shape } of tensors) {
    const begin = end
    end += data.byteLength
    header[name] = { dtype: data instanceof Float32Array ? "F32" : "I32", shape, data_offsets: [begin, end] }
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const headerBytes = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + headerBytes + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true)
  bytes.fill(0x20, 8, 8 + headerBytes)
  bytes.set(json, 8)
  let place = 8 + headerBytes
  for (const { data } of tensors) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), place)
    place += data.byteLength
  }
  return bytes
}

const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(0))
const Claim = Schema.Struct({
  dtype: Schema.String,
  shape: Schema.Array(Count),
  data_offsets: Schema.Tuple([Count, Count])
})
const Header = Schema.Record(Schema.String, Schema.Unknown)
const Metadata = Schema.Record(Schema.String, Schema.String)

/** The header's entries and the bytes after it. */
const headerOf = Effect.fn("safetensors.headerOf")(function* (bytes: Uint8Array, file: string) {
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: "header", reason })
  if (bytes.length < 8) return yield* refuse(`the file has ${bytes.length} bytes, too few for a header`)
  const claimed = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (claimed > BigInt(maxHeaderBytes)) return yield* refuse(`it claims ${claimed} bytes, more than is allowed`)
  const length = Number(claimed)
  if (length > bytes.length - 8) return yield* refuse(`it claims ${length} bytes, but the file ends before`)
  const json = yield* Effect.try({
    try: (): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(8, 8 + length))),
    catch: () => refuse("it is no JSON")
  })
  const entries = yield* Effect.mapError(Schema.decodeUnknownEffect(Header)(json), () => refuse("it is no JSON object"))
  const metadata = yield* Effect.mapError(Schema.decodeUnknownEffect(Metadata)(entries[metadataKey] ?? {}), () =>
    refuse(`${metadataKey} is no map of strings`)
  )
  const claims = Object.entries(entries).filter(([name]) => name !== metadataKey)
  return { claims, metadata, bodyStart: 8 + length }
})

interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: ReadonlyArray<number>
  /** Bytes from the start of the body. */
  readonly begin: number
  readonly end: number
}

const entryOf = Effect.fn("safetensors.entryOf")(function* (file: string, name: string, claim: unknown) {
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: name, reason })
  const { data_offsets, dtype, shape } = yield* Effect.mapError(Schema.decodeUnknownEffect(Claim)(claim), (error) =>
    refuse(`its entry in the header is malformed: ${error.message}`)
  )
  const width = Object.entries(dtypeBytes).find(([known]) => known === dtype)?.[1]
  if (width === undefined) return yield* refuse(`dtype ${JSON.stringify(dtype)} is unknown`)
  const [begin, end] = data_offsets
  const size = shape.reduce((product, length) => product * length, width)
  if (size !== end - begin) {
    return yield* refuse(`${dtype} [${shape.join(", ")}] takes ${size} bytes, but ${end - begin} are set aside`)
  }
  const entry: Entry = { name, dtype, shape, begin, end }
  return entry
})

/** Refuses entries that do not fill the body one after another. */
const checkPlaces = Effect.fn("safetensors.checkPlaces")(function* (
  entries: ReadonlyArray<Entry>,
  bodyBytes: number,
  file: string
) {
  let reached = 0
  for (const { begin, end, name } of entries) {
    const refuse = (reason: string) =>
      new CheckpointInvalid({ file, what: name, reason: `bytes ${begin}..${end} ${reason}` })
    if (begin !== reached) return yield* refuse("leave a gap after the tensor before, or overlap it")
    if (end > bodyBytes) return yield* refuse(`lie beyond the file's ${bodyBytes}`)
    reached = end
  }
  if (reached === bodyBytes) return
  yield* new CheckpointInvalid({ file, what: "", reason: `${bodyBytes - reached} bytes follow the last tensor` })
})

/** The float of an IEEE half's bits: sign, 5 bits of exponent, 10 of fraction. */
const halfToFloat = (half: number): number => {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

const fromHalves = (bytes: Uint8Array, dtype: "F16" | "BF16"): Float32Array => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const floats = new Float32Array(bytes.byteLength / 2)
  const bits = new Uint32Array(floats.buffer)
  for (let i = 0; i < floats.length; i++) {
    const half = view.getUint16(2 * i, true)
    if (dtype === "BF16") bits[i] = half << 16
    else floats[i] = halfToFloat(half)
  }
  return floats
}

/** Numbers of their own, not a view of the file (a Buffer's slice would be one); null for a dtype that this program has no use for. */
const numbersOf = (bytes: Uint8Array, dtype: string): Float32Array | Int32Array | null => {
  if (dtype === "F32") return new Float32Array(new Uint8Array(bytes).buffer)
  if (dtype === "I32") return new Int32Array(new Uint8Array(bytes).buffer)
  return dtype === "F16" || dtype === "BF16" ? fromHalves(bytes, dtype) : null
}

/**
 * The tensors of a file by name, in the order of their bytes, and its metadata. F16 and BF16 become float32.
 *
 * Together the tensors must fill the file: no gap, no overlap, nothing after the last.
 *
 * @param file what to call the bytes in an error
 *
 * Fails with CheckpointInvalid, naming the tensor or "header".
 */
export const decodeSafetensors = Effect.fn("safetensors.decode")(function* (bytes: Uint8Array, file: string) {
  const { bodyStart, claims, metadata } = yield* headerOf(bytes, file)
  const entries = yield* Effect.forEach(claims, ([name, claim]) => entryOf(file, name, claim))
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  yield* checkPlaces(entries, bytes.length - bodyStart, file)
  const tensors = new Map<string, TensorData>()
  for (const { begin, dtype, end, name, shape } of entries) {
    const data = numbersOf(bytes.subarray(bodyStart + begin, bodyStart + end), dtype)
    if (data === null) {
      const reason = `dtype ${dtype} cannot be used here; F32, F16, BF16 and I32 can`
      return yield* new CheckpointInvalid({ file, what: name, reason })
    }
    tensors.set(name, { shape, data })
  }
  return { metadata, tensors }
})
