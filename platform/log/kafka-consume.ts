/**
 * Consuming from Kafka as a member of a group, each batch, what it leads to and the group's offset in one transaction.
 *
 * Two members may believe for a moment that a partition is theirs: one that was paused or cut off, and its successor.
 * So each partition of a group has one transactional id, and taking a partition goes in this order: fence whoever had
 * the id, which ends what they left open; then ask for the group's offset; then begin there. A predecessor that wakes up
 * cannot write any more, and nothing it wrote is missed.
 */
import { setTimeout as pause } from "node:timers/promises"
import { Deferred, Duration, Effect, Exit, FiberMap, Option, Queue } from "effect"
import type { Consumption, Draft, LogError, LogRecord } from "./event-log.ts"
import { nameOf, type Place } from "./groups.ts"
import type { GroupOffset, Placed } from "./in-process.ts"
import type { KafkaClient } from "./kafka-client.ts"
import { attempt, attemptPatiently, kafkaFault } from "./kafka-fault.ts"
import { type Cursor, follow } from "./kafka-fetch.ts"
import { KafkaSender } from "./kafka-send.ts"
import { KafkaWire } from "./kafka-wire.ts"
import { OwedOffsets } from "./owed-offsets.ts"
import { RecordBuffer } from "./record-buffer.ts"
import { Signal } from "./signal.ts"

/** How often in a row a partition may fail before consuming is given up. What passes is tried again for minutes before. */
const mostFailures = 6

interface Running<E, R> {
  readonly consumption: Consumption<E, R>
  readonly place: (drafts: ReadonlyArray<Draft>) => Effect.Effect<ReadonlyArray<Placed>, LogError>
  readonly client: KafkaClient
  readonly wire: KafkaWire
  readonly cursors: Set<Cursor>
  readonly changed: Signal
  /** Fails when consuming is over. */
  readonly over: Deferred.Deferred<never, E | LogError>
}

const transactionalId = (group: string, place: Place): string => `${group}/${nameOf(place)}`

/** Handles a partition until something fails: the handler, and all is over; or Kafka, and the reason is returned. */
const serve = <E, R>(running: Running<E, R>, place: Place, progressed: () => void) =>
  Effect.gen(function* () {
    const { changed, client, consumption, cursors, over, wire } = running
    const { finishing = false, group, handle, maxBatch = 512 } = consumption
    const sender = new KafkaSender(client, transactionalId(group, place))
    const owed = new OwedOffsets()
    yield* Effect.addFinalizer(() => Effect.promise(() => soon(sender.leave(owed.moves))))
    yield* attemptPatiently(client.place, () => sender.fence())
    const [committed] = yield* attemptPatiently(client.place, () => wire.groupOffsets(group, [place]))
    const cursor: Cursor = { ...place, next: committed ?? 0, buffer: new RecordBuffer(changed) }
    yield* Effect.acquireRelease(
      Effect.sync(() => cursors.add(cursor)),
      () => Effect.sync(() => cursors.delete(cursor))
    )
    changed.raise()
    const write = Effect.fn("EventLogKafka.write")(function* (
      drafts: ReadonlyArray<Placed>,
      ...moves: Array<GroupOffset>
    ) {
      yield* Effect.uninterruptible(
        Effect.tryPromise({
          try: () => owed.settledBy(moves, (all) => sender.transact(drafts, all)),
          catch: (cause) => kafkaFault(client.place, cause)
        })
      )
      progressed()
    })
    const one = Effect.fn("EventLogKafka.one")(function* (taken: Option.Option<ReadonlyArray<LogRecord>>) {
      if (Option.isNone(taken)) return yield* write([])
      const records = taken.value
      const handled = yield* Effect.exit(Effect.flatMap(handle({ ...place, records }), running.place))
      if (Exit.isFailure(handled)) {
        yield* Deferred.failCause(over, handled.cause)
        return yield* Effect.interruptible(Effect.never)
      }
      const move = { group, ...place, offset: (records.at(-1)?.offset ?? 0) + 1 }
      if (handled.value.length > 0) return yield* write(handled.value, move)
      if (yield* owed.owe([move])) yield* write([])
    })
    const next = owed.before(cursor.buffer.take(maxBatch))
    while (true) {
      yield* finishing
        ? Effect.uninterruptibleMask((restore) => Effect.flatMap(restore(next), one))
        : Effect.flatMap(next, one)
    }
  }).pipe(Effect.scoped, Effect.flip)

