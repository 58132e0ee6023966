/** What the parts of the event log contract share: topics and groups of their own, records as text. */
import { randomUUID } from "node:crypto"
import { setImmediate as letOthersRun } from "node:timers/promises"
import type { Vitest } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type Batch, type Draft, EventLog, type LogRecord } from "./event-log.ts"
import { partitionOf } from "./partition.ts"

export type It = Vitest.MethodsNonLive<EventLog>

const text = new TextEncoder()

export const textOf = (record: LogRecord): string => new TextDecoder().decode(record.value)

export const draft = (topic: string, key: string, value: string): Draft => ({ topic, key, value: text.encode(value) })

/** A name that no other test and no earlier run used. */
export const unused = (word: string): string => `${word}-${randomUUID().slice(0, 8)}`

/** Makes a topic of its own for a test. */
export const topicOf = Effect.fn("topicOf")(function* (partitions: number) {
  const name = unused("topic")
  yield* (yield* EventLog).createTopics([{ name, partitions }])
  return name
})

/** All records of a topic up to now, by partition. */
export const readAll = Effect.fn("readAll")(function* (topic: string) {
  const log = yield* EventLog
  const ends = yield* log.endOffsets(topic)
  return yield* Effect.forEach(ends, (_, partition) => Stream.runCollect(log.read(topic, partition, 0)))
})

/** A key that lies in the given partition. */
export const keyIn = (partition: number, partitions: number): string => {
  let key = 0
  while (partitionOf(`key ${key}`, partitions) !== partition) key++
  return `key ${key}`
}

/** Appends the values to a partition of a topic of `partitions` partitions. */
export const fill = Effect.fn("fill")(function* (
  topic: string,
  partition: number,
  partitions: number,
  values: string[]
) {
  return yield* (yield* EventLog).append(values.map((value) => draft(topic, keyIn(partition, partitions), value)))
})

/** Handles records by copying them to another topic. */
export const copyTo =
  (topic: string) =>
  (batch: Batch): Effect.Effect<ReadonlyArray<Draft>> =>
    Effect.succeed(batch.records.map((record) => draft(topic, record.key, `copy of ${textOf(record)}`)))

/** Waits until `count` records are in a topic, then returns their values in order of partition and offset. */
export const waitFor = Effect.fn("waitFor")(function* (topic: string, count: number) {
  const log = yield* EventLog
  const from = (yield* log.endOffsets(topic)).map((_, partition) => ({ topic, partition, offset: 0 }))
  yield* Effect.scoped(Stream.runDrain(Stream.take(log.tail([topic], from), count)))
  return (yield* readAll(topic)).map((records) => records.map(textOf))
})

/** Some turns of the event loop, so that whoever has work to do has done it. */
export const turns = Effect.promise(async () => {
  for (let turn = 0; turn < 20; turn++) await letOthersRun()
})
