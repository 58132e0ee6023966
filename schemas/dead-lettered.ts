/**
 * DeadLettered — a record that could not be read was set aside, whole, so that the stage could go on.
 *
 *   written by  platform/stream
 *   read by     apps/cli, history
 *   key         runId
 *   event id    dead-letter/topic/partition/offset — every stage that meets the record writes the same id
 *   on the wire schemas/dead-lettered/v1.avsc
 */
import { Schema } from "effect"
import { deadLetterId, RunId } from "./ids.ts"
import { Count, LongCount } from "./quantities.ts"
import { Bytes } from "./tokens.ts"

export class DeadLettered extends Schema.TaggedClass<DeadLettered>()("DeadLettered", {
  /** The run that the record belongs to as far as its head can be read, else "unknown". */
  runId: RunId,
  /** Where the record lies. */
  topic: Schema.NonEmptyString,
  partition: Count,
  offset: LongCount,
  /** The kind of error, by its tag. */
  reason: Schema.NonEmptyString,
  /** What about the record could not be read. */
  detail: Schema.String,
  /** The record's value, byte for byte. */
  record: Bytes
}) {
  get eventId(): string {
    return deadLetterId(this)
  }
}
