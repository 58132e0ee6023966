/**
 * The event that a record of the log holds; where it holds none, the error says which record that is.
 */
import { Effect, Schema } from "effect"
import { decode, runOf } from "../../platform/log/codec.ts"
import { LogError, type LogRecord } from "../../platform/log/event-log.ts"
import { blobHeader } from "../../platform/log/large-values.ts"

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

/** Why a record holds no event. Whoever reads without the artifacts has the first bytes only of what was too large for a broker. */
const faultOf = ({ headers }: LogRecord, message: string): string =>
  blobHeader in headers
    ? `its value was too large for a broker and lies among the artifacts, as ${headers[blobHeader]}; name their place with --blobs, or in ONEFOLD_BLOBS`
    : message

/** Decodes a record. Fails with RecordUnreadable. */
export const eventOf = (record: LogRecord) =>
  Effect.mapError(decode(record.value), ({ message }) => {
    const { offset, partition, topic } = record
    return new RecordUnreadable({ topic, partition, offset, detail: faultOf(record, message) })
  })

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
