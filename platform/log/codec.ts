/**
 * The codec: events to bytes and back.
 *
 * An event on the wire is in Confluent's format: a byte 0, the schema's id (32 bits, big-endian, see the catalogue),
 * then the event in Avro. Old versions are read by the schema that wrote them and brought up by the catalogue's
 * upcasters; only the newest version is written. Everything that is read is checked: its bytes against the schema,
 * its values against the event's class.
 */
import { createHash } from "node:crypto"
import avro from "avsc"
import { Effect, Result, Schema } from "effect"
import { catalogue, type EventTag, OnefoldEvent, type Upcaster, versionsPerEvent } from "../../schemas/catalogue.ts"
import { RunId, type Sha256 } from "../../schemas/ids.ts"
import { AvroRecord, type Column, columnOf, type Walk, WireFault, walkOf } from "./avro-schema.ts"
import { EventUnreadable, EventUnwritable } from "./codec-error.ts"
import { type EventSchema, eventSchemas } from "./event-schemas.ts"
import { spelled } from "./wire-ids.ts"

type ToEvent = (fields: unknown) => Result.Result<OnefoldEvent, Schema.SchemaError>

/** The event's own decoder: which event it is stands in the schema id, so that none has to be looked for. */
const toEventOf = (tag: EventTag): ToEvent =>
  Schema.decodeUnknownResult(OnefoldEvent.members.find(({ identifier }) => identifier === tag) ?? OnefoldEvent)

/** One version of one event. */
interface Format {
  readonly id: number
  readonly tag: EventTag
  readonly version: number
  readonly type: avro.Type
  readonly walk: Walk
  /** What brings its fields up to the newest version. */
  readonly upcasters: ReadonlyArray<Upcaster>
  readonly toEvent: ToEvent
  readonly columns: ReadonlyArray<{ readonly name: string; readonly holds: Column | "bytes" }>
}

/** Fields of an event while they change shape. */
type Fields = Record<string, unknown>

/** A byte 0 and the schema's id. */
const headerLength = 5

const parseRecord = Schema.decodeUnknownSync(Schema.fromJsonString(AvroRecord))

const formatFrom = ({ id, tag, text, version }: EventSchema): Format => {
  const record = parseRecord(text)
  const columns = record.fields.flatMap(({ name, type }) => {
    const holds = columnOf(type)
    return holds === null ? [] : [{ name, holds }]
  })
  const type = avro.Type.forSchema(JSON.parse(text), { omitRecordMethods: true })
  const upcasters = catalogue[tag].upcasters.slice(version - 1)
  return { id, tag, version, type, walk: walkOf(record), upcasters, toEvent: toEventOf(tag), columns }
}

const formats = new Map<number, Format>()
const newest = new Map<EventTag, Format>()
for (const schema of eventSchemas) {
  const format = formatFrom(schema)
  formats.set(format.id, format)
  newest.set(format.tag, format)
}

/** The id of ours that an Avro schema is, whatever its words and defaults; null where it is none of ours. */
export const schemaIdOf = (text: string): number | null => {
  const fingerprint = avro.Type.forSchema(JSON.parse(text)).fingerprint()
  for (const { id, type } of formats.values()) if (type.fingerprint().equals(fingerprint)) return id
  return null
}

const nameOf = ({ tag, version }: Format): string => `${tag} v${version}`

/** Adding up the products finds NaN and infinity in one pass: everything finite times 0 is 0. */
const isAllFinite = (values: Float32Array): boolean => {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i] * 0
  return sum === 0
}

const isTokenIds = (values: Int32Array): boolean => {
  let signs = 0
  for (let i = 0; i < values.length; i++) signs |= values[i]
  return signs >= 0
}

/** What is wrong with a value that Avro would take, in words; null where nothing is. */
const faultOf = (value: unknown, path: string): string | null => {
  if (typeof value === "string") return value.isWellFormed() ? null : `${path} holds half a surrogate pair`
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return null
  if (value instanceof Float32Array) return isAllFinite(value) ? null : `${path} holds a number that is not finite`
  if (value instanceof Int32Array) return isTokenIds(value) ? null : `${path} holds a token id below 0`
  for (const [name, member] of Object.entries(value)) {
    const fault = faultOf(member, path === "" ? name : `${path}.${name}`)
    if (fault !== null) return fault
  }
  return null
}

