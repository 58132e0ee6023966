/**
 * The header of a safetensors file, checked against the file's size before anything of the size it claims is allocated.
 *
 * A file from outside is not trusted: tensors must fill the file one after another, without gap, overlap or repetition,
 * and every size must follow from dtype and shape.
 * Source: https://huggingface.co/docs/safetensors
 */
import { Effect, Schema } from "effect"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import { repeatedKey } from "./repeated-key.ts"

/** Bytes of the header's length, which stands before it. */
export const prefixBytes = 8
export const metadataKey = "__metadata__"

/** One tensor's place in a file. */
export interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: ReadonlyArray<number>
  /** Bytes from the start of the file. */
  readonly begin: number
  readonly end: number
}

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>
  /** In the order of their bytes. */
  readonly entries: ReadonlyArray<Entry>
}

/** A hundred thousand tensors; the reference implementation allows twelve times that, which takes seconds to parse. */
const maxHeaderBytes = 8 * 2 ** 20

/** Bytes of one element. */
const dtypeBytes = new Map<unknown, number>([
  ...["BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2"].map((dtype) => [dtype, 1] as const),
  ...["U16", "I16", "F16", "BF16"].map((dtype) => [dtype, 2] as const),
  ...["U32", "I32", "F32"].map((dtype) => [dtype, 4] as const),
  ...["U64", "I64", "F64"].map((dtype) => [dtype, 8] as const)
])

/** A shape as messages show it. */
export const shapeText = (shape: ReadonlyArray<number>): string =>
  shape.length > 8 ? `[${shape.slice(0, 8).join(", ")}, …]` : `[${shape.join(", ")}]`

/** How long the header is, from the first 8 bytes of a file of this size. */
export const headerLength = Effect.fn("safetensors.headerLength")(function* (
  prefix: Uint8Array,
  fileBytes: number,
  file: string
) {
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: "header", reason })
  if (fileBytes < prefixBytes || prefix.length < prefixBytes)
    return yield* refuse(`the file has ${fileBytes} bytes, too few for a header`)
  const claimed = new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true)
  if (claimed > BigInt(maxHeaderBytes)) return yield* refuse(`it claims ${claimed} bytes, more than is allowed`)
  if (Number(claimed) > fileBytes - prefixBytes)
    return yield* refuse(`it claims ${claimed} bytes, but the file ends before`)
  return Number(claimed)
})

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0
const isCounts = (value: unknown): value is ReadonlyArray<number> => Array.isArray(value) && value.every(isCount)

/** One entry of the header, its bytes counted from `bodyStart`. */
const entryOf = (file: string, name: string, claim: unknown, bodyStart: number): Entry | CheckpointInvalid => {
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: name, reason })
  const malformed = (reason: string) => refuse(`its entry in the header is malformed: ${reason}`)
  if (typeof claim !== "object" || claim === null || !("dtype" in claim && "shape" in claim && "data_offsets" in claim))
    return malformed("it needs dtype, shape and data_offsets")
  const { data_offsets, dtype, shape } = claim
  if (typeof dtype !== "string") return malformed("dtype is no text")
  const width = dtypeBytes.get(dtype)
  if (width === undefined) return refuse(`dtype ${JSON.stringify(dtype.slice(0, 40))} is unknown`)
  if (!isCounts(shape)) return malformed("shape is no list of whole numbers from 0 on")
  if (!isCounts(data_offsets) || data_offsets.length !== 2)
    return malformed("data_offsets are not two whole numbers from 0 on")
  const [begin, end] = data_offsets
  const size = shape.reduce((product, length) => product * length, width)
  if (size !== end - begin)
    return refuse(`${dtype} ${shapeText(shape)} takes ${size} bytes, but ${end - begin} are set aside`)
  return { name, dtype, shape, begin: bodyStart + begin, end: bodyStart + end }
}

/** What keeps entries, sorted, from filling the file one after another; null when they do. */
const misplaced = (
  entries: ReadonlyArray<Entry>,
  bodyStart: number,
  fileBytes: number,
  file: string
): CheckpointInvalid | null => {
  let reached = bodyStart
  for (const { begin, end, name } of entries) {
    const refuse = (reason: string) =>
      new CheckpointInvalid({ file, what: name, reason: `bytes ${begin - bodyStart}..${end - bodyStart} ${reason}` })
    if (begin !== reached) return refuse("leave a gap after the tensor before, or overlap it")
    if (end > fileBytes) return refuse(`lie beyond the file's ${fileBytes - bodyStart}`)
    reached = end
  }
  if (reached === fileBytes) return null
  return new CheckpointInvalid({ file, what: "", reason: `${fileBytes - reached} bytes follow the last tensor` })
}

const Metadata = Schema.Record(Schema.String, Schema.String)

/**
 * Reads a header's JSON.
 *
 * @param bytes the header alone
 * @param fileBytes the size of the whole file
 * @param file what to call it in an error
 *
 * Fails with CheckpointInvalid, naming the tensor or "header".
 */
export const decodeHeader = Effect.fn("safetensors.decodeHeader")(function* (
  bytes: Uint8Array,
  fileBytes: number,
  file: string
) {
  const refuse = (reason: string) => new CheckpointInvalid({ file, what: "header", reason })
  const { json, text } = yield* Effect.try({
    try: () => {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
      const json: unknown = JSON.parse(text)
      return { json, text }
    },
    catch: () => refuse("it is no JSON")
  })
  if (typeof json !== "object" || json === null || Array.isArray(json)) return yield* refuse("it is no JSON object")
  const repeated = repeatedKey(text)
  if (repeated !== null) return yield* refuse(`${JSON.stringify(repeated.slice(0, 80))} stands in it twice`)
  const bodyStart = prefixBytes + bytes.length
  let metadata: Readonly<Record<string, string>> = {}
  const entries: Array<Entry> = []
  for (const [name, claim] of Object.entries(json)) {
    if (name === metadataKey) {
      metadata = yield* Effect.mapError(Schema.decodeUnknownEffect(Metadata)(claim), () =>
        refuse(`${metadataKey} is no map of strings`)
      )
      continue
    }
    const entry = entryOf(file, name, claim, bodyStart)
    if (entry instanceof CheckpointInvalid) return yield* entry
    entries.push(entry)
  }
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end)
  const problem = misplaced(entries, bodyStart, fileBytes, file)
  if (problem !== null) return yield* problem
  const header: SafetensorsHeader = { metadata, entries }
  return header
})
