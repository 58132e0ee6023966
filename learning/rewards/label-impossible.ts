/**
 * A label that shall be wrong cannot be had, or is not wrong.
 */
import { Schema } from "effect"

export class LabelImpossible extends Schema.TaggedError<LabelImpossible>()("LabelImpossible", {
  promptId: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `no label for example ${this.promptId}: ${this.detail}`
  }
}
