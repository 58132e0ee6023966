/**
 * ClickHouse reads Kafka itself, by deploy/clickhouse: chDB's Kafka engine against a real broker and a real schema
 * registry. Skipped, aloud, where there is no Java; with CI=true that is a failure.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { isDeepStrictEqual } from "node:util"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Stream } from "effect"
import { startKafka } from "../../deploy/local/kafka.ts"
import { startRegistry } from "../../deploy/local/registry.ts"
import { describeOver, together } from "../../deploy/local/servers.fixture.ts"
import { topics } from "../../schemas/catalogue.ts"
import { EventLog, type LogRecord } from "../log/event-log.ts"
import { layerKafka } from "../log/kafka.ts"
import { draftOf } from "../stream/deliver.ts"
import { checksums } from "./checksums.ts"
import { vocabulary } from "./fabricated/names.ts"
import { events, shape } from "./history.harness.ts"
import { Projector } from "./projector.ts"
import { statements } from "./server/statements.ts"
import { openStore } from "./store.ts"

const scratch = mkdtempSync(join(tmpdir(), "onefold-kafka-engine-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** The tables that deploy/clickhouse fills, and how many rows the run has in them. */
const filled = {
  policies: 3,
  evaluations: 6,
  evaluation_figures: 12,
  rollouts: 24,
  verdicts: 24,
  evaluation_samples: 8
}
const rowsOf = (content: Readonly<Record<string, string>>) =>
  Object.keys(filled).map((table) => content[table].split(" ")[0])

const files = ["kafka-queues.sql", "kafka-views.sql"]

const sqlOf = (name: string): string =>
  readFileSync(new URL(`../../deploy/clickhouse/${name}`, import.meta.url), "utf8")

/** Writes the run to the broker and reads it back with its places. */
const recordsIn = (brokers: string, registry: string): Promise<ReadonlyArray<LogRecord>> =>
  Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.createTopics(topics)
    yield* log.append(events.map(draftOf))
    const records: Array<LogRecord> = []
    for (const { name, partitions } of topics)
      for (let partition = 0; partition < partitions; partition++)
        yield* Stream.runForEach(log.read(name, partition, 0), (record) => Effect.sync(() => records.push(record)))
    return records
  }).pipe(
    Effect.provide(layerKafka({ brokers: [brokers], clientId: "onefold-test", registry: { url: registry } })),
    Effect.runPromise
  )

/** What the projection makes of the same records. */
const projected = async (records: ReadonlyArray<LogRecord>) => {
  const store = openStore(join(scratch, "projected"))
  const projector = new Projector(store)
  projector.begin({ runId: shape.runId, vocabulary })
  projector.take(shape.runId, records)
  projector.flush()
  const connection = store.connect()
  const content = checksums(connection)
  connection.close()
  await store.close()
  return content
}

/** What the views make of what the broker holds: waits until every row is there. */
const readByEngine = async (brokers: string, registry: string) => {
  const store = openStore(join(scratch, "read"))
  const connection = store.connect()
  try {
    for (const file of files)
      for (const statement of statements(sqlOf(file)))
        connection.run(statement.replace("kafka:9092", brokers).replace("http://registry:8081", registry))
    const wanted = Object.values(filled).map(String)
    for (let waited = 0; waited < 90; waited++) {
      if (isDeepStrictEqual(rowsOf(checksums(connection)), wanted)) break
      await pause(1000)
    }
    const content = checksums(connection)
    connection.run("DROP DATABASE onefold_kafka SYNC")
    return content
  } finally {
    connection.close()
    await store.close()
  }
}

const overKafka = (brokers: string, registry: string): void => {
  // chDB's Kafka engine works only in the first folder that a process opens, so this comes before all else.
  it("gives the very rows that the projection gives", { timeout: 240_000 }, async () => {
    const records = await recordsIn(brokers, registry)
    const content = await readByEngine(brokers, registry)
    const expected = await projected(records)
    for (const table of Object.keys(filled)) assert.strictEqual(content[table], expected[table], table)
  })
}

await describeOver(
  "ClickHouse that reads Kafka itself",
  together(startKafka(), startRegistry()),
  ({ servers: [{ brokers }, { url }] }) => overKafka(brokers, url)
)

describe("ClickHouse that is to read Kafka", () => {
  it("is told by statements that ClickHouse understands", async () => {
    const store = openStore(join(scratch, "statements"))
    const connection = store.connect()
    for (const file of files)
      for (const statement of statements(sqlOf(file)))
        assert.isNotEmpty(connection.run(`EXPLAIN AST ${statement}`), statement)
    connection.close()
    await store.close()
  })
})
