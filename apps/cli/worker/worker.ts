/**
 * `onefold worker KIND`: one process that serves one kind of stage over Kafka, for every run, beside any number of others.
 *
 * SIGTERM drains it: no batch is begun any more, the one in hand is finished and kept, and the worker leaves its groups,
 * within a bound; what is not done by then is done again by another.
 */
import { Console, Duration, Effect, Fiber, Layer, Schedule } from "effect"
import { Grader } from "../../../learning/grading/grader.ts"
import { PolicyFold } from "../../../learning/objective/fold-service.ts"
import { Rewards } from "../../../learning/rewards/rewards.ts"
import { FoldChain } from "../../../pipelines/update/fold-chain.ts"
import { History } from "../../../platform/history/history.ts"
import { LogError } from "../../../platform/log/event-log.ts"
import { checkTopics } from "../../../platform/log/kafka-topics.ts"
import { layerOtlp } from "../../../platform/observability/otlp.ts"
import { type Readiness, serveHttp } from "../../../platform/observability/worker-http.ts"
import { watchLag } from "../../../platform/stream/lag.ts"
import { type Cluster, clusterLog, clusterOf } from "../cluster/cluster.ts"
import { clusterArtifacts } from "../cluster/cluster-artifacts.ts"
import type { ClusterFlags } from "../cluster/cluster-flags.ts"
import { logTopics } from "../cluster/topics-command.ts"
import { type DataFolder, openDataFolder } from "../data-folder.ts"
import { Stopping } from "../stopping.ts"
import { Directory } from "./directory.ts"
import { type EngineChoice, Engines } from "./engines.ts"
import { projecting } from "./history.ts"
import { addressOf } from "./http-address.ts"
import { layerRuns, RunLibrary } from "./run-library.ts"
import { watchRuns } from "./run-metrics.ts"
import { groupsOf, stagesOf, type UpdateRole, updateRoles, type WorkerKind, watchedOf } from "./services.ts"

export interface WorkerOptions extends ClusterFlags, EngineChoice {
  readonly kind: WorkerKind
  /** Of an update worker; null: all of them. */
  readonly role: UpdateRole | null
  readonly drainSeconds: number
  /** The base address of an OpenTelemetry collector that metrics are sent to; null: none. */
  readonly otlp: string | null
  /** Where health, readiness and metrics are answered, as host:port; null: nowhere. */
  readonly http: string | null
  readonly dataDir: string
  readonly json: boolean
}

const servicesOf = (cluster: Cluster, folder: DataFolder, choice: EngineChoice) => {
  const outside = clusterLog(cluster).pipe(Layer.provideMerge(clusterArtifacts(cluster, folder.root)))
  const known = RunLibrary.layer(folder.root).pipe(Layer.provideMerge(Directory.layer), Layer.provideMerge(outside))
  return Layer.mergeAll(
    Grader.layer,
    Rewards.layer,
    layerRuns,
    Engines.layer(choice),
    FoldChain.layer.pipe(Layer.provideMerge(PolicyFold.layer))
  ).pipe(Layer.provideMerge(known))
}

/** How a worker stands, for whoever asks over HTTP and for a signal that asks it to stop. */
interface Standing {
  state: Readiness["state"]
  /** Whether there may be something in hand, which is to be finished. */
  isServing: boolean
  isAskedToStop: boolean
}

/** Says how far a worker has come, once and to whoever asks over HTTP. */
const telling = ({ json, kind, role }: WorkerOptions, standing: Standing) => {
  const name = kind === "update" && role !== null ? `${kind} (${role})` : kind
  const tell = (type: string, text: string) =>
    Console.log(json ? JSON.stringify({ type, worker: kind, role, pid: process.pid }) : `worker ${name} ${text}`)
  const to = (state: Readiness["state"]) =>
    Effect.sync(() => {
      standing.state = state
    })
  return {
    ready: Effect.andThen(to("ready"), tell("ready", "is ready")),
    draining: Effect.andThen(to("draining"), tell("draining", "finishes what it has in hand")),
    drained: tell("drained", "has left"),
    undrained: tell("undrained", "leaves with work in hand, which another does again")
  }
}

