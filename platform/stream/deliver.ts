/**
 * From records to deliveries: decode, skip what is not asked for, drop repeats, set aside what cannot be read.
 *
 * A record that does not decode never stops a stage: it becomes a DeadLettered event that says where it lies and why.
 */
import { Effect, Metric } from "effect"
import { catalogue, type OnefoldEvent } from "../../schemas/catalogue.ts"
import { DeadLettered } from "../../schemas/dead-lettered.ts"
import { RunId } from "../../schemas/ids.ts"
import { decode, encode, payloadHash, runOf } from "../log/codec.ts"
import type { Draft, LogRecord } from "../log/event-log.ts"
import type { Deduplication } from "./deduplication.ts"
import type { Delivered, EventOf, Tag } from "./stage.ts"

const repeats = Metric.counter("onefold_stream_repeats", {
  description: "events dropped because their id was seen before"
})
const conflicts = Metric.counter("onefold_stream_conflicts", {
  description: "repeats whose content differed from the first"
})

export interface Deliveries<T extends Tag> {
  readonly deliveries: ReadonlyArray<Delivered<EventOf<T>>>
  /** The record of each delivery, by its id. */
  readonly records: ReadonlyMap<string, LogRecord>
  readonly deadLetters: ReadonlyArray<DeadLettered>
}

/** The draft that puts an event where the catalogue says it belongs. */
export const draftOf = (event: OnefoldEvent): Draft => {
  const { topic, key } = catalogue[event._tag]
  return { topic: topic.name, key: key(event), value: encode(event) }
}

const isWanted = <T extends Tag>(tags: ReadonlySet<Tag>, event: OnefoldEvent): event is EventOf<T> =>
  tags.has(event._tag)

export const stepOf = (event: OnefoldEvent): number => ("step" in event ? event.step : 0)

/** A record set aside, and why. */
export const deadLetterOf = (
  record: LogRecord,
  of: RunId | null,
  { _tag: reason, message: detail }: { readonly _tag: string; readonly message: string }
) =>
  new DeadLettered({
    runId: of ?? RunId.make("unknown"),
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
    reason,
    detail,
    record: record.value
  })

/**
 * Decodes the records that belong to `runId` (null: every run) and carry one of the wanted tags, each id once. A record
 * whose head names no run may be anybody's, so it is set aside by everyone who meets it.
 */
export const deliver = Effect.fn("stream.deliver")(function* <T extends Tag>(
  records: ReadonlyArray<LogRecord>,
  tags: ReadonlySet<Tag>,
  runId: RunId | null,
  seen: Deduplication
) {
  const deliveries: Array<Delivered<EventOf<T>>> = []
  const delivered = new Map<string, LogRecord>()
  const deadLetters: Array<DeadLettered> = []
  for (const record of records) {
    const of = runOf(record.value)
    if (runId !== null && of !== null && of !== runId) continue
    const outcome = yield* Effect.result(decode(record.value))
    if (outcome._tag === "Failure") {
      deadLetters.push(deadLetterOf(record, of, outcome.failure))
      continue
    }
    const event = outcome.success
    if (!isWanted<T>(tags, event)) continue
    const sha256 = payloadHash(record.value)
    const place = `${record.topic}/${record.partition}/${record.offset}`
    const admission = seen.admit(event.runId, stepOf(event), event.eventId, { sha256, place })
    if (admission === "first") {
      deliveries.push({ event, id: event.eventId, sha256 })
      delivered.set(event.eventId, record)
    } else {
      yield* Metric.update(repeats, 1)
      if (admission === "conflict") {
        yield* Metric.update(conflicts, 1)
        yield* Effect.logWarning(`a second record of ${event.eventId} differs from the first and was dropped`).pipe(
          Effect.annotateLogs({ topic: record.topic, partition: record.partition, offset: record.offset })
        )
      }
    }
  }
  const found: Deliveries<T> = { deliveries, records: delivered, deadLetters }
  return found
})
