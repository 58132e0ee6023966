/** The commands about a history as a whole, as a user types them. */
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { startChdbFront } from "../../platform/history/server/chdb-front.fixture.ts"
import { disown, own } from "../../platform/log/folder-owner.ts"
import { filesOf, isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")
const at = ["--data-dir", dataDir]

beforeAll(async () => {
  const { code, stderr } = await onefold(smoke(dataDir, "--steps", "1"))
  assert.strictEqual(code, 0, stderr)
}, 240_000)

const Rebuild = Schema.fromJsonString(
  Schema.Struct({
    type: Schema.Literal("rebuild"),
    tables: Schema.Array(
      Schema.Struct({
        table: Schema.String,
        rows: Schema.Int,
        before: Schema.String,
        after: Schema.String,
        equal: Schema.Boolean
      })
    )
  })
)

describe("a history as a whole", () => {
  it("is made anew from the log with the same rows, checksum by checksum", { timeout: 240_000 }, async () => {
    const { code, lines, stderr } = await onefold(["history", "rebuild", "--json", ...at])
    assert.strictEqual(code, 0, stderr)
    const { tables } = Schema.decodeUnknownSync(Rebuild)(lines[0])
    assert.isTrue(tables.every(({ after, before, equal }) => equal && before === after))
    assert.isAbove(tables.find(({ table }) => table === "tokens")?.rows ?? 0, 100)
    assert.deepStrictEqual(
      readdirSync(dataDir).filter((name) => name.startsWith("history")),
      ["history"]
    )
  })

  it("says its migrations and tables, and that none is left to run", { timeout: 240_000 }, async () => {
    const status = await onefold(["history", "status", ...at])
    assert.match(status.stdout, /deduplication +5 +\d{4}-/)
    assert.match(status.stdout, /tokens +\d{3,}/)
    const { stderr } = await onefold(["history", "migrate", ...at])
    assert.include(stderr, "up to date")
  })

  it("is left alone while a process is at work in the folder, which is named", { timeout: 240_000 }, async () => {
    own(join(dataDir, "log"))
    const before = filesOf(join(dataDir, "history"))
    for (const command of ["rebuild", "check", "fill"])
      isRefused(await onefold(["history", command, ...at]), 4, `process ${process.pid} is at work in it`)
    disown(join(dataDir, "log"))
    assert.deepStrictEqual(filesOf(join(dataDir, "history")), before)
  })

  it("is on a server where the environment names one, with the same rows", { timeout: 400_000 }, async () => {
    const front = await startChdbFront()
    const { password, url, user } = front.address
    const env = {
      ONEFOLD_CLICKHOUSE: url,
      ONEFOLD_CLICKHOUSE_USER: user,
      ONEFOLD_CLICKHOUSE_PASSWORD: password
    }
    try {
      const { code, stderr } = await onefold(["history", "fill", "last", ...at], { env })
      assert.strictEqual(code, 0, stderr)
      const sums = ["sql", "SELECT count(), sum(cityHash64(tuple(*))) FROM tokens", "--format", "csv", ...at]
      const [there, here] = [await onefold(sums, { env }), await onefold(sums)]
      assert.match(there.stdout, /\n\d{3,},\d+\n$/, there.stderr)
      assert.strictEqual(there.stdout, here.stdout)
    } finally {
      await front.stop()
    }
  })

  it("of a server is asked for where the environment names one, and a wrong name is told", {
    timeout: 240_000
  }, async () => {
    const env = { ONEFOLD_CLICKHOUSE: "ftp://user:secret@host" }
    const { code, stderr } = await onefold(["sql", "SELECT 1", ...at], { env })
    assert.strictEqual(code, 4)
    assert.include(stderr, "it is no http or https address")
    assert.notInclude(stderr, "secret")
  })
})

describe("export-history", () => {
  it("writes one file a table into a folder that was not there", { timeout: 240_000 }, async () => {
    const folder = join(scratch, "a{b}*", "tables")
    const { code, lines, stderr } = await onefold(["export-history", "last", "--parquet", folder, "--json", ...at])
    assert.strictEqual(code, 0, stderr)
    const names = lines.map((line): unknown => JSON.parse(line).file)
    assert.sameMembers(readdirSync(folder), names)
    assert.include(names, "tokens.parquet")
    assert.deepStrictEqual(readdirSync(join(scratch, "a{b}*")), ["tables"])
  })

  it("writes nothing where something stands, or of a run that is not there", { timeout: 240_000 }, async () => {
    const used = join(scratch, "used")
    mkdirSync(used)
    writeFileSync(join(used, "mine.txt"), "mine")
    isRefused(await onefold(["export-history", "last", "--parquet", used, ...at]), 4, "it is not empty")
    assert.deepStrictEqual(readdirSync(used), ["mine.txt"])
    const none = join(scratch, "none")
    isRefused(
      await onefold(["export-history", "smoke-two-1-9", "--parquet", none, ...at]),
      2,
      "did you mean smoke-two-1-1"
    )
    assert.isFalse(existsSync(none))
  })
})
