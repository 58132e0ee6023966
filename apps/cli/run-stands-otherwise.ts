/**
 * What was asked for does not go with how a run stands.
 */
import { Schema } from "effect"
import { type RecordedRun, statusOf } from "./recorded.ts"

export class RunStandsOtherwise extends Schema.TaggedError<RunStandsOtherwise>()("RunStandsOtherwise", {
  runId: Schema.String,
  status: Schema.String,
  asked: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId} is ${this.status}: it cannot be ${this.asked}; see onefold runs`
  }
}

export const standingOtherwise = (recorded: RecordedRun, asked: string): RunStandsOtherwise =>
  new RunStandsOtherwise({ runId: recorded.started.runId, status: statusOf(recorded), asked })
