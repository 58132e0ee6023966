/**
 * A run served again from its RunStarted, over another log, each event compared with the recorded one as it comes.
 */
import { Effect, Stream } from "effect"
import type { Run } from "../../../pipelines/runs.ts"
import { decode, payloadHash } from "../../../platform/log/codec.ts"
import { EventLog, type LogRecord } from "../../../platform/log/event-log.ts"
import { type OnefoldEvent, topics } from "../../../schemas/catalogue.ts"
import { logEnds, serveAll } from "../conduct.ts"
import { onlyRun } from "../embedded.ts"
import { eventOf } from "../record.ts"
import { differenceOf, type EventDifference } from "./difference.ts"
import { type RecordedEvent, recordAt } from "./recorded-events.ts"

export interface ServedAgain {
  /** Events that came again as they were recorded, RunStarted included. */
  readonly equal: number
  readonly of: number
  readonly firstDifferent: (EventDifference & { readonly event: string }) | null
}

export interface ServingAgain {
  readonly run: Run
  readonly events: ReadonlyMap<string, RecordedEvent>
  readonly isFinished: boolean
  /** The log that was recorded. */
  readonly log: EventLog["Service"]
  readonly onStep: (step: number) => Effect.Effect<void>
}

const compared = Effect.fn("servingAgain.compared")(function* (
  { events, isFinished, log }: ServingAgain,
  now: OnefoldEvent,
  value: Uint8Array
) {
  const recorded = events.get(now.eventId)
  if (recorded === undefined) {
    // Where a run was left, the next events were not recorded yet.
    const said = { event: now.eventId, field: "the event", was: "not in the log", is: "written" }
    return { isEqual: false, difference: isFinished ? said : null }
  }
  if (recorded.sha256 === payloadHash(value)) return { isEqual: true, difference: null }
  const record = yield* recordAt(recorded.place).pipe(Effect.provideService(EventLog, log))
  const found = differenceOf(yield* eventOf(record), now)
  const inBytes = { field: "the bytes", was: recorded.sha256, is: payloadHash(value) }
  return { isEqual: false, difference: { event: now.eventId, ...(found ?? inBytes) } }
})

/**
 * Serves it, behind what the log holds already, until all that was recorded has come, or something differs. Fails with
 * StageFailed.
 */
export const serveAgain = Effect.fn("serveAgain")(function* (again: ServingAgain, started: LogRecord) {
  const { events, onStep, run } = again
  const log = yield* EventLog
  yield* log.createTopics(topics)
  const seen = new Set<string>()
  let firstDifferent: ServedAgain["firstDifferent"] = null
  const take = ({ value }: LogRecord) =>
    Effect.gen(function* () {
      const event = yield* decode(value)
      const { difference, isEqual } = yield* compared(again, event, value)
      if (isEqual) seen.add(event.eventId)
      if (isEqual && event._tag === "PolicyUpdated") yield* onStep(event.step)
      firstDifferent ??= difference
      return firstDifferent !== null || seen.size === events.size
    })
  const from = yield* logEnds
  const following = log
    .tail(
      topics.map(({ name }) => name),
      from
    )
    .pipe(
      Stream.mapEffect(take),
      Stream.takeUntil((isDone) => isDone),
      Stream.runDrain,
      Effect.scoped
    )
  yield* log.append([{ topic: started.topic, key: started.key, value: started.value }])
  const serving = serveAll(run, { runId: run.runId, from }).pipe(Effect.provide(onlyRun(run)))
  yield* Effect.raceFirst(Effect.andThen(serving, Effect.never), following)
  const served: ServedAgain = { equal: seen.size, of: events.size, firstDifferent }
  return served
})
