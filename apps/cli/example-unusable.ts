/**
 * Why an example, or a held-out problem, cannot be used.
 */
import { Schema } from "effect"

export class ExampleUnusable extends Schema.TaggedError<ExampleUnusable>()("ExampleUnusable", {
  example: Schema.String,
  reason: Schema.Literals([
    "unknown",
    "unreadable",
    "no-prompt",
    "no-answer",
    "not-writable-by-model",
    "not-gradable",
    "too-long"
  ]),
  detail: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `example ${this.example}: ${this.detail}. ${this.next}`
  }
}
