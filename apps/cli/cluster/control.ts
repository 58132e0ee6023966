/**
 * A run of a cluster is paused, let go on and cancelled by word in the log, from any machine.
 */
import { Console, Effect } from "effect"
import { RunCancelled } from "../../../schemas/run-cancelled.ts"
import { RunPaused } from "../../../schemas/run-paused.ts"
import { RunResumed } from "../../../schemas/run-resumed.ts"
import { publish } from "../conduct.ts"
import { findRun, type RecordedRun, statusOf } from "../recorded.ts"
import { standingOtherwise } from "../run-stands-otherwise.ts"
import type { LogFlags } from "./cluster-flags.ts"
import { wholeLog } from "./whole-log.ts"

interface ControlOptions extends LogFlags {
  readonly run: string
  readonly json: boolean
}

const stepOf = ({ policies, started }: RecordedRun): number =>
  policies.reduce((latest, { step }) => Math.max(latest, step), started.firstStep)

const told = ({ json }: ControlOptions, recorded: RecordedRun, what: string) => {
  const run = recorded.started.runId
  return Console.log(json ? JSON.stringify({ type: what, run }) : `run ${run} is ${what}`)
}

const controlling = <E, R>(options: ControlOptions, act: (recorded: RecordedRun) => Effect.Effect<void, E, R>) =>
  Effect.gen(function* () {
    const log = yield* wholeLog(options)
    yield* Effect.flatMap(findRun(options.run), act).pipe(Effect.provide(log))
  })

/** The step in hand is finished; what comes after it waits. */
export const pauseRun = (options: ControlOptions) =>
  controlling(options, (recorded) =>
    Effect.gen(function* () {
      if (statusOf(recorded) !== "unfinished") return yield* standingOtherwise(recorded, "paused")
      const { runId } = recorded.started
      const session = recorded.sessions
      const reason = "asked to from the command line"
      yield* publish(new RunPaused({ runId, step: stepOf(recorded), causes: [], session, reason }))
      yield* told(options, recorded, "paused")
    })
  )

/** Opens the next session of a run; gives its number. */
export const reopen = Effect.fn("control.reopen")(function* (recorded: RecordedRun) {
  const { environment, runId } = recorded.started
  const session = recorded.sessions + 1
  yield* publish(new RunResumed({ runId, causes: [], session, environment, drift: [] }))
  return session
})

/** A paused run goes on, and one that failed is tried again. */
export const resumeRun = (options: ControlOptions) =>
  controlling(options, (recorded) =>
    Effect.gen(function* () {
      if (recorded.finished || recorded.cancelled) return yield* standingOtherwise(recorded, "resumed")
      yield* reopen(recorded)
      yield* told(options, recorded, "resumed")
    })
  )

/** The run is over where it stands, for good. */
export const cancelRun = (options: ControlOptions) =>
  controlling(options, (recorded) =>
    Effect.gen(function* () {
      if (recorded.finished || recorded.cancelled) return yield* standingOtherwise(recorded, "cancelled")
      const { runId } = recorded.started
      const reason = "asked to from the command line"
      yield* publish(new RunCancelled({ runId, step: stepOf(recorded), causes: [], reason }))
      yield* told(options, recorded, "cancelled")
    })
  )