const asBuffer = ({ buffer, byteLength, byteOffset }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

/** The event's fields with typed arrays as the bytes they are in memory. */
const toWire = (event: OnefoldEvent, { columns }: Format): object => {
  if (columns.length === 0) return event
  const fields: Fields = { ...event }
  for (const { name } of columns) {
    const value = fields[name]
    if (ArrayBuffer.isView(value)) fields[name] = asBuffer(value)
  }
  return fields
}

/** Events are written here first, then copied out: their length is known only afterwards. */
let scratch = Buffer.allocUnsafeSlow(16_384)
/** A larger event gets a buffer that is not kept. */
const largestScratch = 1_048_576

const write = (format: Format, fields: object): Uint8Array => {
  let buffer = scratch
  let end = format.type.encode(fields, buffer, headerLength)
  if (end < 0) {
    // A negative end says how many bytes were missing.
    buffer = Buffer.allocUnsafeSlow(buffer.length - end)
    end = format.type.encode(fields, buffer, headerLength)
    if (buffer.length <= largestScratch) scratch = buffer
  }
  buffer[0] = 0
  buffer.writeUInt32BE(format.id, 1)
  return new Uint8Array(buffer.subarray(0, end))
}

const unwritable = (event: OnefoldEvent, detail: string): EventUnwritable =>
  new EventUnwritable({ eventId: event.eventId, event: event._tag, detail })

/** The event's bytes, in its newest version. Throws EventUnwritable where a reader would refuse them. */
export const encode = (event: OnefoldEvent): Uint8Array => {
  const format = newest.get(event._tag)
  if (format === undefined) throw unwritable(event, "the catalogue does not name it")
  const fault = faultOf(event, "")
  if (fault !== null) throw unwritable(event, fault)
  try {
    return write(format, toWire(event, format))
  } catch (cause) {
    throw unwritable(event, String(cause))
  }
}

/** Turns the bytes of columns into typed arrays of their own, aligned. */
const fromWire = (fields: Fields, format: Format): void => {
  for (const { holds, name } of format.columns) {
    const bytes = fields[name]
    if (!(bytes instanceof Uint8Array)) continue
    if (holds !== "bytes" && bytes.length % 4 !== 0)
      throw unreadable("malformed", format, `${name} takes ${bytes.length} bytes, not a multiple of 4`)
    const copy = new Uint8Array(bytes).buffer
    const column =
      holds === "int32-array"
        ? new Int32Array(copy)
        : holds === "float32-array"
          ? new Float32Array(copy)
          : new Uint8Array(copy)
    const fault = faultOf(column, name)
    if (fault !== null) throw unreadable("invalid-value", format, fault)
    fields[name] = column
  }
}

const unreadable = (reason: EventUnreadable["reason"], format: Format | null, detail: string): EventUnreadable =>
  new EventUnreadable({ reason, event: format === null ? null : nameOf(format), detail })

const formatOf = (bytes: Uint8Array): Format => {
  if (bytes.length > 0 && bytes[0] !== 0)
    throw unreadable("not-an-event", null, `it begins with byte ${bytes[0]}, not 0`)
  if (bytes.length < headerLength) throw unreadable("truncated", null, `it has ${bytes.length} bytes`)
  const id = ((bytes[1] << 24) | (bytes[2] << 16) | (bytes[3] << 8) | bytes[4]) >>> 0
  const format = formats.get(id)
  if (format !== undefined) return format
  for (const [tag, { id: known, version }] of newest)
    if (id > known && id < known - version + versionsPerEvent)
      throw new EventUnreadable({
        reason: "newer-version",
        event: `${tag} v${id - known + version}`,
        detail: `this version of Onefold reads up to v${version}`
      })
  throw unreadable("unknown-schema", null, `its schema id is ${spelled(id)}`)
}

/** Checks the bytes from end to end, then decodes them. */
const readFields = (bytes: Uint8Array, format: Format): Fields => {
  try {
    const end = format.walk(bytes, headerLength)
    if (end === bytes.length) return format.type.decode(asBuffer(bytes), headerLength).value
    throw unreadable("trailing-bytes", format, `${bytes.length - end} bytes come after its end`)
  } catch (cause) {
    if (cause instanceof WireFault) throw unreadable(cause.reason, format, `at byte ${cause.at}, ${cause.detail}`)
    if (cause instanceof EventUnreadable) throw cause
    throw unreadable("malformed", format, String(cause))
  }
}

const read = (bytes: Uint8Array): OnefoldEvent => {
  const format = formatOf(bytes)
  const fields = readFields(bytes, format)
  fromWire(fields, format)
  let current: Readonly<Fields> = fields
  for (const upcast of format.upcasters) current = upcast(current)
  const event = format.toEvent(Object.assign(current, { _tag: format.tag }))
  if (event._tag === "Success") return event.success
  throw unreadable("invalid-value", format, event.failure.message)
}

/** The event that the bytes hold, or why they hold none. */
export const decodeResult = (bytes: Uint8Array): Result.Result<OnefoldEvent, EventUnreadable> => {
  try {
    return Result.succeed(read(bytes))
  } catch (cause) {
    if (cause instanceof EventUnreadable) return Result.fail(cause)
    throw cause
  }
}

/** The event that the bytes hold. Fails with EventUnreadable; never dies of what the bytes are. */
export const decode = (bytes: Uint8Array): Effect.Effect<OnefoldEvent, EventUnreadable> =>
  Effect.suspend(() => Effect.fromResult(decodeResult(bytes)))

/** SHA-256 of an event's bytes as they lie in the log. */
export const payloadHash = (bytes: Uint8Array): Sha256 => createHash("sha256").update(bytes).digest("hex")

const isRunId = Schema.is(RunId)

/** Longest run id, in bytes. */
const longestRunId = 64

/** The run that was told last: mostly the next event is the same run's. */
let latestRun: RunId | null = null

const isLatestRun = (bytes: Uint8Array, from: number, length: number): boolean => {
  if (latestRun?.length !== length || bytes.length < from + length) return false
  for (let i = 0; i < length; i++) if (bytes[from + i] !== latestRun.charCodeAt(i)) return false
  return true
}

/**
 * The run that an event belongs to, read from its head alone, so that a reader can pass over other runs' events: runId
 * comes first in every schema. Null where the head is no event's; what it tells is checked only by decoding.
 */
export const runOf = (bytes: Uint8Array): RunId | null => {
  if (bytes[0] !== 0 || bytes.length <= headerLength + 1) return null
  // A length up to 63 takes one byte, 64 takes two.
  const isLongest = bytes[headerLength] === 0x80 && bytes[headerLength + 1] === 1
  const length = isLongest ? longestRunId : bytes[headerLength] >> 1
  const from = headerLength + (isLongest ? 2 : 1)
  if (isLatestRun(bytes, from, length)) return latestRun
  const runId = asBuffer(bytes).toString("latin1", from, from + length)
  if (runId.length !== length || !isRunId(runId)) return null
  latestRun = runId
  return runId
}
