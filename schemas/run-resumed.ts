/**
 * RunResumed — a run goes on after a pause, a failure or a kill.
 *
 *   written by  apps/cli
 *   read by     pipelines/update (schedule), history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/resumed/session
 *   on the wire schemas/run-resumed/v1.avsc
 */
import { Schema } from "effect"
import { Environment } from "./environment.ts"
import { Causes, RunId, runResumedId } from "./ids.ts"
import { Positive } from "./quantities.ts"

export class RunResumed extends Schema.TaggedClass<RunResumed>()("RunResumed", {
  runId: RunId,
  causes: Causes,
  /** The session that begins: RunStarted opens session 1, the first resume session 2. */
  session: Positive,
  environment: Environment,
  /** In what the environment differs from RunStarted's, one sentence each; not empty only with --allow-drift. */
  drift: Schema.Array(Schema.NonEmptyString)
}) {
  get eventId(): string {
    return runResumedId(this)
  }
}
