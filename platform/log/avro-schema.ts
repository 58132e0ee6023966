/**
 * The part of Avro that Onefold's schemas use, and a walk that checks bytes against it before they are decoded.
 *
 * The walk is what makes damaged bytes harmless: avsc trusts counts and lengths, so one flipped bit in an array's count
 * would have it allocate without end. It takes only the one way in which Onefold writes a value, so that equal events
 * are equal bytes.
 */
import { isUtf8 } from "node:buffer"
import { Schema } from "effect"

/** Bytes that hold a typed array, little-endian. */
export type Column = "int32-array" | "float32-array"

type Primitive = "null" | "boolean" | "int" | "long" | "double" | "string" | "bytes"

export interface AvroRecord {
  readonly type: "record"
  readonly name: string
  readonly doc: string
  readonly fields: ReadonlyArray<{ readonly name: string; readonly type: AvroType; readonly doc: string }>
}

export type AvroType =
  | Primitive
  | { readonly type: "bytes"; readonly logicalType: Column }
  | { readonly type: "array"; readonly items: AvroType }
  | AvroRecord
  | ReadonlyArray<AvroType>

const AvroType: Schema.Codec<AvroType> = Schema.suspend(() =>
  Schema.Union([
    Schema.Literals(["null", "boolean", "int", "long", "double", "string", "bytes"]),
    Schema.Struct({ type: Schema.Literal("bytes"), logicalType: Schema.Literals(["int32-array", "float32-array"]) }),
    Schema.Struct({ type: Schema.Literal("array"), items: AvroType }),
    AvroRecord,
    Schema.Array(AvroType)
  ])
)

/** An .avsc file: a record. Every record and field says what it is. */
export const AvroRecord: Schema.Codec<AvroRecord> = Schema.Struct({
  type: Schema.Literal("record"),
  name: Schema.NonEmptyString,
  doc: Schema.NonEmptyString,
  fields: Schema.Array(Schema.Struct({ name: Schema.NonEmptyString, type: AvroType, doc: Schema.NonEmptyString }))
})

/** Why a walk stopped, and at which byte. */
export class WireFault extends Schema.TaggedError<WireFault>()("WireFault", {
  reason: Schema.Literals(["truncated", "malformed"]),
  detail: Schema.String,
  at: Schema.Int
}) {}

/** Goes over one value from `at` and returns where it ends; throws a WireFault where it cannot be one. */
export type Walk = (bytes: Uint8Array, at: number) => number

const malformed = (detail: string, at: number): WireFault => new WireFault({ reason: "malformed", detail, at })

const within = (bytes: Uint8Array, end: number, at: number): number => {
  if (end > bytes.length)
    throw new WireFault({ reason: "truncated", detail: `${end - bytes.length} bytes are missing`, at })
  return end
}

/** Longest variable-length integer: 64 bits, 7 a byte. */
const longestVarint = 10

const endOfVarint: Walk = (bytes, at) => {
  let end = at
  while (end < bytes.length && bytes[end] >= 0x80) end++
  if (end - at >= longestVarint) throw malformed("an integer is longer than 64 bits", at)
  if (end > at && bytes[end] === 0) throw malformed("an integer takes more bytes than it needs", at)
  return within(bytes, end + 1, at)
}

/**
 * The integer that lies at `at`, zigzag-decoded, together with where it ends. Beyond 2^52 it is not exact, which is more
 * than any count or length that can be true.
 */
const readVarint = (bytes: Uint8Array, at: number): { readonly value: number; readonly end: number } => {
  const first = bytes[at]
  if (first < 0x80) return { value: (first >> 1) ^ -(first & 1), end: at + 1 }
  const end = endOfVarint(bytes, at)
  let zigzag = 0
  for (let i = end - 1; i >= at; i--) zigzag = zigzag * 128 + (bytes[i] & 0x7f)
  return { value: zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2, end }
}

const walkBytes: Walk = (bytes, at) => {
  const { end, value: length } = readVarint(bytes, at)
  if (length < 0) throw malformed("a length is below 0", at)
  return within(bytes, end + length, at)
}

/** Up to here a loop over the bytes is faster than a call. */
const shortString = 96

const isText = (bytes: Uint8Array, from: number, to: number): boolean => {
  if (to - from <= shortString) {
    let seen = 0
    for (let i = from; i < to; i++) seen |= bytes[i]
    if (seen < 0x80) return true
  }
  return isUtf8(bytes.subarray(from, to))
}

const walkString: Walk = (bytes, at) => {
  const { end: from, value: length } = readVarint(bytes, at)
  if (length < 0) throw malformed("a length is below 0", at)
  const end = within(bytes, from + length, at)
  if (!isText(bytes, from, end)) throw malformed("a text is not UTF-8", at)
  return end
}

const walkBoolean: Walk = (bytes, at) => {
  const end = within(bytes, at + 1, at)
  if (bytes[at] > 1) throw malformed("a truth value is neither 0 nor 1", at)
  return end
}

const primitives: { readonly [P in Primitive]: Walk } = {
  null: (_, at) => at,
  boolean: walkBoolean,
  int: endOfVarint,
  long: endOfVarint,
  double: (bytes, at) => within(bytes, at + 8, at),
  string: walkString,
  bytes: walkBytes
}

const walkArray =
  (item: Walk): Walk =>
  (bytes, at) => {
    const { end: first, value: count } = readVarint(bytes, at)
    if (count === 0) return first
    // Avro also knows arrays in several blocks, and blocks that tell their size by a count below 0.
    if (count < 0) throw malformed("an array is not written as one plain block", at)
    let end = first
    for (let i = 0; i < count; i++) end = item(bytes, end)
    within(bytes, end + 1, end)
    if (bytes[end] !== 0) throw malformed("an array is not written as one plain block", end)
    return end + 1
  }

const walkUnion =
  (branches: ReadonlyArray<Walk>): Walk =>
  (bytes, at) => {
    const { end, value: branch } = readVarint(bytes, at)
    if (branch < 0 || branch >= branches.length) throw malformed("a union has no such branch", at)
    return branches[branch](bytes, end)
  }

const walkRecord =
  (fields: ReadonlyArray<Walk>): Walk =>
  (bytes, at) => {
    let end = at
    for (const field of fields) end = field(bytes, end)
    return end
  }

/** Compiles the walk of a schema. */
export const walkOf = (type: AvroType): Walk => {
  if (typeof type === "string") return primitives[type]
  if ("type" in type) {
    if (type.type === "bytes") return walkBytes
    if (type.type === "array") return walkArray(walkOf(type.items))
    return walkRecord(type.fields.map((field) => walkOf(field.type)))
  }
  return walkUnion(type.map(walkOf))
}

/** What a field's bytes hold, where it is a field of bytes, be it one that may be null. */
export const columnOf = (type: AvroType): Column | "bytes" | null => {
  if (type === "bytes") return "bytes"
  if (typeof type === "string") return null
  if ("type" in type) return type.type === "bytes" ? type.logicalType : null
  for (const branch of type) {
    const column = columnOf(branch)
    if (column !== null) return column
  }
  return null
}
