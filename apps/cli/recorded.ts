/**
 * What the log says of runs: their stories from the `runs` topic, and the run that a name means.
 */
import { Effect, Schema, Stream } from "effect"
import { nearest } from "../../learning/nearest.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import type { CriticUpdated } from "../../schemas/critic-updated.ts"
import type { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import type { PolicyUpdated } from "../../schemas/policy-updated.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { eventOf, isNobodys, untilDamage } from "./record.ts"

/** One run as its story tells it so far. */
export interface RecordedRun {
  readonly started: RunStarted
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly policies: ReadonlyArray<PolicyUpdated>
  readonly critics: ReadonlyArray<CriticUpdated>
  readonly evaluations: ReadonlyArray<EvaluationCompleted>
  readonly finished: boolean
  readonly paused: boolean
  /** Its last word is that a sitting failed. */
  readonly failed: boolean
  readonly cancelled: boolean
  /** Sittings so far: 1 where it was never resumed. */
  readonly sessions: number
}

export type RunStatus = "finished" | "cancelled" | "failed" | "paused" | "unfinished"

export const statusOf = ({ cancelled, failed, finished, paused }: RecordedRun): RunStatus => {
  if (finished) return "finished"
  if (cancelled) return "cancelled"
  if (failed) return "failed"
  return paused ? "paused" : "unfinished"
}

/**
 * Adds one event to a run's record; the first record of an id wins, here as everywhere. What an earlier sitting said
 * and comes once more says nothing about this one.
 */
const told = (run: RecordedRun, event: OnefoldEvent): RecordedRun => {
  switch (event._tag) {
    case "PolicyUpdated":
      return run.policies.some(({ step }) => step === event.step) ? run : { ...run, policies: [...run.policies, event] }
    case "CriticUpdated":
      return run.critics.some(({ step }) => step === event.step) ? run : { ...run, critics: [...run.critics, event] }
    case "EvaluationCompleted":
      return run.evaluations.some(({ eventId }) => eventId === event.eventId)
        ? run
        : { ...run, evaluations: [...run.evaluations, event] }
    case "RunPaused":
      return event.session < run.sessions ? run : { ...run, paused: true }
    case "RunResumed":
      return event.session <= run.sessions ? run : { ...run, paused: false, failed: false, sessions: event.session }
    case "RunFailed":
      return { ...run, failed: true }
    case "RunCancelled":
      return { ...run, cancelled: true }
    case "RunFinished":
      return { ...run, finished: true }
    default:
      return run
  }
}

const read = (partition: number, runs: Map<string, RecordedRun>) =>
  Effect.flatMap(EventLog, (log) =>
    Stream.runForEach(log.read("runs", partition, 0), (record) =>
      Effect.gen(function* () {
        if (yield* isNobodys(record)) return
        const event = yield* eventOf(record)
        if (event._tag === "RunStarted" && !runs.has(event.runId))
          runs.set(event.runId, {
            started: event,
            startedAt: record.timestamp,
            policies: [],
            critics: [],
            evaluations: [],
            finished: false,
            paused: false,
            failed: false,
            cancelled: false,
            sessions: 1
          })
        const run = runs.get(event.runId)
        if (run !== undefined) runs.set(event.runId, told(run, event))
      })
    )
  )

const oldestFirst = (runs: ReadonlyMap<string, RecordedRun>): ReadonlyArray<RecordedRun> =>
  [...runs.values()].sort((a, b) => a.startedAt - b.startedAt)

/** Every run in the log, oldest first. */
export const recordedRuns = Effect.fn("recorded.runs")(function* () {
  const runs = new Map<string, RecordedRun>()
  for (const partition of (yield* (yield* EventLog).endOffsets("runs")).keys()) yield* read(partition, runs)
  return oldestFirst(runs)
})

/** Every run as far as its story can be read: each partition up to its first damaged record, which is told. */
export const readableRuns = Effect.fn("recorded.readable")(function* () {
  const runs = new Map<string, RecordedRun>()
  const damage: Array<string> = []
  for (const partition of (yield* (yield* EventLog).endOffsets("runs")).keys())
    yield* untilDamage(read(partition, runs), damage)
  return { runs: oldestFirst(runs), damage }
})

export class RunNotFound extends Schema.TaggedError<RunNotFound>()("RunNotFound", {
  name: Schema.String,
  suggestion: Schema.String
}) {
  override get message(): string {
    return this.suggestion === ""
      ? `there is no run ${this.name}: no run is recorded here; start one with "onefold run", or with "onefold submit" in a cluster`
      : `there is no run ${this.name}; did you mean ${this.suggestion}? "onefold runs" lists them all`
  }
}

/** A run by its name; "last" is the newest. */
export const findRun = (name: string) => Effect.flatMap(recordedRuns(), (runs) => findIn(runs, name))

export const findIn = Effect.fn("recorded.find")(function* (runs: ReadonlyArray<RecordedRun>, name: string) {
  const found = name === "last" ? runs.at(-1) : runs.find(({ started }) => started.runId === name)
  if (found === undefined) {
    const names = runs.map(({ started }) => started.runId)
    return yield* new RunNotFound({ name, suggestion: nearest(name, names) })
  }
  return found
})

/** What a run was started with. */
export const configOfRun = ({ started }: RecordedRun) =>
  Schema.decodeUnknownEffect(Schema.fromJsonString(RunConfig))(started.config)

/** The run whose evaluation of the base counts for this one: itself, unless its configuration names another. */
export const baseRunOf = Effect.fn("recorded.baseRun")(function* (
  recorded: RecordedRun,
  runs: ReadonlyArray<RecordedRun>
) {
  const { baseRun } = (yield* configOfRun(recorded)).evaluation
  return runs.find(({ started }) => started.runId === baseRun) ?? recorded
})
