/**
 * Why the engine could not do what was asked.
 */
import { Schema } from "effect"

/** Weights are unreachable where the place of artifacts does not answer. `detail` names the tensor, field or limit. */
export class EngineError extends Schema.TaggedError<EngineError>()("EngineError", {
  operation: Schema.String,
  reason: Schema.Literals([
    "bad-input",
    "not-finite",
    "weights-unreadable",
    "weights-unreachable",
    "out-of-memory",
    "crashed"
  ]),
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.operation} failed (${this.reason}): ${this.detail}`
  }
}
