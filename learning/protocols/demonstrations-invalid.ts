/**
 * Why a file of demonstrations cannot be used, with the place where it stands.
 */
import { Schema } from "effect"

export class DemonstrationsInvalid extends Schema.TaggedError<DemonstrationsInvalid>()("DemonstrationsInvalid", {
  file: Schema.String,
  /** Counted from 1; null where it is the whole file. */
  line: Schema.NullOr(Schema.Int),
  /** Null where it is the whole line. */
  field: Schema.NullOr(Schema.Literals(["problem", "solution"])),
  reason: Schema.Literals(["empty", "not-json", "missing", "malformed"]),
  detail: Schema.String
}) {
  override get message(): string {
    const line = this.line === null ? "" : `, line ${this.line}`
    const field = this.field === null ? "" : `, field ${this.field}`
    return `${this.file}${line}${field}: ${this.detail}. Write one {"problem": …, "solution": …} a line`
  }
}
