/**
 * A cluster as an operator has it: a broker, a shared folder, and workers that are processes of their own.
 */
import { join } from "node:path"
import { assert } from "@effect/vitest"
import { Effect, Stream } from "effect"
import type { LocalKafka } from "../../../deploy/local/kafka.ts"
import { EventLog, type LogRecord } from "../../../platform/log/event-log.ts"
import { type KafkaConnection, layerKafka } from "../../../platform/log/kafka.ts"
import { topics } from "../../../schemas/catalogue.ts"
import { type Ended, type Spawned, spawned } from "../spawned.fixture.ts"

export interface SpawnedCluster {
  readonly env: Readonly<Record<string, string>>
  readonly onefold: (...args: ReadonlyArray<string>) => Promise<Ended>
  readonly spawned: (...args: ReadonlyArray<string>) => Spawned
  /** A worker of its own folder; `kind` with its flags. */
  readonly worker: (name: string, ...kind: ReadonlyArray<string>) => Spawned
  /** Works on the log as it is. */
  readonly onLog: <A, E>(work: Effect.Effect<A, E, EventLog>) => Promise<A>
}

/** How a cluster that is not open to everybody is reached. */
export interface Reach {
  /** Of every command. */
  readonly flags: ReadonlyArray<string>
  readonly env: Readonly<Record<string, string>>
  /** The same, for the log. */
  readonly connection: Partial<KafkaConnection>
}

/** @param folder where artifacts, unless the environment says otherwise, and workers' own files lie */
export const spawnedCluster = ({ brokers }: LocalKafka, folder: string, reach?: Reach): SpawnedCluster => {
  const { connection, env: more, flags } = reach ?? { connection: {}, env: {}, flags: [] }
  const env = { ONEFOLD_BROKERS: brokers, ONEFOLD_BLOBS: join(folder, "blobs"), ...more }
  const log = layerKafka({ brokers: [brokers], clientId: "test", ...connection })
  const begun = (...args: ReadonlyArray<string>) => spawned([...args, ...flags], { env })
  return {
    env,
    onefold: (...args) => begun(...args).ended,
    spawned: begun,
    worker: (name, ...kind) => begun("worker", ...kind, "--json", "--data-dir", join(folder, name)),
    onLog: (work) => work.pipe(Effect.provide(log), Effect.runPromise)
  }
}

/** Makes the topics. */
export const withTopics = async ({ onefold }: SpawnedCluster): Promise<void> => {
  const made = await onefold("topics", "create")
  assert.strictEqual(made.code, 0, made.stderr)
}

export const ready = (...workers: ReadonlyArray<Spawned>) =>
  Promise.all(workers.map(({ until }) => until('"type":"ready"')))

/** Asks workers to end, and waits until they have. */
export const ended = (workers: ReadonlyArray<Spawned>) => {
  for (const { child } of workers) child.kill("SIGTERM")
  return Promise.all(workers.map((each) => each.ended))
}

/** Every committed record of every topic. */
export const allRecords = Effect.gen(function* () {
  const log = yield* EventLog
  const found: Array<LogRecord> = []
  for (const { name } of topics)
    for (const partition of (yield* log.endOffsets(name)).keys())
      yield* Stream.runForEach(log.read(name, partition, 0), (record) => Effect.sync(() => found.push(record)))
  return found
})
