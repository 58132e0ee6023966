/**
 * Why a benchmark cannot be used, with the place where that stands.
 */
import { Schema } from "effect"
import { placeOf } from "../file-rows.ts"

export class BenchmarkInvalid extends Schema.TaggedError<BenchmarkInvalid>()("BenchmarkInvalid", {
  file: Schema.String,
  /** The line of a JSONL file, counted from 1; the row of a parquet file, counted from 0; null where it is the whole file. */
  line: Schema.NullOr(Schema.Int),
  /** With dots for what lies deeper. */
  field: Schema.NullOr(Schema.String),
  reason: Schema.Literals([
    "unreadable", // no file, or none of this form
    "not-utf8", // bytes, or a value, that are no text
    "malformed", // a value of another kind
    "missing", // a field, or a value in it
    "empty", // a value that says nothing, or a file without problems
    "duplicate", // an id that another problem has
    "hash" // another content than the one that is pinned
  ]),
  detail: Schema.String,
  /** What to do. */
  next: Schema.String
}) {
  override get message(): string {
    const line = this.line === null ? "" : `, ${placeOf(this.file, this.line)}`
    const field = this.field === null ? "" : `, field ${this.field}`
    return `${this.file}${line}${field}: ${this.detail}. ${this.next}`
  }
}

/** No benchmark has this name. */
export class UnknownBenchmark extends Schema.TaggedError<UnknownBenchmark>()("UnknownBenchmark", {
  name: Schema.String,
  nearest: Schema.String,
  known: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `no benchmark is called ${JSON.stringify(this.name)}; the nearest is ${this.nearest}. There are ${this.known.join(", ")}, and any .jsonl or .parquet file by its path`
  }
}
