/**
 * Dead letters: what lies in their topic, the first record of each id, and which of them were driven again.
 *
 * A record that is driven again says so itself: a header names the letter that it comes from. Its key is kept, so it lies
 * in the partition of the record that was set aside, somewhere after it.
 */
import { Effect, Schema, Stream } from "effect"
import { nearest } from "../../../learning/nearest.ts"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import type { DeadLettered } from "../../../schemas/dead-lettered.ts"
import { eventOf } from "../record.ts"

/** The header of a record that is driven again: the place of the one that was set aside. */
export const retriedHeader = "onefold-retried"

export interface Letter {
  readonly letter: DeadLettered
  /** topic/partition/offset of the record that was set aside. */
  readonly place: string
  /** When it was first set aside, in milliseconds since 1970. */
  readonly at: number
  /** Where it was driven again, as topic/partition/offset; oldest first. */
  readonly retried: ReadonlyArray<string>
}

export const placeOf = ({ offset, partition, topic }: Position): string => `${topic}/${partition}/${offset}`

/** Every letter, oldest first. What lies among them and is none is told and passed over. */
const written = Effect.gen(function* () {
  const log = yield* EventLog
  const first = new Map<string, Omit<Letter, "retried">>()
  for (const partition of (yield* log.endOffsets("dead-letters")).keys())
    yield* Stream.runForEach(log.read("dead-letters", partition, 0), (record) =>
      Effect.gen(function* () {
        const event = yield* eventOf(record)
        if (event._tag !== "DeadLettered" || first.has(event.eventId)) return
        first.set(event.eventId, { letter: event, place: placeOf(event), at: record.timestamp })
      }).pipe(Effect.catchTag("RecordUnreadable", ({ message }) => Effect.logWarning(message)))
    )
  return [...first.values()].toSorted((a, b) => a.at - b.at)
})

/** Where records that were driven again lie, by the place that each names. */
const drivenAgain = Effect.fn("letters.drivenAgain")(function* (letters: ReadonlyArray<Omit<Letter, "retried">>) {
  const log = yield* EventLog
  const found = new Map<string, Array<string>>()
  const byPartition = Map.groupBy(letters, ({ letter }) => JSON.stringify([letter.topic, letter.partition]))
  for (const own of byPartition.values()) {
    const [{ letter }] = own
    const from = own.reduce((least, each) => Math.min(least, each.letter.offset), letter.offset)
    yield* Stream.runForEach(log.read(letter.topic, letter.partition, from), (record) =>
      Effect.sync(() => {
        const of = record.headers[retriedHeader]
        if (of !== undefined) found.set(of, [...(found.get(of) ?? []), placeOf(record)])
      })
    )
  }
  return found
})

export interface LetterFilter {
  readonly run: string | null
  readonly reason: string | null
}

/** The letters of a run, or of a reason; null: of all. Oldest first. */
export const lettersOf = Effect.fn("letters.of")(function* ({ reason, run }: LetterFilter) {
  const asked = (yield* written).filter(
    ({ letter }) => (run === null || letter.runId === run) && (reason === null || letter.reason === reason)
  )
  const again = yield* drivenAgain(asked)
  return asked.map((each): Letter => ({ ...each, retried: again.get(each.place) ?? [] }))
})

export class LetterNotFound extends Schema.TaggedError<LetterNotFound>()("LetterNotFound", {
  id: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    const meant = this.suggestion === "" ? "" : `did you mean ${this.suggestion}? `
    return `there is no dead letter ${this.id}; ${meant}"onefold dead-letters list" lists them all`
  }
}

/** A letter by its id, or by the place of the record that was set aside. */
export const letterOf = Effect.fn("letters.one")(function* (letters: ReadonlyArray<Letter>, id: string) {
  const place = id.replace(/^dead-letter\//, "")
  const found = letters.find((each) => each.place === place)
  if (found !== undefined) return found
  return yield* new LetterNotFound({
    id,
    suggestion: nearest(
      place,
      letters.map((each) => each.place)
    )
  })
})

export class RecordGone extends Schema.TaggedError<RecordGone>()("RecordGone", { place: Schema.String }) {
  override get message(): string {
    return `the record ${this.place} is not in the log any more, so it cannot be driven again; see what it held with onefold dead-letters show ${this.place}`
  }
}

/** The record that was set aside, whole, from where it lies. Fails with RecordGone. */
export const recordOf = Effect.fn("letters.record")(function* ({ letter, place }: Letter) {
  const log = yield* EventLog
  const [record] = yield* Stream.runCollect(Stream.take(log.read(letter.topic, letter.partition, letter.offset), 1))
  return record?.offset === letter.offset ? record : yield* new RecordGone({ place })
})
