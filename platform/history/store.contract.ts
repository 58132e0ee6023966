/**
 * What every store of the history must do, whether its tables lie in a folder or on a server.
 */
import { afterAll, assert, beforeAll, beforeEach, describe, it } from "@effect/vitest"
import type { Block } from "./block.ts"
import { type Connection, literal } from "./chdb.ts"
import { checksums } from "./checksums.ts"
import { recordsOf } from "./fabricated/log.ts"
import { vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { ppoShape as shape } from "./history.harness.ts"
import { HistoryError } from "./history-error.ts"
import { tableNames } from "./projection.ts"
import { Projector } from "./projector.ts"
import { type Reader, readerOf } from "./query.ts"
import type { Store } from "./store.ts"

export const run = { runId: shape.runId, vocabulary }
export const records = recordsOf(fabricatedRun(shape))

/** Projects the run, inserting after each slice. */
export const project = (store: Store, sliceLength: number): void => {
  const projector = new Projector(store)
  projector.begin(run)
  for (let i = 0; i < records.length; i += sliceLength) {
    projector.take(run.runId, records.slice(i, i + sliceLength))
    projector.flush()
  }
}

/** The blocks that the run's projection inserts. */
export const blocksOf = (store: Store): ReadonlyArray<Block> => {
  const blocks: Array<Block> = []
  project({ ...store, insert: (block) => blocks.push(block) }, records.length)
  return blocks
}

/** Lets inserts count before they are on the disk: only a power cut would show the difference. */
export const hurry = (tables: Connection): void => {
  for (const table of tableNames)
    tables.run(`ALTER TABLE onefold.${table} MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0`)
}

const failureOf = async (answer: Promise<string>): Promise<HistoryError> => {
  try {
    await answer
  } catch (cause) {
    if (cause instanceof HistoryError) return cause
    throw cause
  }
  throw new Error("it was answered")
}

/** Rows in words, whatever the engine's defaults are. */
const lastTokens = "SELECT step, position, text, log_prob, reference_log_prob, time FROM tokens ORDER BY ALL LIMIT 5"

/** @param expected checksums of the run's tables, however they came there */
export const storeContract = (
  name: string,
  open: () => Promise<Store>,
  expected: () => Readonly<Record<string, string>>
): void => {
  describe(`the history's tables ${name}`, () => {
    let store: Store
    let tables: Connection
    let reader: Reader

    beforeAll(async () => {
      store = await open()
      tables = store.connect()
      reader = readerOf(store.connect)
      hurry(tables)
    })
    beforeEach(() => {
      for (const table of tableNames) tables.run(`TRUNCATE TABLE ${table}`)
    })
    afterAll(async () => {
      await reader.close()
      tables.close()
      await store.close()
    })

    it("hold a run's rows, the same wherever they lie", () => {
      project(store, 40)
      assert.deepStrictEqual(checksums(tables), expected())
      for (const table of tableNames) assert.notMatch(expected()[table], /^0 /, table)
    })

    it("say how far they have come, so that a projection goes on there", () => {
      const half = new Projector(store)
      half.begin(run)
      half.take(run.runId, records.slice(0, 60))
      half.flush()
      const marks = store.marks("rollouts", run.runId)
      const offsets = records
        .slice(0, 60)
        .filter(({ topic, partition }) => topic === "rollouts.generated" && partition === 0)
        .map(({ offset }) => offset)
      assert.strictEqual(marks.get("rollouts.generated/0"), Math.max(...offsets))
      assert.strictEqual(store.marks("rollouts", "another run").size, 0)
      project(store, 1000)
      assert.deepStrictEqual(checksums(tables), expected())
    })

    it("know an event that they hold an earlier record of", () => {
      project(store, 1000)
      const answer = tables.run("SELECT event_id, _topic, _partition, _offset FROM rollouts LIMIT 1").trim()
      const [eventId, topic, partition, offset] = answer.split("\t")
      const origin = { runId: run.runId, eventId, topic, partition: Number(partition), timestamp: 0 }
      assert.isTrue(store.holdsEarlier("rollouts", { ...origin, offset: Number(offset) + 1 }))
      assert.isFalse(store.holdsEarlier("rollouts", { ...origin, offset: Number(offset) }))
      assert.isFalse(store.holdsEarlier("rollouts", { ...origin, eventId: "it's", offset: Number(offset) + 1 }))
    })

    it("take a block once, however often it is inserted", () => {
      for (const block of blocksOf(store)) {
        store.insert(block)
        store.insert(block)
      }
      assert.deepStrictEqual(checksums(tables), expected())
    })

    it("take the rows of another run, though they lie at the same places of another log", () => {
      project(store, 1000)
      const twin = { runId: "run-2", vocabulary }
      const projector = new Projector(store)
      projector.begin(twin)
      projector.take(twin.runId, recordsOf(fabricatedRun({ ...shape, runId: twin.runId })))
      projector.flush()
      const answer = tables.run("SELECT run, count() FROM policies GROUP BY run ORDER BY run")
      assert.strictEqual(answer, `run-1\t${shape.steps}\nrun-2\t${shape.steps}\n`)
    })

    it("answer in three formats, with every sign as it is", async () => {
      project(store, 1000)
      const answers = await Promise.all(
        (["json", "csv", "table"] as const).map((format) => reader.ask(lastTokens, format))
      )
      assert.match(answers[0], /^\{"step":0,"position":0,"text":"/)
      assert.strictEqual(answers[0].trim().split("\n").length, 5)
      assert.match(answers[1], /^"step","position","text","log_prob","reference_log_prob","time"\n0,0,/)
      assert.match(answers[2], /┏|┌/)
      const hostile = "it's \u0000 “é😀” \\ \n;--"
      const echoed = await reader.ask(`SELECT ${literal(hostile)} AS text`, "json")
      assert.deepStrictEqual(JSON.parse(echoed), { text: hostile })
    })

    it("bind what placeholders stand for, text of every sign, lists and nothing among it", async () => {
      const text = "it's \\ “é😀”\t\n{x:String};--"
      const sql =
        "SELECT {text:String} AS text, {words:Array(String)} AS words, {k:UInt32} AS k, {none:Nullable(UInt32)} AS none"
      const parameters = { text, words: ["a'b", "c,d"], k: 7, none: null }
      const bytes = await reader.answer({ sql, format: "json", parameters })
      assert.deepStrictEqual(JSON.parse(Buffer.from(bytes).toString("utf8")), parameters)
    })

    it.each([
      ["DROP TABLE tokens", "refused"],
      ["SELECT * FROM url('http://127.0.0.1/x')", "refused"],
      ["SELECT nothing FROM tokens", "bad-sql"],
      ["SELECT 1 +", "bad-sql"],
      ["SELECT number FROM numbers(2000000)", "too-much"]
    ] as const)("do not answer %s: %s", async (sql, reason) => {
      assert.strictEqual((await failureOf(reader.ask(sql, "json"))).reason, reason)
    })

    it("remember the blocks that they took, each of them", () => {
      const settings = tables.run(
        "SELECT name, extract(create_table_query, 'non_replicated_deduplication_window = (\\\\d+)') FROM system.tables WHERE database = 'onefold' ORDER BY name"
      )
      for (const table of tableNames) assert.match(settings, new RegExp(`^${table}\t1000$`, "m"))
    })
  })
}
