/**
 * A log whose consumers can be stopped at a chosen batch, as a kill would stop them: what the batch led to was worked
 * out, and neither outputs nor offset were written.
 */
import { Deferred, Effect } from "effect"
import { EventLog } from "../log/event-log.ts"
import { lagOf } from "./lag.ts"

export interface Cut {
  /** Which batch is lost, counted from 1 over all consumers. */
  readonly at: number
  /** Whether the batches after it are still handled, until the consumers are interrupted. */
  readonly othersGoOn: boolean
}

/** Puts work on this log in place of the one it finds: batches of one record, stopped at the cut. */
export const withCut = <A, E, R>(cut: Cut, work: (reached: Deferred.Deferred<void>) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const reached = yield* Deferred.make<void>()
    let batches = 0
    const consume: EventLog["Service"]["consume"] = (consumption) =>
      log.consume({
        ...consumption,
        maxBatch: 1,
        handle: (batch) =>
          Effect.suspend(() => {
            batches++
            if (batches === cut.at)
              return Effect.andThen(consumption.handle(batch), Deferred.succeed(reached, undefined)).pipe(
                Effect.andThen(Effect.never)
              )
            return batches > cut.at && !cut.othersGoOn ? Effect.never : consumption.handle(batch)
          })
      })
    return yield* work(reached).pipe(Effect.provideService(EventLog, { ...log, consume }))
  })

/** The log of whoever works here loses the commit of one batch and hands that batch out again, as Kafka may. */
export const withLostCommit = <A, E, R>(at: number, work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    let batches = 0
    const consume: EventLog["Service"]["consume"] = (consumption) =>
      log.consume({
        ...consumption,
        maxBatch: 1,
        handle: (batch) =>
          Effect.suspend(() =>
            ++batches === at
              ? Effect.andThen(consumption.handle(batch), consumption.handle(batch))
              : consumption.handle(batch)
          )
      })
    return yield* work.pipe(Effect.provideService(EventLog, { ...log, consume }))
  })

/** Whether a group has handled all there is in these topics. */
export const isUpToDate = (group: string, topics: ReadonlyArray<string>) =>
  Effect.map(lagOf(group, topics), (lags) => lags.every(({ lag }) => lag === 0))

/** Waits until something holds that other fibers bring about without waiting for anything outside. */
export const eventually = <E, R>(holds: Effect.Effect<boolean, E, R>): Effect.Effect<void, E, R> =>
  Effect.gen(function* () {
    while (!(yield* holds)) yield* Effect.yieldNow
  })

/** Serves until the cut; whatever else was under way then has had its chance. */
export const serveUntil = <E, R>(cut: Cut, serve: Effect.Effect<unknown, E, R>) =>
  withCut(cut, (reached) =>
    Effect.raceFirst(
      serve,
      Effect.gen(function* () {
        yield* Deferred.await(reached)
        for (let turn = 0; turn < 100; turn++) yield* Effect.yieldNow
      })
    )
  )
