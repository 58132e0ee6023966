/**
 * Consuming from Kafka alone: every partition of the topics, by whoever came last.
 *
 * A decider's state is made of several partitions, so one process must have them all, and who that is is settled
 * elsewhere. Here it is made safe: one transactional id for the group shuts out whoever had it before, and ends what they
 * left open; only then are the group's offsets asked for, and the state of before them restored.
 *
 * What several partitions led to goes into one transaction.
 */
import { Effect, Option, Result } from "effect"
import { type Consumption, type Draft, LogError, type LogRecord, type Position, type Sole } from "./event-log.ts"
import { nameOf, type Place } from "./groups.ts"
import type { GroupOffset, Placed } from "./in-process.ts"
import type { KafkaClient } from "./kafka-client.ts"
import { soon } from "./kafka-consume.ts"
import { attemptPatiently, isSuperseded, kafkaFault } from "./kafka-fault.ts"
import { type Cursor, follow } from "./kafka-fetch.ts"
import { KafkaSender } from "./kafka-send.ts"
import { KafkaWire } from "./kafka-wire.ts"
import { OwedOffsets } from "./owed-offsets.ts"
import { RecordBuffer } from "./record-buffer.ts"
import { Signal } from "./signal.ts"

/** How often in a row Kafka may fail before consuming is given up. What passes is tried again for minutes before. */
const mostFailures = 6

interface Alone<E, R> {
  readonly client: KafkaClient
  readonly wire: KafkaWire
  readonly places: ReadonlyArray<Place>
  readonly place: (drafts: ReadonlyArray<Draft>) => Effect.Effect<ReadonlyArray<Placed>, LogError>
  readonly consumption: Consumption<E, R>
  readonly sole: Sole
}

/** What Kafka failed with, apart from what the handler fails with. */
class Fault {
  readonly superseded: boolean
  readonly error: LogError

  constructor(place: string, cause: unknown) {
    this.superseded = isSuperseded(cause)
    this.error = kafkaFault(place, cause)
  }
}

/** Takes all partitions: nobody else writes for the group from here on. Gives where each begins. */
const take = Effect.fn("EventLogKafka.take")(function* <E, R>(alone: Alone<E, R>, sender: KafkaSender) {
  const { client, consumption, places, sole, wire } = alone
  yield* attemptPatiently(client.place, () => sender.fence())
  const committed = yield* attemptPatiently(client.place, () => wire.groupOffsets(consumption.group, places))
  const begins = new Map(sole.from.map((position) => [nameOf(position), position.offset]))
  return places.map((place, i): Position => ({ ...place, offset: committed[i] ?? begins.get(nameOf(place)) ?? 0 }))
})

/** Handles what comes until something fails. */
const serve = <E, R>(alone: Alone<E, R>, progressed: () => void) =>
  Effect.gen(function* () {
    const { client, consumption, place, places, sole } = alone
    const { finishing = false, group, handle, maxBatch = 512 } = consumption
    const sender = new KafkaSender(client, `${group}/sole`)
    const owed = new OwedOffsets()
    yield* Effect.addFinalizer(() => Effect.promise(() => soon(sender.leave(owed.moves))))
    const positions = yield* take(alone, sender).pipe(Effect.mapError((error) => new Fault(client.place, error)))
    yield* sole.starting(positions)
    yield* consumption.dealt?.(places.length) ?? Effect.void
    const changed = new Signal()
    const buffer = new RecordBuffer(changed)
    const cursors = positions.map(({ offset, ...own }): Cursor => ({ ...own, next: offset, buffer }))
    const write = Effect.fn("EventLogKafka.write")(function* (
      drafts: ReadonlyArray<Draft>,
      moves: ReadonlyArray<GroupOffset> = []
    ) {
      const placed = yield* place(drafts)
      yield* Effect.uninterruptible(
        Effect.tryPromise({
          try: () => owed.settledBy(moves, (all) => sender.transact(placed, all)),
          catch: (cause) => new Fault(client.place, cause)
        })
      )
      progressed()
    })
    const handled = Effect.fn("EventLogKafka.handled")(function* (taken: Option.Option<ReadonlyArray<LogRecord>>) {
      if (Option.isNone(taken)) return yield* write([])
      const drafts: Array<Draft> = []
      const moves: Array<GroupOffset> = []
      for (const records of Map.groupBy(taken.value, nameOf).values()) {
        const [{ partition, topic }] = records
        drafts.push(...(yield* handle({ topic, partition, records })))
        moves.push({ group, topic, partition, offset: (records.at(-1)?.offset ?? 0) + 1 })
      }
      if (drafts.length > 0) return yield* write(drafts, moves)
      if (yield* owed.owe(moves)) yield* write([])
    })
    const next = owed.before(buffer.take(maxBatch))
    const one = finishing
      ? Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(next), handled))
      : Effect.flatMap(next, handled)
    const following = follow(alone.wire, new Set(cursors), changed).pipe(
      Effect.mapError((error) => new Fault(client.place, error))
    )
    return yield* Effect.raceFirst(Effect.forever(one), following)
  }).pipe(Effect.scoped)

const superseded = (place: string, group: string): LogError =>
  new LogError({
    reason: "superseded",
    place,
    detail: `another process consumes for ${group} now`,
    next: "Nothing is lost: it goes on from the last thing that was written"
  })

/** @param places every partition of the consumption's topics */
export const consumeAlone = Effect.fn("EventLogKafka.consumeAlone")(function* <E, R>(
  client: KafkaClient,
  place: Alone<E, R>["place"],
  places: ReadonlyArray<Place>,
  consumption: Consumption<E, R>,
  sole: Sole
) {
  const wire = new KafkaWire(client)
  yield* Effect.addFinalizer(() => Effect.promise(() => wire.close()))
  const alone: Alone<E, R> = { client, wire, places, place, consumption, sole }
  let failures = 0
  const progressed = () => {
    failures = 0
  }
  while (true) {
    const ended = yield* Effect.result(serve(alone, progressed))
    if (Result.isSuccess(ended)) return ended.success
    const fault = ended.failure
    if (!(fault instanceof Fault)) return yield* Effect.fail(fault)
    if (fault.superseded) return yield* superseded(client.place, consumption.group)
    failures++
    yield* Effect.logDebug(`${consumption.group} begins anew: ${fault.error.message}`)
    if (failures >= mostFailures || fault.error.reason === "refused") return yield* Effect.fail(fault.error)
    yield* Effect.sleep(`${Math.min(1000, 50 * 2 ** failures)} millis`)
  }
}, Effect.scoped)
