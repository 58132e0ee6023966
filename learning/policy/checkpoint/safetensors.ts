/**
 * The safetensors container: an 8-byte header length, a JSON header, and the tensors' bytes one after another.
 *
 * Written bytes depend on names, shapes, values and metadata alone. Reading trusts nothing: see safetensors-header.ts.
 * Source: https://huggingface.co/docs/safetensors
 */
import { Effect } from "effect"
import type { ParameterLayout } from "../parameters.ts"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import { decodeHeader, headerLength, metadataKey, prefixBytes } from "./safetensors-header.ts"
import { isFloatDtype, widen } from "./widen.ts"

/** Numbers of one tensor, float32 or int32, in row-major order. */
export interface TensorData {
  readonly shape: ReadonlyArray<number>
  readonly data: Float32Array | Int32Array
}

export interface NamedTensor extends TensorData {
  readonly name: string
}

/** Views of a flat array, one for each parameter. */
export const tensorsOf = (layout: ParameterLayout, flat: Float32Array): ReadonlyArray<NamedTensor> =>
  layout.parameters.map(({ name, offset, shape, size }) => ({
    name,
    shape,
    data: flat.subarray(offset, offset + size)
  }))

/**
 * The length and the header of a file with these tensors in this order, padded with spaces to a multiple of 8.
 *
 * @param metadata free text by name; PyTorch's loaders want { format: "pt" }
 */
export const encodeHeader = (
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
  const bytes = new Uint8Array(prefixBytes + Math.ceil(json.length / 8) * 8).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(bytes.length - prefixBytes), true)
  bytes.set(json, prefixBytes)
  return bytes
}

/** The bytes of a tensor's numbers, which are not copied. */
export const bytesOf = ({ data }: TensorData): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** Memory for a file of so many bytes whose tensors begin after `header` of them. */
export type Allocate = (bytes: number, header: number) => Uint8Array

/** The bytes of a file with these tensors in this order. */
export const encodeSafetensors = (
  tensors: ReadonlyArray<NamedTensor>,
  metadata: Readonly<Record<string, string>>,
  allocate: Allocate = (length) => new Uint8Array(length)
): Uint8Array => {
  const header = encodeHeader(tensors, metadata)
  const length = tensors.reduce((size, { data }) => size + data.byteLength, header.length)
  const bytes = allocate(length, header.length)
  bytes.set(header)
  let place = header.length
  for (const tensor of tensors) {
    bytes.set(bytesOf(tensor), place)
    place += tensor.data.byteLength
  }
  return bytes
}

/** The header of a file that is in memory. */
export const headerOf = Effect.fn("safetensors.headerOf")(function* (bytes: Uint8Array, file: string) {
  const length = yield* headerLength(bytes, bytes.length, file)
  return yield* decodeHeader(bytes.subarray(prefixBytes, prefixBytes + length), bytes.length, file)
})

/** Numbers of their own, not a view of the file (a Buffer's slice would be one); null for a dtype that this program has no use for. */
const numbersOf = (bytes: Uint8Array, dtype: string, size: number): Float32Array | Int32Array | null => {
  if (dtype === "I32") return new Int32Array(new Uint8Array(bytes).buffer)
  if (!isFloatDtype(dtype)) return null
  const floats = new Float32Array(size)
  widen(bytes, dtype, floats)
  return floats
}

/**
 * The tensors of a file by name, in the order of their bytes, and its metadata. F16 and BF16 become float32.
 *
 * @param file what to call the bytes in an error
 *
 * Fails with CheckpointInvalid, naming the tensor or "header".
 */
export const decodeSafetensors = Effect.fn("safetensors.decode")(function* (bytes: Uint8Array, file: string) {
  const { entries, metadata } = yield* headerOf(bytes, file)
  const tensors = new Map<string, TensorData>()
  for (const { begin, dtype, end, name, shape } of entries) {
    const size = shape.reduce((product, length) => product * length, 1)
    const data = numbersOf(bytes.subarray(begin, end), dtype, size)
    if (data === null) {
      const reason = `dtype ${dtype} cannot be used here; F32, F16, BF16 and I32 can`
      return yield* new CheckpointInvalid({ file, what: name, reason })
    }
    tensors.set(name, { shape, data })
  }
  return { metadata, tensors }
})
