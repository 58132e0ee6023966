/** kill -9 in the middle of `onefold history rebuild`: afterwards there is the old history or the new one, whole. */
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { setImmediate as turn } from "node:timers/promises"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { connect, settled } from "../../platform/history/chdb.ts"
import { onefold, type Spawned, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const recorded = join(scratch, "recorded")

/** Two runs, and in their history a table without its rows: so the old one is told from the new one. */
beforeAll(async () => {
  for (const seed of ["1", "2"]) {
    const { code, stderr } = await onefold(smoke(recorded, "--steps", "1", "--seed", seed))
    assert.strictEqual(code, 0, stderr)
  }
  const connection = connect(join(recorded, "history", "tables"))
  connection.run("TRUNCATE TABLE onefold.policies")
  connection.close()
  await settled()
}, 240_000)

/** A rebuild that goes on in a data folder. */
interface Rebuilding {
  readonly dataDir: string
  readonly child: Spawned["child"]
  /** Resolves once this is so; rejects where the process ends before it. */
  readonly reached: (isSo: () => boolean) => Promise<void>
}

const begun = (dataDir: string, run: ReadonlyArray<string>): Rebuilding & Pick<Spawned, "ended"> => {
  const { child, ended } = spawned(["history", "rebuild", ...run, "--data-dir", dataDir])
  const reached = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) {
      if (child.exitCode !== null) throw new Error((await ended).stderr)
      await turn()
    }
  }
  return { dataDir, child, ended, reached }
}

const stands = (dataDir: string, ...names: ReadonlyArray<string>): boolean => existsSync(join(dataDir, ...names))
const hasFiles = (dataDir: string, ...names: ReadonlyArray<string>): boolean =>
  stands(dataDir, ...names) && readdirSync(join(dataDir, ...names)).length > 0

/** Puts files there, while the new history is made, that take a while to remove: so that a moment lasts. */
const delayed = async ({ child, dataDir, reached }: Rebuilding, ...names: ReadonlyArray<string>): Promise<void> => {
  await reached(() => stands(dataDir, "history-making", "tables"))
  child.kill("SIGSTOP")
  const folder = join(dataDir, ...names)
  mkdirSync(folder)
  for (let i = 0; i < 1000; i++) writeFileSync(join(folder, String(i)), "")
  child.kill("SIGCONT")
}

/** What an older swap left behind goes first. */
const whole = async (rebuilding: Rebuilding): Promise<void> => {
  await delayed(rebuilding, "history-replaced")
  await rebuilding.reached(() => stands(rebuilding.dataDir, "history-ready"))
}

/** The old one, with all that lies in it, is on its way out. */
const swapped = async (rebuilding: Rebuilding): Promise<void> => {
  const { dataDir, reached } = rebuilding
  await delayed(rebuilding, "history", "bulk")
  await reached(() => stands(dataDir, "history-replaced") && stands(dataDir, "history", "tables"))
}

const carrying = ({ dataDir, reached }: Rebuilding) => reached(() => hasFiles(dataDir, "history-carried"))
const beginning = ({ dataDir, reached }: Rebuilding) => reached(() => stands(dataDir, "history-making"))
const inserting = ({ dataDir, reached }: Rebuilding) => reached(() => hasFiles(dataDir, "history-making", "tmp"))

const Line = Schema.fromJsonString(
  Schema.Struct({ tables: Schema.Array(Schema.Struct({ table: Schema.String, verdict: Schema.String })) })
)

describe("a rebuild of the history that is killed", { timeout: 240_000 }, () => {
  it.each([
    ["before it has begun to make one", [], beginning, "old"],
    ["amid an insert into the new one", [], inserting, "old"],
    ["while other runs' rows are carried out", ["last"], carrying, "old"],
    ["when the new one is whole, before it is in its place", [], whole, "new"],
    ["when the new one is in its place", [], swapped, "new"]
  ] as const)(
    "%s, %j, then a whole one lies there, and the next rebuild works",
    async (name, run, moment, expected) => {
      const dataDir = join(scratch, name.replaceAll(" ", "-"))
      const at = ["--data-dir", dataDir]
      cpSync(recorded, dataDir, { recursive: true })
      const rebuilding = begun(dataDir, run)
      await moment(rebuilding)
      rebuilding.child.kill("SIGKILL")
      assert.strictEqual((await rebuilding.ended).code, 128 + 9)

      const rows = await onefold(["sql", "SELECT count() FROM policies", "--format", "csv", ...at])
      assert.strictEqual(rows.stdout.trim().split("\n").at(-1), expected === "old" ? "0" : "2", rows.stderr)
      const looked = await onefold(["history", "check", "--json", ...at])
      const { tables } = Schema.decodeUnknownSync(Line)(looked.lines[0])
      assert.deepStrictEqual(
        tables.filter(({ verdict }) => verdict !== "equal").map(({ table }) => table),
        expected === "old" ? ["policies"] : []
      )

      const again = await onefold(["history", "rebuild", ...at])
      assert.strictEqual(again.code, 0, again.stderr)
      const checked = await onefold(["history", "check", ...at])
      assert.strictEqual(checked.code, 0, checked.stderr)
      assert.deepStrictEqual(
        readdirSync(dataDir).filter((file) => file.startsWith("history")),
        ["history"]
      )
    }
  )
})
