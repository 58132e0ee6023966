/**
 * The event that a record of the log holds; where it holds none, the error says which record that is.
 */
import { Effect, Schema } from "effect"
import { decode } from "../../platform/log/codec.ts"
import type { LogRecord } from "../../platform/log/event-log.ts"

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
