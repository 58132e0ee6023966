/**
 * What can be wrong with an event's bytes, and with an event that shall become bytes.
 */
import { Schema } from "effect"

/** What to do about bytes that cannot be read, by the reason why. */
const next = {
  "not-an-event": "something else writes to this topic: find it and stop it",
  "unknown-schema":
    "something else writes to this topic, or the log is from another program: check where it comes from",
  "newer-version": "a newer Onefold wrote it: update this one",
  truncated: "its end is missing: check the log's storage",
  "trailing-bytes": "there is more than one event in it: check what wrote it",
  malformed: "its bytes are damaged: check the log's storage",
  "invalid-value": "its bytes are damaged or what wrote it has a fault: compare it with its neighbours"
} as const

/** A record's value is no event that this version knows how to read. */
export class EventUnreadable extends Schema.TaggedError<EventUnreadable>()("EventUnreadable", {
  reason: Schema.Literals([
    "not-an-event",
    "unknown-schema",
    "newer-version",
    "truncated",
    "trailing-bytes",
    "malformed",
    "invalid-value"
  ]),
  /** Name and version of the event as far as they are known, e.g. "RolloutGenerated v2". */
  event: Schema.NullOr(Schema.String),
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot read ${this.event ?? "a record"} (${this.reason}): ${this.detail}. ${next[this.reason]}`
  }
}

/** An event holds what may not be written: readers would have to set it aside. */
export class EventUnwritable extends Schema.TaggedError<EventUnwritable>()("EventUnwritable", {
  eventId: Schema.String,
  event: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `cannot write ${this.event} ${this.eventId}: ${this.detail}. Nothing was written; the fault lies in what made it`
  }
}
