/**
 * The runs of a cluster in numbers, as the directory of a worker knows them: how many stand how, and how far each has come.
 */
import { Effect, Metric } from "effect"
import type { RunId } from "../../../schemas/ids.ts"
import { Directory, type Standing } from "./directory.ts"

const standings: ReadonlyArray<Standing> = ["live", "paused", "finished", "failed", "cancelled"]

const runsThatAre = (status: Standing) =>
  Metric.gauge("onefold_runs", { description: "runs of the cluster, by how they stand", attributes: { status } })

const stepOf = (run: RunId) =>
  Metric.gauge("onefold_policy_step", { description: "updates that a live run's policy has had", attributes: { run } })

/** Keeps the gauges up to date for as long as it runs. A run that is over has no step any more. */
export const watchRuns = Effect.gen(function* () {
  const { changed, runs } = yield* Directory
  const told = new Set<RunId>()
  while (true) {
    const { version } = changed
    for (const status of standings) {
      const count = [...runs.values()].filter(({ standing }) => standing === status).length
      yield* Metric.update(runsThatAre(status), count)
    }
    for (const [runId, { standing, step }] of runs) {
      if (standing === "live" || standing === "paused") {
        told.add(runId)
        yield* Metric.update(stepOf(runId), step)
      } else if (told.delete(runId)) yield* Metric.remove(stepOf(runId))
    }
    yield* changed.beyond(version)
    // A busy cluster changes many times a second, and is looked at every few.
    yield* Effect.sleep("1 second")
  }
})
