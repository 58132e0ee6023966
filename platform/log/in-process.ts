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

/** Who waits for what. */
interface Log {
  readonly store: Store
  readonly groups: Groups
  /** Raised when something happens to a place that its consumers wait for. */
  readonly signalOf: (place: Place) => Signal
  /** Raised by every append. */
  readonly anything: Signal
}

const range = (length: number): ReadonlyArray<number> => Array.from({ length }, (_, index) => index)

const unknown = (log: Log, what: string): LogError =>
  new LogError({
    reason: "unknown-topic",
    place: log.store.place,
    detail: `there is no ${what}`,
    next: "Create it with createTopics, or check its name"
  })

const partitionsOf = (log: Log, topic: string): Effect.Effect<number, LogError> => {
  const partitions = log.store.partitions(topic)
  return partitions === undefined ? Effect.fail(unknown(log, `topic ${topic}`)) : Effect.succeed(partitions)
}

const mustExist = Effect.fn("EventLog.mustExist")(function* (log: Log, { partition, topic }: Place) {
  const partitions = yield* partitionsOf(log, topic)
  if (Number.isInteger(partition) && partition >= 0 && partition < partitions) return
  return yield* unknown(log, `partition ${partition} in topic ${topic}, which has ${partitions}`)
})

const placesOf = Effect.fn("EventLog.placesOf")(function* (log: Log, topics: ReadonlyArray<string>) {
  const places: Array<Place> = []
  for (const topic of new Set(topics)) {
    for (const partition of range(yield* partitionsOf(log, topic))) places.push({ topic, partition })
  }
  return places
})

const createTopics = Effect.fn("EventLog.createTopics")(function* (log: Log, topics: ReadonlyArray<TopicSpec>) {
  const { store } = log
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

const write = Effect.fn("EventLog.write")(function* (
  log: Log,
  drafts: ReadonlyArray<Draft>,
  offsets: ReadonlyArray<GroupOffset>
) {
  const timestamp = yield* Clock.currentTimeMillis
  const placed: Array<Placed> = []
  for (const draft of drafts) {
    placed.push({ ...draft, timestamp, partition: partitionOf(draft.key, yield* partitionsOf(log, draft.topic)) })
  }
  const positions = yield* Effect.uninterruptible(log.store.write(placed, offsets))
  for (const position of new Map(positions.map((position) => [nameOf(position), position])).values()) {
    log.signalOf(position).raise()
  }
  if (positions.length > 0) log.anything.raise()
  return positions
})

const commit = Effect.fn("EventLog.commit")(function* (log: Log, group: string, positions: ReadonlyArray<Position>) {
  for (const position of positions) yield* mustExist(log, position)
  const offsets = positions.map((position) => ({ ...position, group }))
  yield* write(log, [], offsets)
  for (const position of positions) log.signalOf(position).raise()
})

const read = (log: Log, place: Place, from: number): Stream.Stream<LogRecord, LogError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      yield* mustExist(log, place)
      const end = log.store.end(place)
      return Stream.paginate(Math.max(0, from), (next) =>
        next >= end
          ? Effect.succeed([[], Option.none<number>()] as const)
          : Effect.map(log.store.records(place, next, Math.min(chunk, end - next)), (records) => {
              const after = next + records.length
              return [records, after < end ? Option.some(after) : Option.none<number>()] as const
            })
      )
    })
  )

/** The offset that a group will handle a partition from. */
const nextOf = <E, R>({ store }: Log, { group, sole }: Consumption<E, R>, place: Place): number =>
  store.committed(group, place) ?? sole?.from.find((position) => nameOf(position) === nameOf(place))?.offset ?? 0

