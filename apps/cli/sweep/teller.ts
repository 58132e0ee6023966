/**
 * Who tells a person of the runs of a sweep: a reporter for each of them, all of which share one table.
 */
import { Clock, Effect } from "effect"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { overall } from "../report/figures.ts"
import { type Reporter, terminalOf } from "../reporter.ts"
import { clearedSweep, initialSweep, type SweepEvent, sweepProgress } from "./progress.ts"

export interface Teller {
  /** The reporter that a run's sitting is given. */
  readonly of: (runId: string) => Reporter
  readonly ended: (runId: string) => Effect.Effect<void>
  /** Paused, or failed. */
  readonly left: (runId: string) => Effect.Effect<void>
  /** A sentence for the person. */
  readonly note: (text: string) => Effect.Effect<void>
}

const tellingOf = (event: OnefoldEvent): SweepEvent | null => {
  const run = event.runId
  if (event._tag === "PolicyUpdated") return { kind: "step", run, step: event.step, reward: event.metrics.rewardMean }
  if (event._tag !== "EvaluationCompleted" || event.protocol !== "greedy") return null
  const heldOut = overall(event.results)?.accuracy
  return heldOut === undefined ? null : { kind: "evaluated", run, step: event.step, heldOut }
}

/** @param runs how many the sweep has, and how many of them are finished already */
export const tellerOf = Effect.fn("sweep.teller")(function* (runs: number, finished: number) {
  const err = process.stderr
  const form = { live: err.isTTY === true, terminal: terminalOf(err) }
  let shown = initialSweep(runs, finished, yield* Clock.currentTimeMillis)
  const write = (text: string): void => {
    if (text !== "") err.write(text)
  }
  const show = (event: SweepEvent) =>
    Effect.map(Clock.currentTimeMillis, (atMillis) => {
      const { state, text } = sweepProgress(form, shown, event, atMillis)
      shown = state
      write(text)
    })
  const note = (text: string) =>
    Effect.sync(() => {
      const cleared = clearedSweep(shown)
      shown = cleared.state
      write(`${cleared.text}${text}\n`)
    })
  const of = (run: string): Reporter => ({
    begins: (_, step, steps) => show({ kind: "began", run, step, steps }),
    event: (event) => {
      const telling = tellingOf(event)
      return telling === null ? Effect.void : show(telling)
    },
    // The sweep says so once for all.
    stopping: () => Effect.void,
    note,
    result: () => Effect.void
  })
  const teller: Teller = {
    of,
    ended: (run) => show({ kind: "ended", run }),
    left: (run) => show({ kind: "left", run }),
    note
  }
  return teller
})
