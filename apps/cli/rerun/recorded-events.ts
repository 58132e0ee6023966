/**
 * Every event of a run by its id: the hash of its bytes, and where it lies, so that it can be read again when it is wanted.
 */
import { Effect, Stream } from "effect"
import type { RunPlan } from "../../../pipelines/verification/plan.ts"
import { coordinateFault } from "../../../pipelines/verification/strangers.ts"
import { payloadHash, runOf } from "../../../platform/log/codec.ts"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import { type EventTag, topics } from "../../../schemas/catalogue.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { eventOf } from "../record.ts"

export interface RecordedEvent {
  readonly sha256: string
  readonly place: Position
}

/** What a run's sittings leave behind, and what was no event: all else follows from configuration and seeds. */
const ofSittings: ReadonlySet<EventTag> = new Set([
  ...(["RunPaused", "RunResumed", "RunFailed", "RunCancelled", "DeadLettered"] as const)
])

/** The first record of each id wins. What the run has no place for was set aside, and comes of nothing. */
export const recordedEvents = Effect.fn("recordedEvents")(function* ({ logStart, runId }: RunStarted, plan: RunPlan) {
  const log = yield* EventLog
  const events = new Map<string, RecordedEvent>()
  for (const { name: topic } of topics)
    for (const partition of (yield* log.endOffsets(topic)).keys()) {
      const from = logStart.find((start) => start.topic === topic && start.partition === partition)?.offset ?? 0
      const own = log.read(topic, partition, from).pipe(Stream.filter(({ value }) => runOf(value) === runId))
      yield* Stream.runForEach(own, (record) =>
        Effect.map(eventOf(record), (event) => {
          const { _tag, eventId } = event
          if (ofSittings.has(_tag) || events.has(eventId) || coordinateFault(event, plan) !== null) return
          events.set(eventId, { sha256: payloadHash(record.value), place: record })
        })
      )
    }
  return events
})

/** The record at a place. */
export const recordAt = Effect.fn("recordAt")(function* ({ offset, partition, topic }: Position) {
  const log = yield* EventLog
  const found = yield* Stream.runCollect(log.read(topic, partition, offset).pipe(Stream.take(1)))
  return found[0]
})
