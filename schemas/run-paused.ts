/**
 * RunPaused — no new step is opened until the run is resumed.
 *
 *   written by  apps/cli
 *   read by     pipelines/update (schedule), history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/paused/session — a run may pause more than once at one step
 *   on the wire schemas/run-paused/v1.avsc
 */
import { Schema } from "effect"
import { Causes, RunId, runPausedId, Step } from "./ids.ts"
import { Positive } from "./quantities.ts"

export class RunPaused extends Schema.TaggedClass<RunPaused>()("RunPaused", {
  runId: RunId,
  causes: Causes,
  /** The newest policy when the pause was asked for, by its number of updates. */
  step: Step,
  /** The session that this pause ends: RunStarted opens session 1, each RunResumed the next. */
  session: Positive,
  /** Who or what asked, in words. */
  reason: Schema.NonEmptyString
}) {
  get eventId(): string {
    return runPausedId(this)
  }
}
