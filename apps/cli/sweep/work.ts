/**
 * The work of a sweep: the runs that are not finished are begun, or go on, so many side by side.
 *
 * Which they are and in what company does not change their bits: each has its own events, stages and places in the log,
 * and the engine's answers depend on a call alone. After a stop or a failure no run is begun any more, and those that
 * go on come to a halt of their own.
 */
import { Effect } from "effect"
import { PolicyFold } from "../../../learning/objective/fold-service.ts"
import type { Base } from "../base.ts"
import { beginRun, configText } from "../begin-run.ts"
import type { DataFolder } from "../data-folder.ts"
import { type RecordedRun, recordedRuns } from "../recorded.ts"
import { goOn } from "../resume.ts"
import type { Ending } from "../sitting.ts"
import { Stopping } from "../stopping.ts"
import type { PlannedRun, SweepPlan } from "./plan.ts"
import { SweepTaken } from "./sweep-taken.ts"
import type { Teller } from "./teller.ts"

/** What is recorded of the runs of a plan, by name. Fails with SweepTaken where a name stands for something else. */
export const recordedOf = Effect.fn("sweep.recorded")(function* ({ base, runs }: SweepPlan) {
  const recorded = new Map((yield* recordedRuns()).map((run) => [run.started.runId, run]))
  const own = new Map<string, RecordedRun>()
  for (const { config, runId } of [base, ...runs]) {
    const found = recorded.get(runId)
    if (found === undefined) continue
    if (found.started.config !== configText(config)) return yield* new SweepTaken({ runId })
    own.set(runId, found)
  }
  return own
})

/** A run of a plan conducted to where it ends; `left` where it was asked to stop. */
export type Conducted<E, R> = (planned: PlannedRun) => Effect.Effect<Ending | "left", E, R>

/** How the runs of a sweep are conducted by this process. */
export const conductedHere = (work: {
  readonly recorded: ReadonlyMap<string, RecordedRun>
  readonly base: Base
  readonly folder: DataFolder
  readonly teller: Teller
}) =>
  Effect.fn("sweep.conducted")(function* ({ config, runId }: PlannedRun) {
    const { base, folder, recorded, teller } = work
    const found = recorded.get(runId)
    const telling = { base, folder, reporter: teller.of(runId), alone: false }
    const { ending } = yield* found === undefined
      ? beginRun({ ...telling, config, name: runId })
      : goOn({ ...telling, recorded: found, allowDrift: false })
    // The process goes on for many runs: what one of them leaves behind must not add up.
    yield* (yield* PolicyFold).close(runId)
    return ending
  })

export interface Work<E, R> {
  /** The runs that are not over. */
  readonly open: ReadonlyArray<PlannedRun>
  readonly conducted: Conducted<E, R>
  readonly parallel: number
  readonly teller: Teller
  /** What is told where it is asked to stop. */
  readonly stopping: string
}

/** Conducts what is open. Says whether all of it is over now; fails with the first error of a run. */
export const workOff = <E, R>({ conducted, open, parallel, stopping, teller }: Work<E, R>) =>
  Effect.gen(function* () {
    const halted = { asked: false }
    const requested = (yield* Stopping).requested.pipe(
      Effect.andThen(
        Effect.suspend(() => {
          halted.asked = true
          return teller.note(stopping)
        })
      )
    )
    const one = Effect.fn("sweep.one")(function* (planned: PlannedRun) {
      if (halted.asked) return { ending: "left", error: null } as const
      const result = yield* Effect.result(conducted(planned))
      const isOver = result._tag === "Success" && (result.success === "finished" || result.success === "cancelled")
      yield* isOver ? teller.ended(planned.runId) : teller.left(planned.runId)
      if (result._tag === "Success") return { ending: result.success, error: null }
      halted.asked = true
      return { ending: "left", error: { failure: result.failure } } as const
    })
    const endings = yield* Effect.scoped(
      Effect.andThen(Effect.forkScoped(requested), Effect.forEach(open, one, { concurrency: parallel }))
    )
    for (const { error } of endings) if (error !== null) return yield* Effect.fail(error.failure)
    return endings.every(({ ending }) => ending === "finished" || ending === "cancelled")
  })
