/**
 * The event that a record of the log holds; where it holds none, the error says which record that is.
 */
import { Effect, Schema } from "effect"
import { decode, runOf } from "../../platform/log/codec.ts"
import { LogError, type LogRecord } from "../../platform/log/event-log.ts"

export class RecordUnreadable extends Schema.TaggedError<RecordUnreadable>()("RecordUnreadable", {
  topic: Schema.String,
  partition: Schema.Int,
  offset: Schema.Int,
  /** Why, and what to do. */
  detail: Schema.String
}) {
  override get message(): string {
    return `event log, topic ${this.topic}, partition ${this.partition}, offset ${this.offset}: ${this.detail}`
  }
}

/** Decodes a record. Fails with RecordUnreadable. */
export const eventOf = ({ offset, partition, topic, value }: LogRecord) =>
  Effect.mapError(decode(value), ({ message }) => new RecordUnreadable({ topic, partition, offset, detail: message }))

/** What names no run is nobody's: stages set it aside, and readers of runs pass over it, aloud. */
export const isNobodys = ({ offset, partition, topic, value }: LogRecord) =>
  runOf(value) !== null
    ? Effect.succeed(false)
    : Effect.as(
        Effect.logWarning(
          `event log, topic ${topic}, partition ${partition}, offset ${offset}: passed over, it is no event; something else writes to this topic: find it and stop it`
        ),
        true
      )

const isDamage = (error: unknown): error is RecordUnreadable | LogError =>
  error instanceof RecordUnreadable || (error instanceof LogError && error.reason === "corrupt")

/** Reads until the first damaged record, which is told and not failed with; a log that cannot be read at all still fails. */
export const untilDamage = <E, R>(reading: Effect.Effect<void, E, R>, damage: Array<string>) =>
  reading.pipe(
    Effect.catch((error) => (isDamage(error) ? Effect.sync(() => void damage.push(error.message)) : Effect.fail(error)))
  )
