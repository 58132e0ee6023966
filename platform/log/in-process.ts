/**
 * An EventLog over a store that only this process writes: what the memory and lmdb layers have in common.
 *
 * The store keeps records and offsets; here is who waits for whom. Appends wake consumers and tails at once.
 */
import { Clock, Effect, Option, Semaphore, Stream } from "effect"
import {
  type Consumption,
  type Draft,
  type EventLog,
  LogError,
  type LogRecord,
  type Position,
  type TopicSpec
} from "./event-log.ts"
import { Groups, type Member, nameOf, type Place } from "./groups.ts"
import { partitionOf } from "./partition.ts"
import { Signal } from "./signal.ts"

/** A draft that knows its partition and its time. */
export interface Placed extends Draft {
  readonly partition: number
  readonly timestamp: number
}

/** `group` will next handle `offset` of `topic`/`partition`. */
export interface GroupOffset extends Position {
  readonly group: string
}

export interface Store {
  /** The folder, or a word for the memory. Appears in errors. */
  readonly place: string
  /** undefined for a topic that is not there. */
  readonly partitions: (topic: string) => number | undefined
  /** Adds topics that are not there yet. */
  readonly add: (topics: ReadonlyArray<TopicSpec>) => Effect.Effect<void, LogError>
  /** Writes records and group offsets, all or nothing; returns once they are kept. Not to be interrupted. */
  readonly write: (
    drafts: ReadonlyArray<Placed>,
    offsets: ReadonlyArray<GroupOffset>
  ) => Effect.Effect<ReadonlyArray<Position>, LogError>
  /** At least one and at most `limit` records from `from` on, in order; none at the end. May stop early when they are large. */
  readonly records: (place: Place, from: number, limit: number) => Effect.Effect<ReadonlyArray<LogRecord>, LogError>
  readonly end: (place: Place) => number
  readonly committed: (group: string, place: Place) => number | undefined
}

/** Records to fetch at once when reading. */
const chunk = 512

const range = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, index) => index)

