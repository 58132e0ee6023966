/**
 * RunFailed — a session ended because something could not go on. A resume opens the next one.
 *
 *   written by  apps/cli
 *   read by     apps/cli, history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/failed/session — a run may fail more than once at one step
 *   on the wire schemas/run-failed/v1.avsc
 */
import { Schema } from "effect"
import { Causes, RunId, runFailedId, Step } from "./ids.ts"
import { Positive } from "./quantities.ts"

export class RunFailed extends Schema.TaggedClass<RunFailed>()("RunFailed", {
  runId: RunId,
  causes: Causes,
  /** The newest policy when it failed, by its number of updates. */
  step: Step,
  /** The session that failed: RunStarted opens session 1, each RunResumed the next. */
  session: Positive,
  /** The kind of error, by its tag. */
  reason: Schema.NonEmptyString,
  /** What went wrong, where. */
  detail: Schema.String,
  /** What to do about it. */
  next: Schema.String
}) {
  get eventId(): string {
    return runFailedId(this)
  }
}
