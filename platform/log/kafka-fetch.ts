/**
 * Fetching records from Kafka over a link, without a consumer group.
 *
 * What a broker sends is not all for the reader: markers of transactions take offsets of their own, and the records of
 * aborted transactions are still there. Both are left out here, so offsets have gaps that no reader notices. Records of
 * open transactions are not sent at all.
 */
import { Effect, FiberSet } from "effect"
import type { LogError, LogRecord } from "./event-log.ts"
import { nameOf, type Place } from "./groups.ts"
import type { Link } from "./kafka-client.ts"
import { attemptPatiently } from "./kafka-fault.ts"
import { type KafkaWire, leaderOf } from "./kafka-wire.ts"
import type { RecordBuffer } from "./record-buffer.ts"
import type { Signal } from "./signal.ts"

/** Bytes asked for at once, per partition and in all; a single larger batch of records comes whole. */
const partitionBytes = 4 * 1024 * 1024
const allBytes = 32 * 1024 * 1024

/** Isolation level "read committed" of the Kafka protocol. */
const readCommitted = 1

/** The parts of kafkajs's answer to a fetch that are used here; the library types it as any. */
interface FetchAnswer {
  readonly responses: ReadonlyArray<{
    readonly topicName: string
    readonly partitions: ReadonlyArray<PartitionAnswer>
  }>
}

export interface PartitionAnswer {
  readonly partition: number
  readonly highWatermark: string
  readonly abortedTransactions: ReadonlyArray<{ readonly producerId: string; readonly firstOffset: string }> | null
  readonly messages: ReadonlyArray<Message>
}

export interface Message {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: Readonly<Record<string, Buffer | ReadonlyArray<Buffer>>>
  readonly isControlRecord: boolean
  readonly batchContext: { readonly producerId: string; readonly inTransaction: boolean }
}

/** What one fetch brought from one partition. */
export interface Fetched extends Place {
  readonly records: ReadonlyArray<LogRecord>
  /** Where the next fetch begins: behind everything that was sent, shown or not. */
  readonly next: number
  /** The offset that the next record of the partition will get. */
  readonly end: number
}

const textOf = (bytes: Buffer | ReadonlyArray<Buffer> | null): string =>
  bytes === null ? "" : Buffer.isBuffer(bytes) ? bytes.toString() : textOf(bytes[0] ?? null)

const recordOf = (place: Place, message: Message): LogRecord => {
  const { headers, key, offset, timestamp } = message
  const value = message.value ?? Buffer.alloc(0)
  return {
    topic: place.topic,
    partition: place.partition,
    offset: Number(offset),
    key: textOf(key),
    timestamp: Number(timestamp),
    headers: Object.fromEntries(Object.entries(headers).map(([name, bytes]) => [name, textOf(bytes)])),
    value: new Uint8Array(value.buffer, value.byteOffset, value.length)
  }
}

/** The key of the marker that ends an aborted transaction: version 0, type 0. */
const abortKey = Buffer.alloc(4)

/**
 * Leaves out markers, the records of aborted transactions and what lies before the offset asked for.
 *
 * A producer's records count as aborted from the offset that the broker names until its abort marker.
 */
export const readableOf = (place: Place, from: number, answer: PartitionAnswer): Fetched => {
  const { highWatermark, messages } = answer
  const aborts = [...(answer.abortedTransactions ?? [])].sort((a, b) => Number(a.firstOffset) - Number(b.firstOffset))
  const aborting = new Set<string>()
  const records: Array<LogRecord> = []
  let next = from
  for (const message of messages) {
    const { inTransaction, producerId } = message.batchContext
    const offset = Number(message.offset)
    while (aborts.length > 0 && offset >= Number(aborts[0].firstOffset)) {
      const begun = aborts.shift()
      if (begun !== undefined) aborting.add(begun.producerId)
    }
    next = Math.max(next, offset + 1)
    if (message.isControlRecord) {
      if (message.key?.equals(abortKey)) aborting.delete(producerId)
    } else if (offset >= from && !(inTransaction && aborting.has(producerId))) {
      records.push(recordOf(place, message))
    }
  }
  return { topic: place.topic, partition: place.partition, records, next, end: Number(highWatermark) }
}

/** A place and the offset to fetch from. */
export interface Want extends Place {
  readonly from: number
}

const fetchFrom = async (link: Link, nodeId: string, wants: ReadonlyArray<Want>, waitMillis: number) => {
  const topics = [...Map.groupBy(wants, (want) => want.topic)].map(([topic, wants]) => ({
    topic,
    partitions: wants.map(({ from, partition }) => ({ partition, fetchOffset: String(from), maxBytes: partitionBytes }))
  }))
  const broker = await link.cluster.findBroker({ nodeId })
  const answer: FetchAnswer = await broker.fetch({
    topics,
    maxWaitTime: waitMillis,
    minBytes: 1,
    maxBytes: allBytes,
    isolationLevel: readCommitted
  })
  const froms = new Map(wants.map((want) => [nameOf(want), want.from]))
  return answer.responses.flatMap(({ partitions, topicName }) =>
    partitions.map((partition) => {
      const place = { topic: topicName, partition: partition.partition }
      return readableOf(place, froms.get(nameOf(place)) ?? 0, partition)
    })
  )
}

