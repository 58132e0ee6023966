import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { parquetReadObjects } from "hyparquet"
import { literal } from "./chdb.ts"
import { HistoryError } from "./history-error.ts"
import { defaultLimits, type QueryFormat, type Reader, readerOf } from "./query.ts"
import { tableFunctions } from "./sql-guard.ts"
import { openStore } from "./store.ts"

const folder = mkdtempSync(join(tmpdir(), "onefold-query-"))
const store = openStore(folder)
const parser = store.connect()
const reader = readerOf(store.connect)
const secret = join(folder, "secret.txt")
writeFileSync(secret, "not for the history\n")
parser.run(`INSERT INTO policies (run, step, loss) VALUES ('run-1', 1, 0.5), ('run-1', 2, nan)`)

afterAll(async () => {
  await reader.close()
  parser.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const failure = async (sql: string, by: Reader = reader): Promise<HistoryError> => {
  try {
    await by.ask(sql, "csv")
  } catch (cause) {
    if (cause instanceof HistoryError) return cause
    throw cause
  }
  throw new Error(`this was answered: ${sql}`)
}

/** What an answer fails with; null where it comes. */
const faultOf = (answer: Promise<unknown>): Promise<unknown> => answer.then(() => null).catch((cause) => cause)

describe("a question to the history", () => {
  it.each([
    ["json", '{"step":1,"loss":0.5}\n{"step":2,"loss":null}\n'],
    ["csv", '"step","loss"\n1,0.5\n2,nan\n']
  ] as const)("is answered as %s", async (format: QueryFormat, expected) => {
    assert.strictEqual(await reader.ask("SELECT step, loss FROM policies ORDER BY step", format), expected)
  })

  it("is answered as a table without what could steer a terminal", async () => {
    const answer = await reader.ask(`SELECT ${literal("\u001b[2Jred\u009b")} AS text`, "table")
    assert.include(answer, "[2Jred")
    assert.notMatch(answer, /[^\P{Cc}\n]/u)
  })

  it.each([
    "SHOW TABLES",
    "DESCRIBE tokens",
    "EXPLAIN SELECT 1",
    "EXISTS tokens",
    "SHOW CREATE TABLE tokens",
    "(SELECT 1) UNION ALL (SELECT 2)",
    "WITH 2 AS two SELECT two * number FROM numbers(3)",
    "SELECT name, comment FROM system.columns WHERE table = 'tokens';",
    "SELECT 'file(''/etc/passwd'') INTO OUTFILE x; DROP TABLE tokens' -- file('x')",
    "SELECT format('{} {}', 1, 2) AS `a file`",
    "SELECT text, count() FROM tokens GROUP BY text ORDER BY count() DESC LIMIT 3"
  ])("may be %s", async (sql) => {
    assert.isString(await reader.ask(sql, "json"))
  })

  it.each([
    "INSERT INTO policies (run) VALUES ('x')",
    "WITH 1 AS x INSERT INTO policies (step) SELECT x",
    "DROP TABLE policies",
    "TRUNCATE TABLE policies",
    "ALTER TABLE policies DELETE WHERE 1",
    "ALTER TABLE policies UPDATE loss = 0 WHERE 1",
    "DELETE FROM policies WHERE 1",
    "CREATE TABLE x (a Int8) ENGINE = Memory",
    "CREATE TEMPORARY TABLE x (a Int8)",
    "CREATE FUNCTION f AS x -> x",
    "RENAME TABLE policies TO p",
    "OPTIMIZE TABLE policies",
    "SYSTEM STOP MERGES",
    "KILL QUERY WHERE 1",
    "SET readonly = 0",
    "USE system",
    "ATTACH TABLE x (a Int8) ENGINE = File(CSV)",
    "BACKUP TABLE policies TO File('x')",
    "EXPLAIN TABLE OVERRIDE mysql('127.0.0.1:1', 'a', 'b', 'c', 'd') PARTITION BY 1"
  ])("may not change anything: %s", async (sql) => {
    assert.strictEqual((await failure(sql)).reason, "refused")
    assert.strictEqual(parser.run("SELECT count() FROM policies"), "2\n")
  })

  it.each([
    `SELECT file('${secret}')`,
    `file('${secret}')`,
    `SELECT FILE('${secret}')`,
    `SELECT \`fi\\x6ce\`('${secret}')`,
    `SELECT arrayMap(file, ['${secret}'])`,
    `SELECT * APPLY file FROM (SELECT '${secret}' AS a)`,
    `SELECT * FROM file('${secret}', 'LineAsString')`,
    `SELECT * FROM/**/file/**/('${secret}', 'LineAsString')`,
    `SELECT * FROM \`file\`('${secret}')`,
    `SELECT 1 IN file('${secret}', 'LineAsString')`,
    `DESCRIBE file('${secret}')`,
    `DESCRIBE TABLE file('${secret}', 'CSV')`,
    `DESCRIBE (SELECT * FROM file('${secret}'))`,
    `EXPLAIN SELECT * FROM file('${secret}')`,
    "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
    "DESCRIBE url('http://127.0.0.1:1/')",
    "SELECT * FROM s3('http://127.0.0.1:1/bucket/x.csv', 'CSV', 'a String')",
    "SELECT * FROM remote('127.0.0.1:1', system.one)",
    "SELECT * FROM executable('id', 'LineAsString', 'x String')",
    "SELECT * FROM sqlite('x.db', 't')",
    "SELECT * FROM merge('system', 'stack_trace')",
    "SELECT * FROM system.stack_trace",
    'SELECT * FROM "system"."server_settings"',
    "SELECT hasColumnInTable('127.0.0.1', 'u', 'p', 'd', 't', 'c')",
    "SELECT sleep(1)"
  ])("may not reach out of the history: %s", async (sql) => {
    const error = await failure(sql)
    assert.strictEqual(error.reason, "refused")
    assert.notInclude(error.message, "not for the history")
  })

  it("may not use any table function that reaches out, whichever the engine has", async () => {
    const harmless = /^(numbers|zeros|generate|primes|values$|view|null$|format$|fuzzquery$)/
    const reaching = [...tableFunctions(parser)].filter((name) => !harmless.test(name))
    assert.isAbove(reaching.length, 50)
    for (const name of reaching) {
      assert.strictEqual((await failure(`SELECT * FROM ${name}('a', 'b', 'c')`)).reason, "refused", name)
      assert.strictEqual((await failure(`DESCRIBE ${name}('a', 'b', 'c')`)).reason, "refused", name)
    }
  })

  it.each(["SELECT 1", "SHOW TABLES", "DESCRIBE tokens", "EXPLAIN SELECT 1", "EXISTS tokens", "(SELECT 1)"])(
    "may not write a file: %s INTO OUTFILE",
    async (sql) => {
      const file = join(folder, "written.txt")
      assert.strictEqual((await failure(`${sql} INTO OUTFILE '${file}'`)).reason, "refused")
      assert.strictEqual((await failure(`${sql} into/**/outfile '${file}' FORMAT CSV`)).reason, "refused")
      assert.isFalse(existsSync(file))
    }
  )

  it.each([
    "SELECT 1; SELECT 2",
    "SELECT 1; DROP TABLE policies",
    "selec 1 2",
    "",
    "SELECT nothing FROM policies",
    "SELECT * FROM absent"
  ])("that cannot be understood is a fault of the statement: %s", async (sql) => {
    const error = await failure(sql)
    assert.strictEqual(error.reason, "bad-sql")
    assert.notMatch(error.message, /DB::Exception|Code: \d|formatQuery|unhex|\(version/)
  })

  it("is given values for its placeholders, which stay values", async () => {
    const hostile = "it's \\ \n\t\u0000 \\N '); DROP TABLE policies; -- é😀"
    const answer = await reader.answer({
      sql: "SELECT {a:String} AS a, {b:Nullable(UInt32)} AS b, {c:Array(String)} AS c, {d:UInt32} AS d",
      format: "json",
      parameters: { a: hostile, b: null, c: [hostile, ""], d: 7 }
    })
    assert.deepStrictEqual(JSON.parse(Buffer.from(answer).toString()), { a: hostile, b: null, c: [hostile, ""], d: 7 })
    assert.strictEqual(parser.run("SELECT count() FROM policies"), "2\n")
  })

  it("is told what is wrong with a value, and forgets the last question's", async () => {
    const bad = reader.answer({ sql: "SELECT {n:UInt32}", format: "json", parameters: { n: "many" } })
    assert.deepInclude(await faultOf(bad), { reason: "bad-sql" })
    assert.strictEqual((await failure("SELECT {n:UInt32}")).reason, "bad-sql")
  })

  it("may not be given the name of a table", async () => {
    const parameters = { d: "system", t: "server_settings" }
    for (const sql of ["SELECT * FROM {d:Identifier}.{t:Identifier}", "SELECT {t:Identifier} FROM system.tables"]) {
      assert.deepInclude(await faultOf(reader.answer({ sql, format: "json", parameters })), { reason: "refused" })
    }
  })

  it("is answered as parquet", async () => {
    const bytes = await reader.answer({ sql: "SELECT step, loss FROM policies ORDER BY step", format: "parquet" })
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer })
    assert.deepStrictEqual(rows, [
      { step: 1, loss: 0.5 },
      { step: 2, loss: Number.NaN }
    ])
  })

  it("may not set its own format", async () => {
    assert.strictEqual((await failure("SELECT 1 FORMAT Null")).reason, "refused")
  })

  it("may not lift its limits", async () => {
    assert.strictEqual((await failure("SELECT 1 SETTINGS max_execution_time = 0")).reason, "refused")
    assert.strictEqual((await failure("SELECT 1 SETTINGS readonly = 0")).reason, "refused")
  })

  it.each([
    ["rows", { rows: 10 }, "SELECT number FROM numbers(11)"],
    ["bytes of an answer", { resultBytes: 1000 }, "SELECT repeat('x', 2000) FROM numbers(2)"],
    ["time", { seconds: 1 }, "SELECT count() FROM numbers(1000000000000)"],
    ["memory", { memoryBytes: 50_000_000 }, "SELECT length(groupArray(number)) FROM numbers(100000000)"]
  ] as const)("that costs too much %s is stopped, and the next one is answered", async (_, limit, sql) => {
    const small = readerOf(store.connect, { ...defaultLimits, ...limit })
    assert.strictEqual((await failure(sql, small)).reason, "too-much")
    assert.strictEqual(await small.ask("SELECT count() FROM numbers(10)", "json"), '{"count()":10}\n')
    await small.close()
  })
})
