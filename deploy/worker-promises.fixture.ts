/**
 * What a cluster's files take for granted of the workers: commands, variables, consumer groups and metrics. Every test of
 * deploy/ asks here, and a command that the command line has is asked there instead (command-line.fixture.ts).
 */
import { Command, Completions } from "effect/cli"
import { clusterFlags } from "../apps/cli/cluster/cluster-flags.ts"

type Described = Completions.CommandDescriptor
type Flag = Completions.FlagDescriptor

const flag = (name: string, type: Flag["type"] = { _tag: "String" }): Flag => ({
  ...{ name, type, aliases: [], description: undefined }
})
const command = (name: string, flags: ReadonlyArray<Flag>, subcommands: ReadonlyArray<Described> = []): Described => ({
  ...{ name, flags, subcommands, arguments: [], description: undefined }
})

/** Where the cluster is: these flags are there. */
const ofKafka = Completions.fromCommand(Command.make("cluster", clusterFlags)).flags
const ofWorkers = [...ofKafka, ...[flag("data-dir"), flag("http"), flag("drain-seconds", { _tag: "Int" })]]
const role = flag("role", { _tag: "Choice", values: ["schedule", "gradient", "apply"] })

export const commands: ReadonlyArray<Described> = [
  command(
    "worker",
    [],
    [
      ...["generate", "verify", "evaluate", "history"].map((name) => command(name, ofWorkers)),
      command("update", [...ofWorkers, role])
    ]
  ),
  command("topics", [], [command("create", ofKafka)])
]

/** What they, and Node, read from their environment. */
export const variables: ReadonlyArray<string> = [
  ...["ONEFOLD_BROKERS", "ONEFOLD_KAFKA_USER", "ONEFOLD_KAFKA_PASSWORD", "ONEFOLD_KAFKA_MECHANISM"],
  ...["ONEFOLD_REGISTRY", "ONEFOLD_REGISTRY_USER", "ONEFOLD_REGISTRY_PASSWORD", "NODE_EXTRA_CA_CERTS"],
  ...["ONEFOLD_BLOBS", "ONEFOLD_S3_ENDPOINT", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"],
  ...["ONEFOLD_CLICKHOUSE", "ONEFOLD_CLICKHOUSE_USER", "ONEFOLD_CLICKHOUSE_PASSWORD", "ONEFOLD_BACKEND"]
]

/** Consumer groups, with the topic that each reads. */
export const groups: ReadonlyMap<string, string> = new Map([
  ["generate", "rollouts.requested"],
  ["verify", "rollouts.generated"],
  ["score", "scores.requested"],
  ["gradient", "gradients.requested"],
  ["critic-gradient", "gradients.requested"],
  ["evaluate", "evaluations.requested"],
  ["hosts-schedule", "runs"],
  ["hosts-apply", "runs"],
  ["hosts-evaluate", "runs"],
  ["hosts-history", "runs"]
])

export interface Metric {
  readonly kind: "counter" | "gauge" | "histogram"
  readonly labels: ReadonlyArray<string>
}

/** What /metrics shows, by name. */
export const metrics: ReadonlyMap<string, Metric> = new Map([
  ["onefold_stage_events_total", { kind: "counter", labels: ["stage"] }],
  ["onefold_stage_outputs_total", { kind: "counter", labels: ["stage"] }],
  ["onefold_stage_batch_seconds", { kind: "histogram", labels: ["stage"] }],
  ["onefold_stage_lag", { kind: "gauge", labels: ["group", "topic"] }],
  ["onefold_stream_repeats_total", { kind: "counter", labels: ["stage"] }],
  ["onefold_stream_conflicts_total", { kind: "counter", labels: ["stage"] }],
  ["onefold_dead_letters_total", { kind: "counter", labels: ["stage", "reason"] }],
  ["onefold_runs", { kind: "gauge", labels: ["status"] }],
  ["onefold_policy_step", { kind: "gauge", labels: ["run"] }],
  ["onefold_blob_cache_bytes", { kind: "gauge", labels: [] }],
  ["onefold_blob_cache_hits_total", { kind: "counter", labels: [] }],
  ["onefold_blob_cache_misses_total", { kind: "counter", labels: [] }]
])
