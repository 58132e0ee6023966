/**
 * The keys and small values of the lmdb file: one lmdb database with binary keys, integers big-endian so that keys sort by number:
 *
 *   00                                         empty; its version is the epoch
 *   01                                         u32 format of this file
 *   02 topic name                              u32 topic number, u32 partitions
 *   03 u32 topic, u32 partition, group name    u64 next offset of the group
 *   04 u32 topic, u32 partition                u64 end: the offset of the next record
 *   05 u32 topic, u32 partition, u64 offset    a record (record-bytes.ts)
 *
 * The values of 01 to 04 begin with a CRC-32 of key and value.
 */

export const epochKey = Buffer.of(0)
export const formatKey = Buffer.of(1)

export const topicKey = (name: string): Buffer => Buffer.concat([Buffer.of(2), Buffer.from(name)])

/** A key of kind 3, 4 or 5, with room for `more` bytes behind topic and partition. */
const placeKey = (kind: number, topic: number, partition: number, more = 0): Buffer => {
  const key = Buffer.allocUnsafeSlow(9 + more)
  key.writeUInt8(kind, 0)
  key.writeUInt32BE(topic, 1)
  key.writeUInt32BE(partition, 5)
  return key
}

export const recordKey = (topic: number, partition: number, offset: number): Buffer => {
  const key = placeKey(5, topic, partition, 8)
  key.writeBigUInt64BE(BigInt(offset), 9)
  return key
}

export const groupKey = (topic: number, partition: number, group: string): Buffer =>
  Buffer.concat([placeKey(3, topic, partition), Buffer.from(group)])

export const u32s = (...numbers: ReadonlyArray<number>): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length)
  numbers.forEach((number, index) => {
    bytes.writeUInt32BE(number, 4 * index)
  })
  return bytes
}

export const u64 = (number: number): Buffer => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(number))
  return bytes
}

export const endKey = (topic: number, partition: number): Buffer => placeKey(4, topic, partition)
