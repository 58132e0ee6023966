/**
 * EventLogKafka: the log in a Kafka cluster, shared by many processes.
 *
 *   append      one request where all drafts go to one partition, else one transaction
 *   consume     input offset and output in one transaction for each batch (kafka-consume.ts)
 *   read, tail  by fetching, without a consumer group, so that nothing is left behind (kafka-fetch.ts)
 *
 * What differs from a log in one process, within the contract:
 *   - transactions put markers into partitions, so offsets have gaps: an end offset may lie beyond the last record by
 *     more than one, and a group that has handled everything may stand a little before the end
 *   - `read` goes up to the end as of the call, and waits for transactions that are open below it (at most 10 s)
 *   - while a member runs, `committed` may lag behind what it has written by some milliseconds, and behind what led to
 *     nothing by a second, or by as long as the batch after it takes
 *   - a batch in hand is lost when its partition goes to another member
 */
import { Cause, Clock, Effect, Layer, Option, Queue, Schedule, Semaphore, Stream } from "effect"
import {
  type Consumption,
  type Draft,
  EventLog,
  LogError,
  type LogRecord,
  type Position,
  type TopicSpec
} from "./event-log.ts"
import { nameOf, type Place } from "./groups.ts"
import { KafkaClient, type KafkaConnection } from "./kafka-client.ts"
import { consumeKafka, soon } from "./kafka-consume.ts"
import { attempt, kafkaFault } from "./kafka-fault.ts"
import { type Cursor, fetchOnce, follow } from "./kafka-fetch.ts"
import { KafkaAppender } from "./kafka-send.ts"
import { consumeAlone } from "./kafka-sole.ts"
import { KafkaWire } from "./kafka-wire.ts"
import { partitionOf } from "./partition.ts"
import { RecordBuffer } from "./record-buffer.ts"
import { connectRegistry } from "./schema-registry.ts"
import { Signal } from "./signal.ts"
import { catalogueIds } from "./wire-ids.ts"

export type { KafkaConnection } from "./kafka-client.ts"
export type { KafkaSasl, KafkaTls } from "./kafka-transport.ts"
export type { RegistryConnection } from "./registry-connection.ts"

/** How long a broker may hold a read's fetch while a transaction below its end is still open. */
const openMillis = 20

interface Kafka {
  readonly client: KafkaClient
  readonly wire: KafkaWire
  readonly appender: KafkaAppender
  /** Partitions by topic, as far as they were asked for. */
  readonly known: Map<string, number>
}

const unknown = (place: string, what: string): LogError =>
  new LogError({
    reason: "unknown-topic",
    place,
    detail: `there is no ${what}`,
    next: "Create it with createTopics, or check its name"
  })

const partitionsOf = Effect.fn("EventLogKafka.partitionsOf")(function* ({ known, wire }: Kafka, topic: string) {
  const before = known.get(topic)
  if (before !== undefined) return before
  const partitions = yield* attempt(wire.place, () => wire.partitions(topic)).pipe(
    Effect.mapError((fault) => (fault.reason === "unknown-topic" ? unknown(wire.place, `topic ${topic}`) : fault))
  )
  known.set(topic, partitions)
  return partitions
})

const placesOf = Effect.fn("EventLogKafka.placesOf")(function* (kafka: Kafka, topics: ReadonlyArray<string>) {
  const places: Array<Place> = []
  for (const topic of new Set(topics)) {
    const partitions = yield* partitionsOf(kafka, topic)
    for (let partition = 0; partition < partitions; partition++) places.push({ topic, partition })
  }
  return places
})

const mustExist = Effect.fn("EventLogKafka.mustExist")(function* (kafka: Kafka, { partition, topic }: Place) {
  const partitions = yield* partitionsOf(kafka, topic)
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return
  return yield* unknown(kafka.wire.place, `partition ${partition} in topic ${topic}, which has ${partitions}`)
})

const placed = Effect.fn("EventLogKafka.placed")(function* (kafka: Kafka, drafts: ReadonlyArray<Draft>) {
  const timestamp = yield* Clock.currentTimeMillis
  for (const topic of new Set(drafts.map((draft) => draft.topic))) yield* partitionsOf(kafka, topic)
  return drafts.map((draft) => {
    const partition = partitionOf(draft.key, kafka.known.get(draft.topic) ?? 1)
    return { ...draft, timestamp, partition }
  })
})

const endsOf = (kafka: Kafka, topics: ReadonlyArray<string>) =>
  Effect.map(
    attempt(kafka.wire.place, () => kafka.wire.ends(topics)),
    (ends) => new Map(ends.map((end) => [nameOf(end), end.offset]))
  )

/** A broker that has made a topic may need a moment more until it serves it; a busy one some seconds. */
const untilServed = Schedule.spaced("50 millis").pipe(Schedule.upTo({ times: 400 }))

const createTopics = Effect.fn("EventLogKafka.createTopics")(function* (
  kafka: Kafka,
  topics: ReadonlyArray<TopicSpec>
) {
  const missing = new Map<string, number>()
  for (const { name, partitions } of topics) {
    const found = yield* partitionsOf(kafka, name).pipe(
      Effect.catchIf(
        (fault) => fault.reason === "unknown-topic",
        () => Effect.succeed(undefined)
      )
    )
    const has = found ?? missing.get(name) ?? partitions
    if (has !== partitions || !Number.isInteger(partitions) || partitions < 1) {
      return yield* new LogError({
        reason: "corrupt",
        place: `${kafka.wire.place}, topic ${name}`,
        detail: `asked for ${partitions} partitions, and it has ${has}`,
        next: "Use the number it was made with, or other topic names"
      })
    }
    if (found === undefined) missing.set(name, partitions)
  }
  const specs = [...missing].map(([name, partitions]) => ({ name, partitions }))
  if (specs.length === 0) return
  yield* attempt(kafka.wire.place, () => kafka.client.createTopics(specs))
  const names = specs.map(({ name }) => name)
  yield* endsOf(kafka, names).pipe(
    Effect.retry({ schedule: untilServed, while: ({ reason }) => reason === "unknown-topic" })
  )
})

