/**
 * Why a file of accuracies, or of labels, cannot be used.
 */
import { Schema } from "effect"

export class SelectionInvalid extends Schema.TaggedError<SelectionInvalid>()("SelectionInvalid", {
  /** The file, and the line where there are more. */
  place: Schema.String,
  reason: Schema.Literals([
    "unreadable",
    "not-json",
    "not-lists",
    "empty",
    "not-an-accuracy",
    "duplicate",
    "not-a-label",
    "contradictory"
  ]),
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `${this.place}: ${this.detail}. ${this.next}`
  }
}