/** Handles one batch of one partition, or waits until there may be one. */
const handleOne = <E, R>(log: Log, consumption: Consumption<E, R>, member: Member, place: Place) =>
  Effect.suspend(() => {
    const { groups, signalOf, store } = log
    const { finishing = false, group, handle, maxBatch = chunk } = consumption
    const { version } = signalOf(place)
    const next = () => nextOf(log, consumption, place)
    const isReady = () => groups.owns(group, member, place) && next() < store.end(place)
    if (!isReady()) return signalOf(place).beyond(version)
    const batch = Effect.gen(function* () {
      if (!isReady()) return
      const from = next()
      const records = yield* store.records(place, from, maxBatch)
      const drafts = yield* handle({ ...place, records })
      yield* write(log, drafts, [{ group, ...place, offset: from + records.length }])
    })
    return groups.turn(group, place, finishing ? Effect.uninterruptible(batch) : batch)
  })

const consume = <E, R>(log: Log, consumption: Consumption<E, R>): Effect.Effect<never, E | LogError, R> =>
  Effect.gen(function* () {
    const member: Member = { places: yield* placesOf(log, consumption.topics) }
    const positions = member.places.map((place) => ({ ...place, offset: nextOf(log, consumption, place) }))
    yield* consumption.sole?.starting(positions) ?? Effect.void
    const work = Effect.forEach(member.places, (place) => Effect.forever(handleOne(log, consumption, member, place)), {
      concurrency: "unbounded",
      discard: true
    })
    const { dealt = () => Effect.void, group } = consumption
    const own = () => member.places.filter((place) => log.groups.owns(group, member, place)).length
    return yield* Effect.acquireUseRelease(
      Effect.sync(() => log.groups.join(group, member)),
      () => Effect.suspend(() => dealt(own())).pipe(Effect.andThen(work), Effect.andThen(Effect.never)),
      () => Effect.sync(() => log.groups.leave(group, member))
    )
  })

const share = (log: Log, group: string, topic: string): Stream.Stream<ReadonlyArray<number>, LogError> =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { groups, signalOf } = log
      const member: Member = { places: yield* placesOf(log, [topic]) }
      yield* Effect.acquireRelease(
        Effect.sync(() => groups.join(group, member)),
        () => Effect.sync(() => groups.leave(group, member))
      )
      let last: string | null = null
      const pull = Effect.gen(function* () {
        while (true) {
          const versions = member.places.map((place) => signalOf(place).version)
          const own = member.places.filter((place) => groups.owns(group, member, place))
          const names = own.map(nameOf).join()
          if (names !== last) {
            last = names
            return own.map(({ partition }) => partition)
          }
          yield* Effect.raceAllFirst(member.places.map((place, i) => signalOf(place).beyond(versions[i])))
        }
      })
      return Stream.fromEffectRepeat(pull)
    })
  )

const tail = (log: Log, topics: ReadonlyArray<string>, from: ReadonlyArray<Position> = []) =>
  Stream.unwrap(
    Effect.gen(function* () {
      const { anything, store } = log
      const places = yield* placesOf(log, topics)
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

/** The log over a store that nobody else writes. */
export const inProcess = (store: Store): EventLog["Service"] => {
  const signals = new Map<string, Signal>()
  const signalOf = (place: Place): Signal => {
    const signal = signals.get(nameOf(place)) ?? new Signal()
    signals.set(nameOf(place), signal)
    return signal
  }
  const log: Log = { store, signalOf, groups: new Groups(signalOf), anything: new Signal() }
  const oneAtATime = Semaphore.makeUnsafe(1)
  return {
    createTopics: (topics) => oneAtATime.withPermit(createTopics(log, topics)),
    append: (drafts) => write(log, drafts, []),
    read: (topic, partition, from) => read(log, { topic, partition }, from),
    endOffsets: Effect.fn("EventLog.endOffsets")(function* (topic) {
      return (yield* placesOf(log, [topic])).map((place) => store.end(place))
    }),
    committed: Effect.fn("EventLog.committed")(function* (group, topic) {
      return (yield* placesOf(log, [topic])).map((place) => store.committed(group, place) ?? null)
    }),
    commit: (group, positions) => commit(log, group, positions),
    consume: (consumption) => consume(log, consumption),
    share: (group, topic) => share(log, group, topic),
    tail: (topics, from) => tail(log, topics, from)
  }
}