const read = (kafka: Kafka, topic: string, partition: number, from: number): Stream.Stream<LogRecord, LogError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const place = { topic, partition }
      yield* mustExist(kafka, place)
      const end = (yield* endsOf(kafka, [topic])).get(nameOf(place)) ?? 0
      if (from >= end) return Stream.empty
      return Stream.paginate(Math.max(0, from), (next) =>
        Effect.map(
          attempt(kafka.wire.place, () => fetchOnce(kafka.wire, [{ ...place, from: next }], openMillis)),
          ([fetched]) => {
            const records = fetched.records.filter((record) => record.offset < end)
            return [records, fetched.next < end ? Option.some(fetched.next) : Option.none()] as const
          }
        )
      )
    })
  )

const tail = (kafka: Kafka, topics: ReadonlyArray<string>, from: ReadonlyArray<Position> = []) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const wire = new KafkaWire(kafka.client)
      yield* Effect.addFinalizer(() => Effect.promise(() => wire.close()))
      const places = yield* placesOf(kafka, topics)
      const ends = yield* endsOf(kafka, topics)
      const begin = new Map(from.map((position) => [nameOf(position), Math.max(0, position.offset)]))
      const changed = new Signal()
      const buffer = new RecordBuffer(changed)
      const cursorOf = (place: Place): Cursor => {
        return { ...place, buffer, next: begin.get(nameOf(place)) ?? ends.get(nameOf(place)) ?? 0 }
      }
      const taken = Stream.flattenIterable(Stream.fromEffectRepeat(buffer.take(Number.POSITIVE_INFINITY)))
      const following = Stream.fromEffectDrain(follow(wire, new Set(places.map(cursorOf)), changed))
      return Stream.merge(taken, following)
    })
  )

const consume = <E, R>(kafka: Kafka, consumption: Consumption<E, R>): Effect.Effect<never, E | LogError, R> =>
  Effect.gen(function* () {
    const places = yield* placesOf(kafka, consumption.topics)
    const place = (drafts: ReadonlyArray<Draft>) => placed(kafka, drafts)
    const { sole } = consumption
    return sole === undefined
      ? yield* consumeKafka(kafka.client, place, consumption)
      : yield* consumeAlone(kafka.client, place, places, consumption, sole)
  })

const share = ({ client }: Kafka, group: string, topic: string): Stream.Stream<ReadonlyArray<number>, LogError> =>
  Stream.callback((deals) =>
    Effect.acquireRelease(
      attempt(client.place, () =>
        client.member(
          group,
          [topic],
          (places) =>
            Queue.offerUnsafe(
              deals,
              places.map(({ partition }) => partition)
            ),
          (cause) => Queue.failCauseUnsafe(deals, Cause.fail(kafkaFault(client.place, cause)))
        )
      ),
      (membership) => Effect.promise(() => soon(membership.leave()))
    )
  )

const eventLogOf = (kafka: Kafka): EventLog["Service"] => {
  const oneAtATime = Semaphore.makeUnsafe(1)
  return {
    createTopics: (topics) => oneAtATime.withPermit(createTopics(kafka, topics)),
    append: Effect.fn("EventLogKafka.append")(function* (drafts) {
      if (drafts.length === 0) return []
      return yield* Effect.flatMap(placed(kafka, drafts), (all) => Effect.uninterruptible(kafka.appender.append(all)))
    }),
    read: (topic, partition, from) => read(kafka, topic, partition, from),
    endOffsets: Effect.fn("EventLogKafka.endOffsets")(function* (topic) {
      const places = yield* placesOf(kafka, [topic])
      const ends = yield* endsOf(kafka, [topic])
      return places.map((place) => ends.get(nameOf(place)) ?? 0)
    }),
    committed: Effect.fn("EventLogKafka.committed")(function* (group, topic) {
      const places = yield* placesOf(kafka, [topic])
      return yield* attempt(kafka.wire.place, () => kafka.wire.groupOffsets(group, places))
    }),
    commit: Effect.fn("EventLogKafka.commit")(function* (group, positions) {
      for (const position of positions) yield* mustExist(kafka, position)
      yield* attempt(kafka.wire.place, () => kafka.wire.setGroupOffsets(group, positions))
    }),
    consume: (consumption) => consume(kafka, consumption),
    share: (group, topic) => share(kafka, group, topic),
    tail: (topics, from) => tail(kafka, topics, from)
  }
}

/** The log in the cluster that answers at these brokers; fails as unavailable if none does. A schema registry is asked first. */
export const layerKafka = (connection: KafkaConnection): Layer.Layer<EventLog, LogError> =>
  Layer.effect(
    EventLog,
    Effect.gen(function* () {
      const run = Effect.runForkWith(yield* Effect.context<never>())
      const ids = connection.registry === undefined ? catalogueIds : yield* connectRegistry(connection.registry)
      const client = new KafkaClient(connection, (text) => run(Effect.logWarning(text)), ids)
      const [wire, appender] = [new KafkaWire(client), new KafkaAppender(client)]
      yield* Effect.addFinalizer(() => Effect.promise(() => Promise.all([wire.close(), appender.close()])))
      yield* attempt(client.place, () => wire.use([], async () => undefined))
      return eventLogOf({ client, wire, appender, known: new Map() })
    })
  )
