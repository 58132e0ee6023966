/**
 * Drafts as Kafka's requests carry them, and the positions that its answers stand for.
 */
import type { Position } from "./event-log.ts"
import { nameOf } from "./groups.ts"
import type { Placed } from "./in-process.ts"
import type { KafkaClient, Written } from "./kafka-client.ts"
import type { WireIds } from "./wire-ids.ts"

/** How values lie in the topics. */
export type Form = Pick<KafkaClient, "compression" | "ids">

/** What one request carries at most, unless a single record is larger. */
const requestBytes = 4 * 1024 * 1024
const requestRecords = 1000

const sizeOf = ({ headers = {}, key, value }: Placed): number =>
  Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length, key.length + value.length)

/** Cuts drafts into requests, in order. */
export const requestsOf = (drafts: ReadonlyArray<Placed>): ReadonlyArray<ReadonlyArray<Placed>> => {
  const requests: Array<Array<Placed>> = []
  let bytes = 0
  for (const draft of drafts) {
    const request = requests.at(-1)
    bytes += sizeOf(draft)
    if (request === undefined || bytes > requestBytes || request.length >= requestRecords) {
      requests.push([draft])
      bytes = sizeOf(draft)
    } else request.push(draft)
  }
  return requests
}

export const messageOf = ({ outgoing }: WireIds, { headers = {}, key, partition, timestamp, value }: Placed) => {
  const sent = outgoing(value)
  return {
    partition,
    key: Buffer.from(key),
    value: Buffer.from(sent.buffer, sent.byteOffset, sent.length),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    timestamp: String(timestamp)
  }
}

/** Where the drafts of one request went: a batch has one first offset, and its records follow it in order. */
export const positionsOf = (
  drafts: ReadonlyArray<Placed>,
  written: ReadonlyArray<Written>
): ReadonlyArray<Position> => {
  const next = new Map(
    written.map(({ baseOffset, partition, topicName }) => [nameOf({ topic: topicName, partition }), Number(baseOffset)])
  )
  return drafts.map(({ partition, topic }) => {
    const offset = next.get(nameOf({ topic, partition })) ?? 0
    next.set(nameOf({ topic, partition }), offset + 1)
    return { topic, partition, offset }
  })
}