/**
 * Serves a partition for as long as it is this member's. After a failure of Kafka it is taken anew: that finds out what
 * became of the last transaction.
 */
const keepServing = <E, R>(running: Running<E, R>, place: Place): Effect.Effect<never, never, R> =>
  Effect.gen(function* () {
    let failures = 0
    const progressed = () => {
      failures = 0
    }
    while (true) {
      const fault = yield* serve(running, place, progressed)
      failures++
      yield* Effect.logDebug(`partition ${nameOf(place)} is taken anew: ${fault.message}`)
      if (failures >= mostFailures || fault.reason === "refused") yield* Deferred.fail(running.over, fault)
      yield* Effect.sleep(Duration.millis(Math.min(1000, 50 * 2 ** failures)))
    }
  })

/** Leaving shall not take long when the brokers are gone. */
export const soon = <A>(promise: Promise<A>): Promise<A | undefined> =>
  Promise.race([promise.catch(() => undefined), pause(5000, undefined, { ref: false })])

/** Waits until the last transactions are over, so that the group's offsets tell the truth once consuming has ended. */
const settle = (client: KafkaClient, group: string, places: ReadonlyArray<Place>): Effect.Effect<void> =>
  Effect.promise(async () => {
    const settled = places.map(async (place) => {
      const sender = new KafkaSender(client, transactionalId(group, place))
      await sender.fence()
      await sender.close()
    })
    await soon(Promise.all(settled))
  })

/** @param topics the consumption's topics, which exist */
export const consumeKafka = Effect.fn("EventLogKafka.consume")(function* <E, R>(
  client: KafkaClient,
  place: Running<E, R>["place"],
  consumption: Consumption<E, R>
) {
  const { group, topics } = consumption
  const wire = new KafkaWire(client)
  yield* Effect.addFinalizer(() => Effect.promise(() => wire.close()))
  const over = yield* Deferred.make<never, E | LogError>()
  const assignments = yield* Queue.unbounded<ReadonlyArray<Place>>()
  const running = { consumption, place, client, wire, cursors: new Set<Cursor>(), changed: new Signal(), over }
  const lost = (cause: unknown) => Deferred.doneUnsafe(over, Effect.fail(kafkaFault(client.place, cause)))
  yield* Effect.acquireRelease(
    attempt(client.place, () => client.member(group, topics, (places) => Queue.offerUnsafe(assignments, places), lost)),
    (membership) => Effect.promise(() => soon(membership.leave()))
  )
  let mine: ReadonlyArray<Place> = []
  yield* Effect.addFinalizer(() => settle(client, group, mine))
  const fibers = yield* FiberMap.make<string>()
  const isMine = (name: string): boolean => mine.some((own) => nameOf(own) === name)
  const begin = (own: Place) => FiberMap.run(fibers, nameOf(own), keepServing(running, own), { onlyIfMissing: true })
  /** What comes back while its batch in hand ends is begun anew afterwards. */
  const leave = (gone: Place) =>
    FiberMap.remove(fibers, nameOf(gone)).pipe(
      Effect.andThen(Effect.suspend(() => (isMine(nameOf(gone)) ? begin(gone) : Effect.void)))
    )
  const assign = Effect.gen(function* () {
    const before = mine
    mine = yield* Queue.take(assignments)
    // A batch in hand may take its time to end, which its new owner does not wait for either.
    for (const gone of before) if (!isMine(nameOf(gone))) yield* Effect.forkChild(leave(gone))
    for (const own of mine) yield* begin(own)
    yield* consumption.dealt?.(mine.length) ?? Effect.void
  })
  const following = follow(wire, running.cursors, running.changed)
  return yield* Effect.raceAllFirst([Deferred.await(over), following, Effect.forever(assign)])
}, Effect.scoped)
