/**
 * What a worker makes of a failure: whether it passes, lies in the event, or is the worker's own.
 *
 * What comes from outside — stores that do not answer, full disks — is waited for. What another machine has written to a
 * shared folder may be seen late, so what is missing there is waited for too, a minute. A worker under other settings than a
 * run's, or whose engine or grader cannot start, can do nothing for anybody and says so. All else is the event's: its
 * hash, its coordinates, its numbers.
 */
import { ArtifactUnreadable, ArtifactUnwritable } from "../../../learning/artifacts.ts"
import { CannotStart } from "../../../learning/confined/thread.ts"
import { EngineError } from "../../../learning/policy/engine-error.ts"
import { RunUnusable } from "../../../pipelines/runs.ts"
import { LogError } from "../../../platform/log/event-log.ts"
import type { Judgement, Tolerance } from "../../../platform/stream/tolerance.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { RunFailed } from "../../../schemas/run-failed.ts"
import { SettingsDrifted } from "../environment.ts"
import type { Directory } from "./directory.ts"

const engineJudgements: Readonly<Partial<Record<EngineError["reason"], Judgement>>> = {
  crashed: "passing",
  "weights-unreachable": "passing",
  "weights-unreadable": "late"
}

export const judge = (failure: unknown): Judgement => {
  if (failure instanceof ArtifactUnwritable) return "passing"
  if (failure instanceof ArtifactUnreadable)
    return failure.reason === "io" ? "passing" : failure.reason === "missing" ? "late" : "of-the-event"
  if (failure instanceof RunUnusable) return failure.lasting === "for-good" ? "of-the-event" : failure.lasting
  if (failure instanceof LogError) return failure.reason === "unavailable" ? "passing" : "fatal"
  if (failure instanceof EngineError) return engineJudgements[failure.reason] ?? "of-the-event"
  if (failure instanceof SettingsDrifted || failure instanceof CannotStart) return "fatal"
  return "of-the-event"
}

const tagOf = (failure: unknown): string => (failure instanceof Error ? failure.name : "Defect")
const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

/** Word to a run that something of it failed; none where it waits already. */
export const wordOf = (directory: Directory["Service"], runId: RunId, step: number, failure: unknown, next: string) => {
  const run = directory.runs.get(runId)
  // Of a run that nobody started, nobody waits for word.
  if (run === undefined || run.standing === "failed") return []
  return [
    new RunFailed({
      ...{ runId, causes: [], step, session: run.session },
      ...{ reason: tagOf(failure), detail: messageOf(failure), next }
    })
  ]
}

/** An event that is set aside makes its run wait. */
export const toleranceOf = (directory: Directory["Service"]): Tolerance => ({
  judge,
  word: (event, failure) =>
    wordOf(
      directory,
      event.runId,
      "step" in event ? event.step : 0,
      failure,
      `Mend it, then onefold dead-letters retry, and onefold resume ${event.runId}`
    )
})