/** Fetches once from every leader of the places wanted, and waits up to `waitMillis` for each leader's first bytes. */
export const fetchOnce = (wire: KafkaWire, wants: ReadonlyArray<Want>, waitMillis: number) =>
  wire.use(
    wants.map((want) => want.topic),
    async (link) => {
      const byLeader = Map.groupBy(wants, (want) => leaderOf(link, want))
      const fetches = [...byLeader].map(([node, wants]) => fetchFrom(link, node, wants, waitMillis))
      const fetched = (await Promise.all(fetches)).flat()
      await wire.ids.incoming(fetched.flatMap(({ records }) => records.map(({ value }) => value)))
      return fetched
    }
  )

/**
 * How long a broker may hold a fetch that finds nothing. A place that joins later, or that was left out because its buffer
 * was full, waits for the fetch that is under way: so it is short after somebody came, twice as long each time, and short
 * while somebody is left out. Every fetch has its price, here and there, and what comes ends it at once.
 */
const shortestHold = 20
const longestHold = 500

/** Somebody who reads along a partition. */
export interface Cursor extends Place {
  /** Where the next fetch begins. */
  next: number
  readonly buffer: RecordBuffer
}

/** What following needs of a cluster. */
export interface Fetching extends Pick<KafkaWire, "place" | "leaderOf"> {
  readonly fetch: (wants: ReadonlyArray<Want>, waitMillis: number) => Promise<ReadonlyArray<Fetched>>
}

/** As `follow`, wherever it fetches from. */
export const followBy = (
  fetching: Fetching,
  cursors: ReadonlySet<Cursor>,
  changed: Signal
): Effect.Effect<never, LogError> =>
  Effect.scoped(
    Effect.gen(function* () {
      const busy = new Set<string>()
      /** Being fetched: its leader's name may change meanwhile, and what is fetched twice would be handled twice. */
      const away = new Set<Cursor>()
      const met = new WeakSet<Cursor>()
      let hold = shortestHold
      const flights = yield* FiberSet.make<void, LogError>()
      const flight = Effect.fn("follow.flight")(function* (chosen: ReadonlyArray<Cursor>, leavesOut: boolean) {
        const wants = chosen.map(({ next, partition, topic }) => ({ topic, partition, from: next }))
        const byName = new Map(chosen.map((cursor) => [nameOf(cursor), cursor]))
        if (chosen.some((cursor) => !met.has(cursor))) hold = shortestHold
        for (const cursor of chosen) met.add(cursor)
        const answers = yield* attemptPatiently(fetching.place, () =>
          fetching.fetch(wants, leavesOut ? shortestHold : hold)
        )
        hold = Math.min(longestHold, 2 * hold)
        for (const fetched of answers) {
          const cursor = byName.get(nameOf(fetched))
          if (cursor === undefined) continue
          cursor.next = fetched.next
          cursor.buffer.add(fetched.records)
        }
      })
      const launch = Effect.gen(function* () {
        const { version } = changed
        const hungry = [...cursors].filter((cursor) => !cursor.buffer.isFull)
        const waiting = hungry.filter((cursor) => !away.has(cursor))
        for (const [leader, chosen] of Map.groupBy(waiting, (cursor) => fetching.leaderOf(cursor) ?? "")) {
          if (busy.has(leader)) continue
          busy.add(leader)
          for (const cursor of chosen) away.add(cursor)
          const landed = Effect.sync(() => {
            busy.delete(leader)
            for (const cursor of chosen) away.delete(cursor)
            changed.raise()
          })
          yield* FiberSet.run(flights, Effect.ensuring(flight(chosen, hungry.length < cursors.size), landed))
        }
        yield* changed.beyond(version)
      })
      return yield* Effect.raceFirst(Effect.forever(launch), Effect.andThen(FiberSet.join(flights), Effect.never))
    })
  )

/**
 * Fetches for all cursors for ever, into their buffers; a full buffer is left alone until it is emptied.
 *
 * One fetch at a time for each leader, so that a quiet broker does not hold up a busy one.
 *
 * @param cursors may change at any time; raise `changed` then, and whenever a buffer is emptied
 */
export const follow = (
  wire: KafkaWire,
  cursors: ReadonlySet<Cursor>,
  changed: Signal
): Effect.Effect<never, LogError> => {
  const fetch: Fetching["fetch"] = (wants, waitMillis) => fetchOnce(wire, wants, waitMillis)
  return followBy({ place: wire.place, leaderOf: (place) => wire.leaderOf(place), fetch }, cursors, changed)
}
