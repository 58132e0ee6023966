/**
 * The command `onefold worker` with its kinds and flags.
 */
import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import { clusterFlags } from "./cluster/cluster-flags.ts"
import { json, optionalText, switchFlag } from "./flags.ts"
import { updateRoles, type WorkerKind } from "./worker/services.ts"
import { worker } from "./worker/worker.ts"

const flags = {
  ...clusterFlags,
  threads: Flag.Int("threads").pipe(
    Flag.withDescription("Threads that hold the model; results do not depend on it"),
    Flag.withDefault(2)
  ),
  drainSeconds: Flag.Int("drain-seconds").pipe(
    Flag.withDescription("How long SIGTERM waits for what is in hand"),
    Flag.withDefault(30)
  ),
  http: optionalText("http", "Answer /health, /ready and /metrics there, as 0.0.0.0:9464 or a port of loopback"),
  otlp: optionalText(
    "otlp",
    "Send metrics to the OpenTelemetry collector at this base address, as http://collector:4318"
  ),
  allowDrift: switchFlag("allow-drift", "Work on runs that were started under settings that give other bits"),
  dataDir: Flag.String("data-dir").pipe(
    Flag.withDescription("This worker's own folder: caches, and the history of a history worker without a server"),
    Flag.withDefault(".onefold-worker")
  ),
  json
}

const plain = (kind: Exclude<WorkerKind, "update">, description: string) =>
  Command.make(kind, flags, (options) => worker({ ...options, kind, role: null })).pipe(
    Command.withDescription(description)
  )

const update = Command.make(
  "update",
  {
    ...flags,
    role: Flag.Literals("role", updateRoles).pipe(
      Flag.withDescription("schedule: what is asked for; gradient: shards; apply: the fold; default: all of them"),
      Flag.optional
    )
  },
  (options) => worker({ ...options, kind: "update", role: Option.getOrNull(options.role) })
).pipe(Command.withDescription("Turn verdicts into gradients, and gradients into the next policy"))

export const workerCommand = Command.make("worker").pipe(
  Command.withDescription("Serve one kind of stage over Kafka, beside any number of other workers"),
  Command.withSubcommands([
    plain("generate", "Answer what runs ask"),
    plain("verify", "Judge answers, and say what they earn"),
    update,
    plain("evaluate", "Sit tests"),
    plain("history", "Turn events into rows of ClickHouse")
  ])
)
