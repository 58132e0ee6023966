/**
 * From records to deliveries: decode, skip what is not asked for, drop repeats, set aside what cannot be read and what
 * its run has no place for.
 *
 * Such a record never stops a stage: it becomes a DeadLettered event that says where it lies and why.
 */
import { Effect } from "effect"
import { catalogue, type OnefoldEvent } from "../../schemas/catalogue.ts"
import { DeadLettered } from "../../schemas/dead-lettered.ts"
import { RunId } from "../../schemas/ids.ts"
import { decode, encode, payloadHash, runOf } from "../log/codec.ts"
import type { Draft, LogRecord } from "../log/event-log.ts"
import type { Deduplication } from "./deduplication.ts"
import type { Delivered, EventOf, Tag } from "./stage.ts"

/** What was found in some records. */
export interface Found {
  readonly deliveries: ReadonlyArray<Delivered>
  /** The record of each delivery, by its id. */
  readonly records: ReadonlyMap<string, LogRecord>
  readonly deadLetters: ReadonlyArray<DeadLettered>
  /** How many events were dropped because their id was seen before. */
  readonly repeats: number
  /** How many of these differed from the first of their id. */
  readonly conflicts: number
}

export interface Deliveries<T extends Tag> extends Found {
  readonly deliveries: ReadonlyArray<Delivered<EventOf<T>>>
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

/** What about an event's coordinates its run does not have, in words; null where it has a place. */
export type Refusing = (event: OnefoldEvent) => Effect.Effect<string | null>

/** Where nobody knows what a run's coordinates are. */
export const refusingNone: Refusing = () => Effect.succeed(null)

/** The reason of an event that its run has no place for. Nothing of the run is lost by it, so the run goes on. */
const impossible = (message: string) => ({ _tag: "ImpossibleCoordinates", message })

/**
 * Decodes the records that belong to `runId` (null: every run) and carry one of the wanted tags, each id once. A record
 * whose head names no run may be anybody's, so it is set aside by everyone who meets it.
 */
export const deliver = Effect.fn("stream.deliver")(function* <T extends Tag>(
  records: ReadonlyArray<LogRecord>,
  tags: ReadonlySet<Tag>,
  runId: RunId | null,
  seen: Deduplication,
  refusing: Refusing = refusingNone
) {
  const deliveries: Array<Delivered<EventOf<T>>> = []
  const delivered = new Map<string, LogRecord>()
  const deadLetters: Array<DeadLettered> = []
  let repeats = 0
  let conflicts = 0
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
    const fault = yield* refusing(event)
    if (fault !== null) {
      deadLetters.push(deadLetterOf(record, of, impossible(fault)))
      continue
    }
    const sha256 = payloadHash(record.value)
    const place = `${record.topic}/${record.partition}/${record.offset}`
    const admission = seen.admit(event.runId, stepOf(event), event.eventId, { sha256, place })
    if (admission === "first") {
      deliveries.push({ event, id: event.eventId, sha256 })
      delivered.set(event.eventId, record)
    } else {
      repeats++
      if (admission === "conflict") {
        conflicts++
        yield* Effect.logWarning(`a second record of ${event.eventId} differs from the first and was dropped`).pipe(
          Effect.annotateLogs({ topic: record.topic, partition: record.partition, offset: record.offset })
        )
      }
    }
  }
  const found: Deliveries<T> = { deliveries, records: delivered, deadLetters, repeats, conflicts }
  return found
})
