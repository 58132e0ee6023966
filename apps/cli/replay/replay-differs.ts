/**
 * A replay came to something else than the log says, or was stopped by damage.
 */
import { Schema } from "effect"

export class ReplayDiffers extends Schema.TaggedError<ReplayDiffers>()("ReplayDiffers", {
  runId: Schema.String,
  /** Updates that the policy has had there. */
  step: Schema.Int,
  shard: Schema.NullOr(Schema.Int),
  what: Schema.String,
  detail: Schema.String,
  /** What holds all the same, in a sentence. */
  usable: Schema.String
}) {
  override get message(): string {
    const where = this.shard === null ? `step ${this.step}` : `step ${this.step}, shard ${this.shard}`
    return `run ${this.runId}, ${where}: the ${this.what} is not as recorded: ${this.detail}. ${this.usable}`
  }
}
