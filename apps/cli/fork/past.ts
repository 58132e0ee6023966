/**
 * The past that a fork shares: what its parent's log tells of the steps up to where it left.
 */
import { Effect } from "effect"
import { configOfRun, type RecordedRun } from "../recorded.ts"

const parentOf = Effect.fn("past.parentOf")(function* (recorded: RecordedRun, runs: ReadonlyArray<RecordedRun>) {
  const { fork } = yield* configOfRun(recorded)
  const parent = runs.find(({ started }) => started.runId === fork?.run)
  return fork === undefined || parent === undefined ? null : { parent, step: fork.step }
})

const mostGenerations = 1000

/** The run with which a lineage began: itself, unless it forks one that is here. */
export const firstOf = Effect.fn("past.firstOf")(function* (recorded: RecordedRun, runs: ReadonlyArray<RecordedRun>) {
  let first = recorded
  for (let i = 0; i < mostGenerations; i++) {
    const found = yield* parentOf(first, runs)
    if (found === null) return first
    first = found.parent
  }
  return first
})

/** A run as if it had done itself what it shares, as far as that is here. */
export const withPast = Effect.fn("past.with")(function* (recorded: RecordedRun, runs: ReadonlyArray<RecordedRun>) {
  let whole = recorded
  let current = recorded
  let earliest = Number.POSITIVE_INFINITY
  for (let i = 0; i < mostGenerations; i++) {
    const found = yield* parentOf(current, runs)
    if (found === null) return whole
    current = found.parent
    earliest = Math.min(earliest, found.step)
    const limit = earliest
    const upTo = <A extends { readonly step: number }>(events: ReadonlyArray<A>) =>
      events.filter(({ step }) => step <= limit)
    whole = {
      ...whole,
      policies: [...upTo(current.policies), ...whole.policies],
      critics: [...upTo(current.critics), ...whole.critics],
      evaluations: [...upTo(current.evaluations), ...whole.evaluations]
    }
  }
  return whole
})
