/**
 * RunFinished — all steps are done and the last policy has sat its tests.
 *
 *   written by  pipelines/update (schedule)
 *   read by     apps/cli, history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/finished
 *   on the wire schemas/run-finished/v1.avsc
 */
import { Schema } from "effect"
import { Causes, RunId, runFinishedId, Sha256, Step } from "./ids.ts"

export class RunFinished extends Schema.TaggedClass<RunFinished>()("RunFinished", {
  runId: RunId,
  causes: Causes,
  /** Updates done. */
  steps: Step,
  /** SHA-256 of the final weights. */
  policyHash: Sha256
}) {
  get eventId(): string {
    return runFinishedId(this.runId)
  }
}