/** Counts the groups that have dealt this worker its partitions; `ready` once all have. */
const joining = (groups: ReadonlyArray<string>, ready: Effect.Effect<void>) => {
  const waiting = new Set(groups)
  return (group: string) => Effect.suspend(() => (waiting.delete(group) && waiting.size === 0 ? ready : Effect.void))
}

/** Serves until it is asked to stop, and then as long as what is in hand takes, within the bound. */
const serving = Effect.fn("worker.serving")(function* (options: WorkerOptions, folder: DataFolder, standing: Standing) {
  const { drainSeconds, kind, role } = options
  const roles = role === null ? updateRoles : [role]
  const word = telling(options, standing)
  const joined = joining(groupsOf(kind, roles), word.ready)
  const stopping = yield* Stopping
  standing.state = "joining"
  yield* Effect.acquireRelease(
    Effect.sync(() => {
      standing.isServing = true
    }),
    () =>
      Effect.sync(() => {
        standing.isServing = false
      })
  )
  yield* Effect.forkScoped(watchLag(watchedOf(kind, roles)))
  if (groupsOf(kind, roles).includes("hosts-schedule")) yield* Effect.forkScoped(watchRuns)
  // On its own: what is in hand when the bound is reached must not hold up the end.
  const work = yield* Effect.forkDetach(
    kind === "history"
      ? projecting(joined).pipe(Effect.provide(History.layerConfigured(folder.history)))
      : stagesOf(kind, roles, joined)
  )
  yield* Effect.raceFirst(Fiber.join(work), stopping.requested).pipe(Effect.onInterrupt(() => Fiber.interrupt(work)))
  yield* word.draining
  const drained = yield* Effect.timeoutOption(Fiber.interrupt(work), Duration.seconds(drainSeconds))
  if (drained._tag === "Some") return yield* word.drained
  yield* word.undrained
  // Closing an engine waits for the operation in hand, which may take longer than the bound.
  yield* stopping.leave
}, Effect.scoped)

const isAway = (failure: unknown): boolean => failure instanceof LogError && failure.reason === "unavailable"

/** While the brokers, or the registry, do not answer, the worker waits for them. */
const waiting = Schedule.spaced("2 seconds")

/** Ends when somebody asks for it while nothing is in hand; what serves sees to its own end. */
const askedMeanwhile = (standing: Standing) =>
  Effect.gen(function* () {
    yield* (yield* Stopping).requested
    standing.isAskedToStop = true
    if (standing.isServing) yield* Effect.never
  })

export const worker = Effect.fn("worker")(function* (options: WorkerOptions) {
  const { http, kind, otlp } = options
  const cluster = yield* clusterOf(options)
  const folder = yield* openDataFolder(options.dataDir)
  const standing: Standing = { state: "joining", isServing: false, isAskedToStop: false }
  if (http !== null) {
    const { port } = yield* serveHttp(yield* addressOf(http), standing)
    yield* Effect.logInfo(`worker ${kind} answers at ${port}`)
  }
  if (otlp !== null) yield* Layer.build(layerOtlp(otlp))
  const patiently = Effect.gen(function* () {
    yield* checkTopics(cluster.kafka, logTopics)
    yield* serving(options, folder, standing).pipe(Effect.provide(servicesOf(cluster, folder, options)))
  }).pipe(
    Effect.tapError((failure) => (isAway(failure) ? Effect.logWarning(`waiting: ${String(failure)}`) : Effect.void)),
    Effect.retry({ while: (failure) => isAway(failure) && !standing.isAskedToStop, schedule: waiting })
  )
  yield* Effect.raceFirst(patiently, askedMeanwhile(standing))
}, Effect.scoped)
