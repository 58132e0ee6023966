/**
 * A log's content as tests look at it.
 */
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { type OnefoldEvent, topics } from "../../schemas/catalogue.ts"
import { decode } from "../log/codec.ts"
import { EventLog } from "../log/event-log.ts"
import { draftOf } from "./deliver.ts"

/** Makes every topic; a log that holds something already is not what a test meant. */
export const emptyLog = Effect.gen(function* () {
  const log = yield* EventLog
  yield* log.createTopics(topics)
  assert.deepStrictEqual(yield* log.endOffsets("rollouts.generated"), [0, 0, 0, 0])
})

/** Writes events where the catalogue says they belong. */
export const append = (events: ReadonlyArray<OnefoldEvent>) =>
  Effect.flatMap(EventLog, (log) => log.append(events.map(draftOf)))

/** All events of a topic, partition by partition. */
export const eventsIn = Effect.fn("eventsIn")(function* (topic: string) {
  const log = yield* EventLog
  const events: Array<OnefoldEvent> = []
  for (const partition of (yield* log.endOffsets(topic)).keys())
    events.push(
      ...(yield* Stream.runCollect(log.read(topic, partition, 0).pipe(Stream.mapEffect((r) => decode(r.value)))))
    )
  return events
})

/** The first event of each id, sorted by id: what every reader sees. */
export const visible = (events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<OnefoldEvent> => {
  const first = new Map<string, OnefoldEvent>()
  for (const event of events) if (!first.has(event.eventId)) first.set(event.eventId, event)
  return [...first.values()].sort((a, b) => (a.eventId < b.eventId ? -1 : 1))
}
