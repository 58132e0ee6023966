/**
 * Why a model that was named could not be had.
 */
import { Schema } from "effect"

export class ModelUnavailable extends Schema.TaggedError<ModelUnavailable>()("ModelUnavailable", {
  /** As it was named. */
  model: Schema.String,
  kind: Schema.Literals([
    "name", // it is neither a folder nor an id of the hub
    "missing", // the hub has no such model, revision or file
    "access", // the hub wants a token, or another one
    "network", // the hub cannot be reached
    "cut", // the connection was cut within a file
    "hub", // the hub answered with something else
    "hash", // what came is not what the hub says it is
    "files", // the model has no weights that can be read
    "disk" // the cache cannot be written
  ]),
  reason: Schema.String,
  next: Schema.String
}) {
  override get message(): string {
    return `${this.model} cannot be had: ${this.reason}; ${this.next}`
  }
}
