/**
 * What can still be used of a run in which something is damaged: the steps before it, and whole snapshots after it.
 */
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import type { RecordedRun } from "../recorded.ts"

/** Steps after `step` whose snapshots can be read whole. */
const snapshotsAfter = Effect.fn("usable.snapshotsAfter")(function* (
  { critics, policies, started }: RecordedRun,
  step: number
) {
  const artifacts = yield* Artifacts
  const isWhole = (hash: string) =>
    artifacts.load(hash).pipe(
      Effect.as(true),
      Effect.catch(() => Effect.succeed(false))
    )
  const found: Array<number> = []
  for (const policy of policies.filter((each) => each.step > step && each.runId === started.runId)) {
    const hashes = [policy, ...critics.filter((each) => each.step === policy.step)].flatMap(
      ({ snapshotHash }) => snapshotHash ?? []
    )
    if (policy.snapshotHash === null) continue
    const whole = yield* Effect.forEach(hashes, isWhole)
    if (whole.every((each) => each)) found.push(policy.step)
  }
  return found.sort((a, b) => a - b)
})

/** A sentence for the person. `reached` is the last step that holds, `step` the first that does not. */
export const usableAfter = Effect.fn("usable.after")(function* (recorded: RecordedRun, reached: number, step: number) {
  const before = reached === 0 ? "No step before it was updated" : `Steps 1 to ${reached} hold`
  const snapshots = yield* snapshotsAfter(recorded, step - 1)
  const after =
    snapshots.length === 0
      ? "no whole snapshot lies after it"
      : `later steps can be replayed from the snapshot of step ${snapshots[0]} on`
  return `${before}; ${after}`
})
