/**
 * Hosting: what serves one run alone — its deciders, its history — is served by one worker at a time.
 *
 * Workers of a kind share out the partitions of the topic `runs`, and who has a partition hosts its runs. A worker that
 * was cut off learns of it late: then its successor has shut it out already, and it can write nothing more.
 */
import { Cause, Deferred, Effect, Exit, FiberMap, Stream } from "effect"
import { EventLog } from "../../../platform/log/event-log.ts"
import { Signal } from "../../../platform/log/signal.ts"
import { mostCrashes } from "../../../platform/stream/tolerance.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { publish } from "../conduct.ts"
import { Directory, type ListedRun } from "./directory.ts"
import { judge, wordOf } from "./judge.ts"

export interface Hosting<R> {
  /** Of the consumer group that shares out the runs. */
  readonly group: string
  /** Whether a run that stands so is served. */
  readonly wants: (run: ListedRun) => boolean
  /** Serves one run until it fails, is interrupted, or nothing is left to do. */
  readonly serve: (run: ListedRun) => Effect.Effect<void, unknown, R>
  /** Whether a run waits for somebody once it cannot be served; else it goes on without. */
  readonly isVital: boolean
  /** Called when the partitions were dealt. */
  readonly dealt: (partitions: ReadonlyArray<number>) => Effect.Effect<void>
}

/** Between a failure of the log and the next try. */
const pause = "1 second"

/** How often in a row the same thing may be late. */
const mostLate = 60

/** Says of each failure whether the run is begun anew after it. A crash is counted until the run has taken a step. */
const patience = () => {
  let late = { word: "", times: 0 }
  let crashed = { step: -1, times: 0 }
  return (failure: unknown, word: string, step: number): boolean => {
    const judgement = judge(failure)
    if (judgement === "passing") return true
    if (judgement === "crash") {
      crashed = { step, times: step === crashed.step ? crashed.times + 1 : 1 }
      return crashed.times < mostCrashes
    }
    late = { word, times: word === late.word ? late.times + 1 : 1 }
    return judgement === "late" && late.times <= mostLate
  }
}

/** Serves a run again and again, until it is not this worker's any more or it has to wait for somebody. */
const keepServing = <R>({ isVital, serve }: Hosting<R>, runId: RunId) =>
  Effect.gen(function* () {
    const directory = yield* Directory
    const passes = patience()
    while (true) {
      const run = yield* directory.of(runId)
      const ended = yield* Effect.exit(serve(run))
      if (Exit.isSuccess(ended)) return
      // What it works with was closed: nothing is wrong with the run.
      if (Cause.hasInterruptsOnly(ended.cause)) {
        yield* Effect.sleep(pause)
        continue
      }
      const failure = Cause.squash(ended.cause)
      const word = failure instanceof Error ? failure.message : String(failure)
      yield* Effect.logWarning(`run ${runId}: ${word}`)
      if (judge(failure) === "fatal") return yield* Effect.fail(failure)
      if (!passes(failure, word, run.step)) {
        const events = wordOf(directory, runId, run.step, failure, `onefold resume ${runId}, once it is mended`)
        if (isVital && events.length > 0) yield* publish(...events)
        return
      }
      // Who came after has the run now, or the brokers were away: either way it is begun anew, if it is still ours.
      yield* Effect.sleep(pause)
    }
  })

/** Hosts runs until something fails that is the worker's own. */
export const host = <R>(hosting: Hosting<R>) =>
  Effect.gen(function* () {
    const directory = yield* Directory
    const log = yield* EventLog
    const served = yield* FiberMap.make<RunId>()
    const fatal = yield* Deferred.make<never, unknown>()
    const own = new Set<number>()
    /** Runs that nothing is left to do for, by the sitting in which that was so. */
    const ended = new Map<RunId, number>()
    const changed = new Signal()
    const have = (partitions: ReadonlyArray<number>) => {
      own.clear()
      for (const partition of partitions) own.add(partition)
      ended.clear()
      changed.raise()
    }
    const deal = (partitions: ReadonlyArray<number>) => {
      have(partitions)
      return hosting.dealt(partitions)
    }
    const sharing = log.share(hosting.group, "runs").pipe(
      Stream.runForEach(deal),
      Effect.catch((error) => Effect.logWarning(`${hosting.group} is joined anew: ${error.message}`)),
      // No membership, no partitions: somebody else has them by now.
      Effect.andThen(Effect.sync(() => have([]))),
      Effect.andThen(Effect.sleep(pause)),
      Effect.forever
    )
    const serving = (runId: RunId, { session }: ListedRun) =>
      keepServing(hosting, runId).pipe(
        Effect.matchEffect({
          onFailure: (failure) => Deferred.fail(fatal, failure),
          onSuccess: () => Effect.sync(() => ended.set(runId, session))
        })
      )
    /** Looks again when it has ended: meanwhile the run may have come back, or been let go on. */
    const begin = (runId: RunId, run: ListedRun) =>
      Effect.map(FiberMap.run(served, runId, serving(runId, run)), (fiber) => fiber.addObserver(() => changed.raise()))
    const settling = Effect.gen(function* () {
      while (true) {
        const versions = [changed.version, directory.changed.version] as const
        for (const [runId, run] of directory.runs) {
          const isOurs = own.has(run.partition) && hosting.wants(run) && ended.get(runId) !== run.session
          const isServed = yield* FiberMap.has(served, runId)
          if (isOurs && !isServed) yield* begin(runId, run)
          // Its batch in hand may take its time to end; others are not to wait for it.
          if (!isOurs && isServed) yield* Effect.forkScoped(FiberMap.remove(served, runId))
        }
        yield* Effect.raceFirst(changed.beyond(versions[0]), directory.changed.beyond(versions[1]))
      }
    })
    return yield* Effect.raceAllFirst([sharing, settling, Deferred.await(fatal)])
  }).pipe(Effect.scoped)
