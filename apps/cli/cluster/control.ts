/**
 * A run of a cluster is paused and let go on by word in the log, from any machine.
 */
import { Console, Effect, Schema } from "effect"
import { RunPaused } from "../../../schemas/run-paused.ts"
import { RunResumed } from "../../../schemas/run-resumed.ts"
import { publish } from "../conduct.ts"
import { findRun, type RecordedRun, statusOf } from "../recorded.ts"
import { clusterLog, kafkaOf } from "./cluster.ts"
import type { BrokerFlags } from "./cluster-flags.ts"

/** What was asked for does not go with how the run stands. */
export class RunStandsOtherwise extends Schema.TaggedError<RunStandsOtherwise>()("RunStandsOtherwise", {
  runId: Schema.String,
  status: Schema.String,
  asked: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId} is ${this.status}: it cannot be ${this.asked}; see onefold runs`
  }
}

interface ControlOptions extends BrokerFlags {
  readonly run: string
  readonly json: boolean
}

const stepOf = ({ policies, started }: RecordedRun): number =>
  policies.reduce((latest, { step }) => Math.max(latest, step), started.firstStep)

const refusing = (recorded: RecordedRun, asked: string) =>
  new RunStandsOtherwise({ runId: recorded.started.runId, status: statusOf(recorded), asked })

const told = ({ json }: ControlOptions, recorded: RecordedRun, what: string) => {
  const run = recorded.started.runId
  return Console.log(json ? JSON.stringify({ type: what, run }) : `run ${run} is ${what}`)
}

const controlling = <E, R>(options: ControlOptions, act: (recorded: RecordedRun) => Effect.Effect<void, E, R>) =>
  Effect.gen(function* () {
    const kafka = yield* kafkaOf(options)
    yield* Effect.flatMap(findRun(options.run), act).pipe(Effect.provide(clusterLog({ kafka })))
  })

/** The step in hand is finished; what comes after it waits. */
export const pauseRun = (options: ControlOptions) =>
  controlling(options, (recorded) =>
    Effect.gen(function* () {
      if (statusOf(recorded) !== "unfinished") return yield* refusing(recorded, "paused")
      const { runId } = recorded.started
      const session = recorded.sessions
      const reason = "asked to from the command line"
      yield* publish(new RunPaused({ runId, step: stepOf(recorded), causes: [], session, reason }))
      yield* told(options, recorded, "paused")
    })
  )

/** A paused run goes on, and one that failed is tried again. */
export const resumeRun = (options: ControlOptions) =>
  controlling(options, (recorded) =>
    Effect.gen(function* () {
      if (recorded.finished) return yield* refusing(recorded, "resumed")
      const { environment, runId } = recorded.started
      const session = recorded.sessions + 1
      yield* publish(new RunResumed({ runId, causes: [], session, environment, drift: [] }))
      yield* told(options, recorded, "resumed")
    })
  )