export const inProcess = (store: Store): EventLog["Service"] => {
  const signals = new Map<string, Signal>()
  const anything = new Signal()
  const signalOf = (place: Place): Signal => {
    const known = signals.get(nameOf(place)) ?? new Signal()
    signals.set(nameOf(place), known)
    return known
  }
  const groups = new Groups(signalOf)
  const oneAtATime = Semaphore.makeUnsafe(1)

  const unknown = (what: string) =>
    new LogError({
      reason: "unknown-topic",
      place: store.place,
      detail: `there is no ${what}`,
      next: "Create it with createTopics, or check its name"
    })

  const partitionsOf = (topic: string): Effect.Effect<number, LogError> => {
    const partitions = store.partitions(topic)
    return partitions === undefined ? Effect.fail(unknown(`topic ${topic}`)) : Effect.succeed(partitions)
  }

  const mustExist = Effect.fn("EventLog.mustExist")(function* (place: Place) {
    const partitions = yield* partitionsOf(place.topic)
    const { partition } = place
    if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
      return yield* unknown(`partition ${partition} in topic ${place.topic}, which has ${partitions}`)
    }
  })

  const placesOf = Effect.fn("EventLog.placesOf")(function* (topics: ReadonlyArray<string>) {
    const places: Array<Place> = []
    for (const topic of new Set(topics)) {
      for (const partition of range(yield* partitionsOf(topic))) places.push({ topic, partition })
    }
    return places
  })

  const write = Effect.fn("EventLog.write")(function* (
    drafts: ReadonlyArray<Draft>,
    offsets: ReadonlyArray<GroupOffset>
  ) {
    const timestamp = yield* Clock.currentTimeMillis
    const placed: Array<Placed> = []
    for (const draft of drafts) {
      placed.push({ ...draft, timestamp, partition: partitionOf(draft.key, yield* partitionsOf(draft.topic)) })
    }
    const positions = yield* Effect.uninterruptible(store.write(placed, offsets))
    for (const place of new Set(positions.map(nameOf))) signals.get(place)?.raise()
    if (positions.length > 0) anything.raise()
    return positions
  })

  const createTopics = Effect.fn("EventLog.createTopics")(function* (topics: ReadonlyArray<TopicSpec>) {
    const missing = new Map<string, number>()
    for (const { name, partitions } of topics) {
      const has = store.partitions(name) ?? missing.get(name) ?? partitions
      if (has !== partitions || !Number.isInteger(partitions) || partitions < 1) {
        return yield* new LogError({
          reason: "corrupt",
          place: `${store.place}, topic ${name}`,
          detail: `asked for ${partitions} partitions, and it has ${has}`,
          next: "Use the number it was made with, or another data folder"
        })
      }
      if (store.partitions(name) === undefined) missing.set(name, partitions)
    }
    if (missing.size > 0) yield* store.add([...missing].map(([name, partitions]) => ({ name, partitions })))
  })

  const read = (topic: string, partition: number, from: number): Stream.Stream<LogRecord, LogError> =>
    Stream.unwrap(
      Effect.gen(function* () {
        const place = { topic, partition }
        yield* mustExist(place)
        const end = store.end(place)
        return Stream.paginate(Math.max(0, from), (next) =>
          next >= end
            ? Effect.succeed([[], Option.none<number>()] as const)
            : Effect.map(store.records(place, next, Math.min(chunk, end - next)), (records) => {
                const after = next + records.length
                return [records, after < end ? Option.some(after) : Option.none<number>()] as const
              })
        )
      })
    )

  const next = (group: string, place: Place): number => store.committed(group, place) ?? 0

  /** Handles one batch of one partition, or waits until there may be one. */
  const handleOne = <E, R>(consumption: Consumption<E, R>, member: Member, place: Place) =>
    Effect.suspend(() => {
      const { group, handle, maxBatch = chunk } = consumption
      const signal = signalOf(place)
      const { version } = signal
      const isReady = () => groups.owns(group, member, place) && next(group, place) < store.end(place)
      if (!isReady()) return signal.beyond(version)
      const batch = Effect.gen(function* () {
        if (!isReady()) return
        const from = next(group, place)
        const records = yield* store.records(place, from, maxBatch)
        const drafts = yield* handle({ ...place, records })
        yield* write(drafts, [{ group, ...place, offset: from + records.length }])
      })
      return groups.turn(group, place, batch)
    })

  const consume = <E, R>(consumption: Consumption<E, R>): Effect.Effect<never, E | LogError, R> =>
    Effect.gen(function* () {
      const member: Member = { places: yield* placesOf(consumption.topics) }
      const work = Effect.forEach(member.places, (place) => Effect.forever(handleOne(consumption, member, place)), {
        concurrency: "unbounded",
        discard: true
      })
      return yield* Effect.acquireUseRelease(
        Effect.sync(() => groups.join(consumption.group, member)),
        () => Effect.andThen(work, Effect.never),
        () => Effect.sync(() => groups.leave(consumption.group, member))
      )
    })

  const tail = (topics: ReadonlyArray<string>, from: ReadonlyArray<Position> = []) =>
    Stream.unwrap(
      Effect.gen(function* () {
        const places = yield* placesOf(topics)
        const begin = new Map(from.map((position) => [nameOf(position), Math.max(0, position.offset)]))
        const cursors = places.map((place) => ({ place, next: begin.get(nameOf(place)) ?? store.end(place) }))
        const pull = Effect.gen(function* () {
          while (true) {
            const { version } = anything
            const ready = cursors.filter(({ next, place }) => next < store.end(place))
            const chunks = yield* Effect.forEach(ready, (cursor) =>
              Effect.map(store.records(cursor.place, cursor.next, chunk), (records) => {
                cursor.next += records.length
                return records
              })
            )
            if (chunks.length > 0) return chunks.flat()
            yield* anything.beyond(version)
          }
        })
        return Stream.flattenIterable(Stream.fromEffectRepeat(pull))
      })
    )

  return {
    createTopics: (topics) => oneAtATime.withPermit(createTopics(topics)),
    append: (drafts) => write(drafts, []),
    read,
    endOffsets: Effect.fn("EventLog.endOffsets")(function* (topic) {
      return (yield* placesOf([topic])).map((place) => store.end(place))
    }),
    committed: Effect.fn("EventLog.committed")(function* (group, topic) {
      return (yield* placesOf([topic])).map((place) => store.committed(group, place) ?? null)
    }),
    commit: Effect.fn("EventLog.commit")(function* (group, positions) {
      for (const position of positions) yield* mustExist(position)
      yield* write(
        [],
        positions.map((position) => ({ ...position, group }))
      )
      for (const position of positions) signalOf(position).raise()
    }),
    consume,
    tail
  }
}
