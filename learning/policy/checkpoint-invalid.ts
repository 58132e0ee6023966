/**
 * Why a checkpoint was refused: one error for everything that can be wrong with a Hugging Face folder's model.
 */
import { Schema } from "effect"

/** `what` is the tensor or field that is wrong, "" where it is the file itself. */
export class CheckpointInvalid extends Schema.TaggedError<CheckpointInvalid>()("CheckpointInvalid", {
  file: Schema.String,
  what: Schema.String,
  reason: Schema.String
}) {
  override get message(): string {
    const what = this.what === "" ? "" : `${this.what}: `
    return `${this.file} cannot be used: ${what}${this.reason}; copy the checkpoint again from where it was published`
  }
}
