/**
 * What a cluster's files take for granted of the workers: variables, consumer groups and metrics. Commands are asked of
 * the command line itself (command-line.fixture.ts).
 */
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
