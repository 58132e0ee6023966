/**
 * A run of a sweep's name is recorded, and it is another run.
 */
import { Schema } from "effect"

export class SweepTaken extends Schema.TaggedError<SweepTaken>()("SweepTaken", { runId: Schema.String }) {
  override get message(): string {
    return `there is a run ${this.runId} with other settings than this sweep's; name another folder with --data-dir, or another cluster`
  }
}
