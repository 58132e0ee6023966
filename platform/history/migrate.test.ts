/** Histories that an older version made are brought up to date where they lie. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { type Block, nativeBytes } from "./block.ts"
import { type Connection, connect, literal, settled } from "./chdb.ts"
import { checksums } from "./checksums.ts"
import { recordsOf } from "./fabricated/log.ts"
import { vocabulary } from "./fabricated/names.ts"
import { events, shape } from "./history.harness.ts"
import { migrate, migrations } from "./migrate.ts"
import { Projector } from "./projector.ts"
import { openStore } from "./store.ts"

const home = mkdtempSync(join(tmpdir(), "onefold-migrate-"))

afterAll(() => rmSync(home, { recursive: true, force: true }))

const run = { runId: shape.runId, vocabulary }
const records = recordsOf(events)
const [first, second] = migrations()

const inFolder = async <A>(folder: string, use: (connection: Connection) => A): Promise<A> => {
  const connection = connect(join(folder, "tables"))
  try {
    return use(connection)
  } finally {
    connection.close()
    await settled()
  }
}

/** Inserts a block as version 1 would have, without the columns and tables that came later. */
const insertOld = (connection: Connection, block: Block): void => {
  const had = connection.run(`SELECT name FROM system.columns WHERE table = '${block.table}'`).split("\n")
  const columns = Object.fromEntries(Object.entries(block.columns).filter(([name]) => had.includes(name)))
  if (Object.keys(columns).length === 0) return
  const names = Object.keys(columns).join(", ")
  const file = join(home, "block.native")
  writeFileSync(file, Buffer.concat(nativeBytes({ ...block, columns })))
  connection.run(`INSERT INTO ${block.table} (${names}) SELECT ${names} FROM file(${literal(file)}, 'Native')`)
}

/** A folder as version 1 left it in the middle of a run, after so many records. */
const oldFolder = async (name: string, taken: number): Promise<string> => {
  const folder = join(home, name)
  await inFolder(folder, (connection) => {
    migrate(connection, folder, [first])
    const projector = new Projector({
      marks: () => new Map(),
      holdsEarlier: () => false,
      insert: (block) => insertOld(connection, block)
    })
    projector.begin(run)
    projector.take(run.runId, records.slice(0, taken))
    projector.flush()
  })
  return folder
}

/**
 * Projects the whole run into a folder and says what it holds then, but for the answers in evaluations: of those that
 * version 1 took nobody kept what its later columns hold.
 */
const projected = async (folder: string) => {
  const store = openStore(folder)
  const projector = new Projector(store)
  projector.begin(run)
  projector.take(run.runId, records)
  projector.flush()
  assert.deepStrictEqual(projector.missing(run.runId), [])
  const connection = store.connect()
  const { evaluation_samples, ...content } = checksums(connection)
  assert.match(evaluation_samples, /^8 /)
  connection.close()
  await store.close()
  return content
}

const rolloutSteps = (connection: Connection, table: string): string =>
  connection.run(`SELECT count() > 0, countIf(rollout_step = step) = count(), max(step) > 0 FROM onefold.${table}`)

describe("a history that version 1 made", () => {
  it("keeps its rows, and each is of its own step's rollouts", async () => {
    const folder = await oldFolder("rows", 80)
    const rows = await inFolder(folder, (connection) =>
      connection.run("SELECT step, shard, sample, position, token, policy, event_id FROM onefold.tokens ORDER BY ALL")
    )
    await openStore(folder).close()
    await inFolder(folder, (connection) => {
      assert.strictEqual(
        connection.run(
          "SELECT step, shard, sample, position, token, policy, event_id FROM onefold.tokens ORDER BY ALL"
        ),
        rows
      )
      for (const table of ["tokens", "gradients", "requests"])
        assert.strictEqual(rolloutSteps(connection, table), "1\t1\t1\n", table)
      assert.strictEqual(connection.run("SELECT countIf(critic != '') FROM onefold.requests"), "0\n")
    })
  })

  it("goes on where it ended, with neither gap nor repeat, and ends with the rows of one made today", async () => {
    const undisturbed = await projected(join(home, "today"))
    for (const taken of [30, 66, records.length])
      assert.deepStrictEqual(
        await projected(await oldFolder(`half-${taken}`, taken)),
        undisturbed,
        `after ${taken} records`
      )
  })

  it("whose migration was cut short is brought up to date by the next try", async () => {
    const folder = await oldFolder("cut", 80)
    const statements = second.sql.split(";\n")
    assert.isAbove(statements.length, 8)
    for (const count of [1, 4, 7, statements.length])
      await inFolder(folder, (connection) => {
        connection.run("USE onefold")
        connection.run(statements.slice(0, count).join(";\n"))
      })
    assert.deepStrictEqual(await projected(folder), await projected(join(home, "today")))
  })
})
