/**
 * Directory: what the topic `runs` says of every run, live: who was started, and how it stands with each.
 *
 * A worker reads the topic from its start, without a consumer group, so every worker knows every run.
 */
import { Context, Effect, Layer, Schedule, Stream } from "effect"
import { UnknownRun } from "../../../pipelines/runs.ts"
import { EventLog, type LogError, type LogRecord } from "../../../platform/log/event-log.ts"
import { Signal } from "../../../platform/log/signal.ts"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import type { RunId } from "../../../schemas/ids.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { eventOf } from "../record.ts"

/** `failed` is a run that waits for somebody to look at it; `onefold resume` lets it go on. */
export type Standing = "live" | "paused" | "finished" | "failed" | "cancelled"

export interface ListedRun {
  readonly started: RunStarted
  /** Of the topic `runs`: who serves it alone shares out these. */
  readonly partition: number
  readonly standing: Standing
  /** Updates so far. */
  readonly step: number
  /** Updates so far when it was paused. */
  readonly pausedAt: number | null
  /** 1, and one more for each time it was resumed. */
  readonly session: number
}

/** A run as one more event of its story leaves it. */
export const listed = (run: ListedRun, event: OnefoldEvent): ListedRun => {
  // A word about an earlier sitting that comes once more says nothing about this one.
  const isOfThisSitting = "session" in event && event.session >= run.session
  switch (event._tag) {
    case "PolicyUpdated":
      return { ...run, step: Math.max(run.step, event.step) }
    case "RunPaused":
      return run.standing === "live" && isOfThisSitting ? { ...run, standing: "paused", pausedAt: event.step } : run
    case "RunResumed":
      return (run.standing === "paused" || run.standing === "failed") && event.session > run.session
        ? { ...run, standing: "live", pausedAt: null, session: event.session }
        : run
    case "RunFailed":
      return isOfThisSitting && (run.standing === "live" || run.standing === "paused")
        ? { ...run, standing: "failed" }
        : run
    // Where both words crossed, all is done: it is finished.
    case "RunCancelled":
      return run.standing === "finished" ? run : { ...run, standing: "cancelled" }
    case "RunFinished":
      return { ...run, standing: "finished" }
    default:
      return run
  }
}

/** What is known of every run, with one more event of the topic `runs`. */
export const storyHeard = (runs: Map<string, ListedRun>, event: OnefoldEvent, partition: number): void => {
  const known = runs.get(event.runId)
  if (known !== undefined) runs.set(event.runId, listed(known, event))
  else if (event._tag === "RunStarted")
    runs.set(event.runId, {
      ...{ started: event, partition, standing: "live", pausedAt: null },
      ...{ step: event.firstStep, session: 1 }
    })
}

/**
 * How long an event's run may take to be heard of: a reader of one topic may be ahead of a reader of another. One that was
 * waited for in vain is not waited for again: it may have many events.
 */
const hearsay = "60 seconds"

export class Directory extends Context.Service<
  Directory,
  {
    /** Every run heard of so far. */
    readonly runs: ReadonlyMap<RunId, ListedRun>
    /** Raised whenever one of them changes. */
    readonly changed: Signal
    /** The run, once it is heard of. Fails with UnknownRun where it is not for a minute, and from then on at once. */
    readonly of: (runId: RunId) => Effect.Effect<ListedRun, UnknownRun>
  }
>()("onefold/apps/cli/worker/Directory") {
  static readonly layer: Layer.Layer<Directory, LogError, EventLog> = Layer.effect(
    Directory,
    Effect.gen(function* () {
      const log = yield* EventLog
      const runs = new Map<RunId, ListedRun>()
      const changed = new Signal()
      const ends = yield* log.endOffsets("runs")
      const reached = ends.map(() => 0)

      const hear = (record: LogRecord) =>
        Effect.map(eventOf(record), (event) => storyHeard(runs, event, record.partition))
      const heard = Effect.fn("Directory.heard")(function* (records: ReadonlyArray<LogRecord>) {
        for (const record of records) {
          // What cannot be read is set aside by the stages.
          yield* Effect.catchTag(hear(record), "RecordUnreadable", ({ message }) => Effect.logWarning(message))
          reached[record.partition] = record.offset + 1
        }
        changed.raise()
      })
      const from = ends.map((_, partition) => ({ topic: "runs", partition, offset: 0 }))
      // What is there already, first: a host that knew half of it would leave runs and take them up again.
      for (const { partition } of from) yield* Stream.runForEachArray(log.read("runs", partition, 0), heard)
      const onward = Effect.suspend(() => {
        const positions = from.map((position) => ({ ...position, offset: reached[position.partition] }))
        return Effect.scoped(Stream.runForEachArray(log.tail(["runs"], positions), heard))
      })
      yield* onward.pipe(
        Effect.tapError(({ message }) => Effect.logWarning(`the topic runs is followed anew: ${message}`)),
        Effect.retry(Schedule.spaced("1 second")),
        Effect.forkScoped
      )

      const unheard = new Set<RunId>()
      const heardOf = (runId: RunId) =>
        Effect.gen(function* () {
          while (true) {
            const { version } = changed
            const run = runs.get(runId)
            if (run !== undefined) return run
            if (unheard.has(runId)) return yield* new UnknownRun({ runId })
            yield* changed.beyond(version)
          }
        })
      const giveUp = (runId: RunId) =>
        Effect.suspend(() => {
          unheard.add(runId)
          return Effect.fail(new UnknownRun({ runId }))
        })
      const of = (runId: RunId): Effect.Effect<ListedRun, UnknownRun> =>
        heardOf(runId).pipe(Effect.timeoutOrElse({ duration: hearsay, orElse: () => giveUp(runId) }))
      return Directory.of({ runs, changed, of })
    })
  )
}
