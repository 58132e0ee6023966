/** A run as Parquet files: read by hyparquet, and by DuckDB. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { parquetMetadata, parquetReadObjects } from "hyparquet"
import { recordsOf } from "./fabricated/log.ts"
import { vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { events, shape } from "./history.harness.ts"
import { saveFromFolder, saveFromServer, writeParquet } from "./parquet.ts"
import { tableNames } from "./projection.ts"
import { Projector } from "./projector.ts"
import { openStore } from "./store.ts"

const home = mkdtempSync(join(tmpdir(), "onefold-parquet-"))
const files = join(home, "files")
const bySelect = join(home, "by-select")
for (const folder of [files, bySelect]) mkdirSync(folder)

const store = openStore(join(home, "history"))
const connection = store.connect()
const projector = new Projector(store)
for (const [runId, told] of [
  [shape.runId, events],
  ["run-2", fabricatedRun({ ...shape, runId: "run-2", steps: 1 })]
] as const) {
  projector.begin({ runId, vocabulary })
  projector.take(runId, recordsOf(told))
}
projector.flush()
const written = await writeParquet(connection, saveFromFolder(connection), shape.runId, files)
await writeParquet(connection, saveFromServer(connection), shape.runId, bySelect)

afterAll(async () => {
  connection.close()
  await store.close()
  rmSync(home, { recursive: true, force: true })
})

const bytesOf = (table: string, folder = files) => new Uint8Array(readFileSync(join(folder, `${table}.parquet`))).buffer

const rowsOf = (table: string, folder = files) => parquetReadObjects({ file: bytesOf(table, folder) })

/** The engine's own answer, with wide numbers as the files have them. */
const asked = (sql: string): ReadonlyArray<unknown> =>
  connection
    .run(sql, "JSONEachRow")
    .split("\n")
    .filter(Boolean)
    .map((line): unknown => JSON.parse(line))

describe("a run as Parquet files", () => {
  it("is one file a table, each with the run's rows and no other's", async () => {
    assert.deepStrictEqual(
      written.map(({ table }) => table),
      [...tableNames]
    )
    for (const { rows, table } of written) {
      const found = await rowsOf(table)
      assert.lengthOf(found, rows, table)
      assert.isTrue(
        found.every(({ run }) => run === shape.runId),
        table
      )
    }
    assert.strictEqual(written.find(({ table }) => table === "rollouts")?.rows, 24)
    assert.strictEqual(written.find(({ table }) => table === "scores")?.rows, 0)
  })

  it("has every token in order with every value as it is, whichever way it was written", async () => {
    const expected = asked(
      "SELECT step, prompt, sample, position, text, toFloat64(log_prob) AS log_prob, toFloat64(reference_log_prob) AS reference_log_prob, toUnixTimestamp64Milli(time) AS time, toUInt32(_offset) AS _offset FROM tokens WHERE run = 'run-1' ORDER BY step, prompt, sample, position"
    )
    for (const folder of [files, bySelect])
      assert.deepStrictEqual(
        (await rowsOf("tokens", folder)).map(
          ({ _offset, log_prob, position, prompt, reference_log_prob, sample, step, text, time }) => ({
            ...{ step, prompt, sample, position, text, log_prob, reference_log_prob: reference_log_prob ?? null },
            time: time.getTime(),
            _offset: Number(_offset)
          })
        ),
        expected
      )
  })

  it("keeps lists and what is unknown", async () => {
    const policies = await rowsOf("policies")
    assert.deepStrictEqual(
      policies.map(({ gradients }) => gradients),
      events.flatMap((event) => (event._tag === "PolicyUpdated" ? [event.gradientHashes] : []))
    )
    const verdicts = await rowsOf("verdicts")
    assert.strictEqual(verdicts.filter(({ reward }) => (reward ?? null) === null).length, 3)
  })

  it("has columns of plain types under the tables' names", () => {
    for (const table of tableNames) {
      const { schema } = parquetMetadata(bytesOf(table))
      const names = asked(
        `SELECT name FROM system.columns WHERE database = 'onefold' AND table = '${table}' ORDER BY position`
      )
      const roots = schema
        .filter(({ name }) => !["schema", "list", "element"].includes(name))
        .map(({ name }) => ({ name }))
      assert.deepStrictEqual(roots, names, table)
      for (const { converted_type, logical_type, name, type } of schema.slice(1))
        if (type === "BYTE_ARRAY")
          assert.isTrue(converted_type === "UTF8" || logical_type?.type === "STRING", `${table}.${name}`)
    }
  })
})

/** One row of figures, as numbers. */
const byDuckDb = async (connection: DuckDBConnection, sql: string): Promise<ReadonlyArray<number>> => {
  const [row = []] = (await connection.runAndReadAll(sql)).getRows()
  return row.map(Number)
}

describe("DuckDB", () => {
  it("reads every file, and counts and adds up as ClickHouse does", async () => {
    const instance = await DuckDBInstance.create()
    const duck = await instance.connect()
    const from = (table: string): string => `FROM '${join(files, `${table}.parquet`)}'`
    for (const { rows, table } of written)
      assert.deepStrictEqual(await byDuckDb(duck, `SELECT count(*) ${from(table)}`), [rows], table)
    const sums = "sum(token), sum(length(text)), count(reward), max(epoch_ms(time))"
    const [expected] = asked(
      "SELECT toUInt32(sum(token)) AS a, toUInt32(sum(lengthUTF8(text))) AS b, toUInt32(count(reward)) AS c, max(toUnixTimestamp64Milli(time)) AS d FROM tokens WHERE run = 'run-1'"
    ).flatMap((row) => (typeof row === "object" && row !== null ? [Object.values(row)] : []))
    assert.deepStrictEqual(await byDuckDb(duck, `SELECT ${sums} ${from("tokens")}`), expected.map(Number))
    duck.closeSync()
    instance.closeSync()
  })
})
