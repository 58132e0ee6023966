/**
 * A sweep whose runs the workers of a cluster conduct: each is handed over under its name, so many at a time, and
 * followed to its end. What is there already is followed, so the same command goes on wherever it is given.
 */
import { Clock, Effect, Layer } from "effect"
import type { Base } from "../base.ts"
import { type Cluster, clusterLog } from "../cluster/cluster.ts"
import { clusterArtifacts } from "../cluster/cluster-artifacts.ts"
import { reopen } from "../cluster/control.ts"
import { following } from "../cluster/following.ts"
import { submitted } from "../cluster/submitted.ts"
import { computing } from "../embedded.ts"
import { findRun, type RecordedRun, statusOf } from "../recorded.ts"
import { standingOtherwise } from "../run-stands-otherwise.ts"
import { Stopping } from "../stopping.ts"
import { loggedFiguresOf } from "./log-figures.ts"
import type { PlannedRun, SweepPlan } from "./plan.ts"
import { type Teller, tellerOf } from "./teller.ts"
import { recordedOf, workOff } from "./work.ts"

export const clusterServices = (base: Base, plan: SweepPlan, cluster: Cluster, dataDir: string) => {
  const artifacts = clusterArtifacts(cluster, dataDir)
  return Layer.mergeAll(
    computing(base, plan.base.config, artifacts),
    clusterLog(cluster).pipe(Layer.provide(artifacts))
  )
}

/** Where a run that is there stands, and the session that it is in: one that waits is let go on, as on one machine. */
const takenUp = Effect.fn("sweep.takenUp")(function* (recorded: RecordedRun) {
  const status = statusOf(recorded)
  const waits = status === "paused" || status === "failed"
  return { started: recorded.started, session: waits ? yield* reopen(recorded) : recorded.sessions }
})

/** Hands a run over; whoever gave the same command elsewhere may have been quicker. */
const handedOver = Effect.fn("sweep.handedOver")(function* (
  plan: SweepPlan,
  base: Base,
  { config, runId }: PlannedRun
) {
  return yield* submitted({ base, config, name: runId }).pipe(
    Effect.map((started) => ({ started, session: 1 })),
    Effect.catchTag("NameTaken", () => Effect.andThen(recordedOf(plan), Effect.flatMap(findRun(runId), takenUp)))
  )
})

/** Submits what is not there, and follows it. `left` once it is asked to stop: workers go on by themselves. */
const conductedAfar = (plan: SweepPlan, base: Base, recorded: ReadonlyMap<string, RecordedRun>, teller: Teller) =>
  Effect.fn("sweep.conductedAfar")(function* (planned: PlannedRun) {
    const { steps } = planned.config
    const found = recorded.get(planned.runId)
    const { session, started } = yield* found === undefined ? handedOver(plan, base, planned) : takenUp(found)
    const telling = teller.of(started.runId)
    yield* telling.begins(started.runId, started.firstStep, steps, yield* Clock.currentTimeMillis)
    const stopped = Effect.as((yield* Stopping).requested, "left" as const)
    return yield* Effect.raceFirst(following(started, steps, telling, session), stopped)
  })

const isOver = (recorded: RecordedRun | undefined): boolean =>
  recorded !== undefined && (recorded.finished || recorded.cancelled)

/** Conducts the sweep; gives the figures of its finished runs, or null where not all of it is over. */
export const sweptOnCluster = Effect.fn("sweep.onCluster")(function* (plan: SweepPlan, base: Base, parallel: number) {
  const recorded = yield* recordedOf(plan)
  const all = [plan.base, ...plan.runs]
  const open = all.filter(({ runId }) => !isOver(recorded.get(runId)))
  const teller = yield* tellerOf(all.length, all.length - open.length)
  yield* teller.note(
    `sweep ${plan.identity}: ${plan.runs.length} runs over one base, ${all.length - open.length} done before`
  )
  const conducted = conductedAfar(plan, base, recorded, teller)
  const stopping = "stopping: the runs under way go on in the cluster, and no other is submitted"
  const isDone = yield* workOff({ open, conducted, parallel, teller, stopping })
  if (!isDone) {
    yield* teller.note("not all runs are finished; the same command goes on")
    return null
  }
  const ended = yield* recordedOf(plan)
  const ofBase = ended.get(plan.base.runId)
  if (ofBase !== undefined && !ofBase.finished) return yield* standingOtherwise(ofBase, "compared with")
  for (const { runId } of plan.runs)
    if (ended.get(runId)?.finished !== true) yield* teller.note(`run ${runId} was cancelled, and is not ranked`)
  return yield* loggedFiguresOf(
    plan.runs.map(({ runId }) => runId),
    plan.base.runId
  )
})
