/**
 * Why a training set cannot be used, with the place where it stands.
 */
import { Schema } from "effect"

export class TrainingSetInvalid extends Schema.TaggedError<TrainingSetInvalid>()("TrainingSetInvalid", {
  file: Schema.String,
  /** "row 5" of a parquet file, counted from 0; "line 6" of a JSONL file, counted from 1; null where it is the whole file. */
  row: Schema.NullOr(Schema.String),
  /** With dots for what lies deeper. */
  column: Schema.NullOr(Schema.String),
  reason: Schema.Literals([
    "unreadable", // no file, or none of this form
    "empty",
    "missing", // a column, or a value in it
    "malformed", // a value of another kind
    "contradictory", // two values that should be one
    "unequal" // rows that repeat, but not equally often
  ]),
  detail: Schema.String,
  /** What to do. */
  next: Schema.String
}) {
  override get message(): string {
    const row = this.row === null ? "" : `, ${this.row}`
    const column = this.column === null ? "" : `, column ${this.column}`
    return `${this.file}${row}${column}: ${this.detail}. ${this.next}`
  }
}
