/**
 * What a worker makes of a failure: whether it passes, lies in the event, or is the worker's own.
 *
 * What comes from outside — stores that do not answer, full disks — is waited for. A thread that crashes is started anew,
 * until it is plain that it crashes over the event. What another machine has written to a shared folder may be seen late,
 * so what is missing there is waited for too, a minute. A worker under other settings than a run's, or whose engine or
 * grader cannot start, can do nothing for anybody and says so. All else is the event's: its hash, its coordinates, its
 * numbers.
 */
import type { Judgement, Tolerance } from "../../../platform/stream/tolerance.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { RunFailed } from "../../../schemas/run-failed.ts"
import type { Directory } from "./directory.ts"

type ByReason = Readonly<Record<string, Judgement>>

/** What stages, their services and the log fail with, by tag; and by reason, where that makes the difference. */
export const judgements: Readonly<Record<string, Judgement | ByReason>> = {
  // Stores: what does not answer may answer later; what is damaged or gone stays so.
  ArtifactUnreadable: {
    io: "passing",
    missing: "late",
    "hash-mismatch": "of-the-event",
    "bad-name": "of-the-event"
  },
  ArtifactUnwritable: "passing",
  LogError: {
    unavailable: "passing",
    // Who came after has it now. To whoever is one of several it cannot happen.
    superseded: "passing",
    ...{ refused: "fatal", locked: "fatal", full: "fatal", corrupt: "fatal", "newer-version": "fatal" },
    ...{ "unknown-topic": "fatal", "not-writable": "fatal", incompatible: "fatal" }
  },
  AheadOfLog: "passing",
  HistoryError: {
    ...{ unavailable: "passing", unreachable: "passing", full: "passing", "too-much": "passing" },
    // The worker's own store, or its rights there.
    ...{
      locked: "fatal",
      "not-writable": "fatal",
      "newer-version": "fatal",
      "not-admitted": "fatal",
      missing: "fatal"
    },
    ...{ refused: "of-the-event", "bad-sql": "of-the-event", incomplete: "of-the-event" }
  },
  EngineError: {
    ...{ crashed: "crash", "weights-unreachable": "passing", "out-of-memory": "of-the-event" },
    ...{ "bad-input": "of-the-event", "not-finite": "of-the-event", "weights-unreadable": "late" }
  },
  FoldFailed: {
    ...{ crashed: "crash", "not-open": "passing", "bad-input": "of-the-event", "not-finite": "of-the-event" }
  },
  // What it works with is gone: nothing that is begun anew here would find it again.
  ClosedUnderStage: "fatal",
  CrashesOverEverything: "fatal",
  CannotStart: "fatal",
  AddonUnusable: "fatal",
  SettingsDrifted: "fatal",
  // The run, its model, its reward, its coordinates.
  RunUnusable: { passing: "passing", late: "late", "for-good": "of-the-event" },
  UnknownRun: "of-the-event",
  UnknownQuestion: "of-the-event",
  CheckpointInvalid: "of-the-event",
  TokenizerInvalid: "of-the-event",
  TextNotWritable: "of-the-event",
  SheetInvalid: "of-the-event",
  UnknownReward: "of-the-event",
  RewardParameterRefused: "of-the-event",
  RewardFileUnusable: "of-the-event",
  RewardFileChanged: "of-the-event",
  LabelImpossible: "of-the-event",
  RewardUnknown: "of-the-event",
  // The arithmetic of a step, and what the log says of it.
  ChainBroken: "of-the-event",
  StaleRollout: "of-the-event",
  BatchIndivisible: "of-the-event",
  NoCritic: "of-the-event",
  GradientsMissing: "of-the-event",
  ShardInvalid: "of-the-event",
  EventUnreadable: "of-the-event",
  EventUnwritable: "of-the-event",
  WireFault: "of-the-event",
  UnequalAnswers: "of-the-event",
  NoProblems: "of-the-event",
  UnpairedProblems: "of-the-event"
}

const textOf = (failure: unknown, field: string): string => {
  if (typeof failure !== "object" || failure === null) return ""
  const value = new Map<string, unknown>(Object.entries(failure)).get(field)
  return typeof value === "string" ? value : ""
}

const reasonOf = (failure: unknown): string => textOf(failure, "reason") || textOf(failure, "lasting")

/** An engine's thread that crashes before it was asked anything crashes over no event. */
const isStart = (failure: unknown): boolean =>
  textOf(failure, "_tag") === "EngineError" && textOf(failure, "operation") === "start"

/** What nobody foresaw is the event's: others may go on. */
export const judge = (failure: unknown): Judgement => {
  if (isStart(failure)) return "passing"
  const found = Object.hasOwn(judgements, textOf(failure, "_tag"))
    ? judgements[textOf(failure, "_tag")]
    : "of-the-event"
  return typeof found === "string" ? found : (found[reasonOf(failure)] ?? "of-the-event")
}

const tagOf = (failure: unknown): string => (failure instanceof Error ? failure.name : "Defect")
const messageOf = (failure: unknown): string => (failure instanceof Error ? failure.message : String(failure))

/** Word to a run that something of it failed; none where it waits already, or where there is no such run. */
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
