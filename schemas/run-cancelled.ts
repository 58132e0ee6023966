/**
 * RunCancelled — the run is over where it stands: no new work is asked for, and no resume opens it again.
 *
 *   written by  apps/cli
 *   read by     pipelines/update (schedule), apps/cli, history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/cancelled — asked twice, it is cancelled once
 *   on the wire schemas/run-cancelled/v1.avsc
 */
import { Schema } from "effect"
import { Causes, RunId, runCancelledId, Step } from "./ids.ts"

export class RunCancelled extends Schema.TaggedClass<RunCancelled>()("RunCancelled", {
  runId: RunId,
  causes: Causes,
  /** The newest policy when the run was cancelled, by its number of updates. */
  step: Step,
  /** Who or what asked, in words. */
  reason: Schema.NonEmptyString
}) {
  get eventId(): string {
    return runCancelledId(this.runId)
  }
}
