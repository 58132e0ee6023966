/**
 * `onefold worker KIND`: one process that serves one kind of stage over Kafka, for every run, beside any number of others.
 *
 * SIGTERM drains it: no batch is begun any more, the one in hand is finished and kept, and the worker leaves its groups,
 * within a bound; what is not done by then is done again by another.
 */
import { Console, Duration, Effect, Fiber, Layer } from "effect"
import { Grader } from "../../../learning/grading/grader.ts"
import { PolicyFold } from "../../../learning/objective/fold-service.ts"
import { Rewards } from "../../../learning/rewards/rewards.ts"
import { FoldChain } from "../../../pipelines/update/fold-chain.ts"
import { History } from "../../../platform/history/history.ts"
import { type Cluster, clusterLog, clusterOf } from "../cluster/cluster.ts"
import { clusterArtifacts } from "../cluster/cluster-artifacts.ts"
import type { ClusterFlags } from "../cluster/cluster-flags.ts"
import { type DataFolder, openDataFolder } from "../data-folder.ts"
import { Stopping } from "../stopping.ts"
import { Directory } from "./directory.ts"
import { type EngineChoice, Engines } from "./engines.ts"
import { projecting } from "./history.ts"
import { layerRuns, RunLibrary } from "./run-library.ts"
import { groupsOf, stagesOf, type UpdateRole, updateRoles, type WorkerKind } from "./services.ts"

export interface WorkerOptions extends ClusterFlags, EngineChoice {
  readonly kind: WorkerKind
  /** Of an update worker; null: all of them. */
  readonly role: UpdateRole | null
  readonly drainSeconds: number
  readonly dataDir: string
  readonly json: boolean
}

const servicesOf = (cluster: Cluster, folder: DataFolder, choice: EngineChoice) => {
  const outside = Layer.mergeAll(clusterLog(cluster), clusterArtifacts(cluster, folder.root))
  const known = RunLibrary.layer(folder.root).pipe(Layer.provideMerge(Directory.layer), Layer.provideMerge(outside))
  return Layer.mergeAll(
    Grader.layer,
    Rewards.layer,
    layerRuns,
    Engines.layer(choice),
    FoldChain.layer.pipe(Layer.provideMerge(PolicyFold.layer))
  ).pipe(Layer.provideMerge(known))
}

/** Counts the groups that have dealt this worker its partitions; says so once all have. */
const readiness = (groups: ReadonlyArray<string>, ready: Effect.Effect<void>) => {
  const waiting = new Set(groups)
  return (group: string) => Effect.suspend(() => (waiting.delete(group) && waiting.size === 0 ? ready : Effect.void))
}

export const worker = Effect.fn("worker")(function* (options: WorkerOptions) {
  const { drainSeconds, json, kind, role } = options
  const cluster = yield* clusterOf(options)
  const folder = yield* openDataFolder(options.dataDir)
  const roles = role === null ? updateRoles : [role]
  const name = kind === "update" && role !== null ? `${kind} (${role})` : kind
  const tell = (event: "ready" | "draining" | "drained" | "undrained", text: string) =>
    Console.log(json ? JSON.stringify({ type: event, worker: kind, role, pid: process.pid }) : text)
  const joined = readiness(groupsOf(kind, roles), tell("ready", `worker ${name} is ready`))
  const work =
    kind === "history"
      ? projecting(joined).pipe(Effect.provide(History.layerConfigured(folder.history)))
      : stagesOf(kind, roles, joined)
  return yield* Effect.gen(function* () {
    const stopping = yield* Stopping
    // On its own: what is in hand when the bound is reached must not hold up the end.
    const serving = yield* Effect.forkDetach(work)
    yield* Effect.raceFirst(Fiber.join(serving), stopping.requested).pipe(
      Effect.onInterrupt(() => Fiber.interrupt(serving))
    )
    yield* tell("draining", `worker ${name} finishes what it has in hand`)
    const drained = yield* Effect.timeoutOption(Fiber.interrupt(serving), Duration.seconds(drainSeconds))
    yield* drained._tag === "Some"
      ? tell("drained", `worker ${name} has left`)
      : tell("undrained", `worker ${name} leaves after ${drainSeconds} s with work in hand; another does it again`)
  }).pipe(Effect.provide(servicesOf(cluster, folder, options)))
})
