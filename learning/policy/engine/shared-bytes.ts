/**
 * Memory that all worker threads see, placed so that TensorFlow computes with the weights in it without a copy of its own.
 */

/** What is used of it; TypeScript declares it with the browser's globals only. */
declare const WebAssembly: {
  readonly Memory: new (pages: {
    readonly initial: number
    readonly maximum: number
    readonly shared: true
  }) => { readonly buffer: SharedArrayBuffer }
}

const pageBytes = 65_536
/** TensorFlow takes memory as it is where tensors begin at multiples of this. */
const alignment = 64
/** What one WebAssembly memory may have at most. */
const maxPages = 65_536

/** Below this a copy costs less than the address space that WebAssembly sets aside. */
const leastPages = 64

/** Memory that begins at a page; V8 promises that of WebAssembly's only. */
const pageAligned = (bytes: number): SharedArrayBuffer => {
  const pages = Math.ceil(bytes / pageBytes)
  return pages >= leastPages && pages <= maxPages
    ? new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer
    : new SharedArrayBuffer(bytes)
}

/** Shared memory for a safetensors file whose numbers begin after a header of so many bytes. */
export const sharedMemory = (bytes: number, header: number): Uint8Array => {
  const padding = (alignment - (header % alignment)) % alignment
  return new Uint8Array(pageAligned(bytes + padding), padding, bytes)
}

/** A safetensors file in shared memory, its numbers at a multiple of TensorFlow's alignment; itself where it is there. */
export const sharedBytes = (bytes: Uint8Array): Uint8Array => {
  if (bytes.buffer instanceof SharedArrayBuffer) return bytes
  const header = bytes.length < 8 ? 0 : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) + 8
  const shared = sharedMemory(bytes.length, header)
  shared.set(bytes)
  return shared
}
