/**
 * Why the engine could not do what was asked.
 */
import { Schema } from "effect"

/** `detail` names the tensor, field or limit. `store-away` passes: the weights may be there, but could not be asked for. */
export class EngineError extends Schema.TaggedError<EngineError>()("EngineError", {
  operation: Schema.String,
  reason: Schema.Literals(["bad-input", "not-finite", "weights-unreadable", "store-away", "out-of-memory", "crashed"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.operation} failed (${this.reason}): ${this.detail}`
  }
}
