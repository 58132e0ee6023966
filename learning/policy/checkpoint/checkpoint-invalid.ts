/**
 * Why a checkpoint was refused: one error for everything that can be wrong with a Hugging Face folder's model.
 */
import { Schema } from "effect"

/** Names come from the file itself and may be as long as it. */
const shown = (text: string, limit = 160): string => (text.length > limit ? `${text.slice(0, limit)}…` : text)

/** `what` is the tensor or field that is wrong, "" where it is the file itself; `next` what to do, where it is not to copy the file again. */
export class CheckpointInvalid extends Schema.TaggedError<CheckpointInvalid>()("CheckpointInvalid", {
  file: Schema.String,
  what: Schema.String,
  reason: Schema.String,
  next: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const what = this.what === "" ? "" : `${shown(this.what)}: `
    const next = this.next ?? "copy the checkpoint again from where it was published"
    return `${this.file} cannot be used: ${what}${shown(this.reason, 400)}; ${next}`
  }
}
