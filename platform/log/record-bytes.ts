/**
 * How one record lies in the lmdb file. Integers are little-endian; lengths are in bytes.
 *
 *   u32  CRC-32 of the record's place and of all bytes below
 *   f64  timestamp
 *   u32  key length       u32  number of headers       then the key
 *   u32  name length      u32  text length             then both, for each header
 *   ...  the value, to the end
 *
 * The place is part of the checksum, so that a record that turns up elsewhere is noticed too.
 */
import { crc32 } from "node:zlib"

export interface RecordContent {
  readonly key: string
  readonly headers: Readonly<Record<string, string>>
  readonly timestamp: number
  readonly value: Uint8Array
}

const prefix = 20

/** @param place the record's key in the file */
export const encodeRecord = (place: Uint8Array, content: RecordContent): Buffer => {
  const key = Buffer.from(content.key)
  const headers = Object.entries(content.headers).map(([name, text]) => [Buffer.from(name), Buffer.from(text)] as const)
  const headerBytes = headers.reduce((sum, [name, text]) => sum + 8 + name.length + text.length, 0)
  const bytes = Buffer.allocUnsafeSlow(prefix + key.length + headerBytes + content.value.length)
  bytes.writeDoubleLE(content.timestamp, 4)
  bytes.writeUInt32LE(key.length, 12)
  bytes.writeUInt32LE(headers.length, 16)
  let at = prefix
  const put = (part: Uint8Array) => {
    bytes.set(part, at)
    at += part.length
  }
  put(key)
  for (const [name, text] of headers) {
    bytes.writeUInt32LE(name.length, at)
    bytes.writeUInt32LE(text.length, at + 4)
    at += 8
    put(name)
    put(text)
  }
  put(content.value)
  bytes.writeUInt32LE(checksum(place, bytes), 0)
  return bytes
}

/** undefined when the bytes are not what was written at that place. */
export const decodeRecord = (place: Uint8Array, bytes: Buffer): RecordContent | undefined => {
  if (bytes.length < prefix || bytes.readUInt32LE(0) !== checksum(place, bytes)) return undefined
  let at = prefix
  const text = (length: number): string => {
    at += length
    return bytes.toString("utf8", at - length, at)
  }
  const key = text(bytes.readUInt32LE(12))
  const headers: Array<readonly [name: string, text: string]> = []
  for (let left = bytes.readUInt32LE(16); left > 0; left--) {
    const nameLength = bytes.readUInt32LE(at)
    const textLength = bytes.readUInt32LE(at + 4)
    at += 8
    headers.push([text(nameLength), text(textLength)])
  }
  const value = new Uint8Array(bytes.buffer, bytes.byteOffset + at, bytes.length - at)
  return { key, headers: Object.fromEntries(headers), timestamp: bytes.readDoubleLE(4), value }
}

/** A small value with a CRC-32 of its key and itself in front. */
export const seal = (key: Uint8Array, value: Uint8Array): Buffer => {
  const bytes = Buffer.concat([Buffer.alloc(4), value])
  bytes.writeUInt32LE(checksum(key, bytes), 0)
  return bytes
}

/** undefined when the bytes are not what was sealed under that key. */
export const unseal = (key: Uint8Array, bytes: Buffer): Buffer | undefined =>
  bytes.length >= 4 && bytes.readUInt32LE(0) === checksum(key, bytes) ? bytes.subarray(4) : undefined

const checksum = (place: Uint8Array, bytes: Buffer): number => crc32(bytes.subarray(4), crc32(place))
