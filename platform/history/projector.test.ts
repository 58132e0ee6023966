/** Exactly once: whatever is repeated, reordered or cut short, the tables end with the same rows. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeEach, describe, it } from "@effect/vitest"
import { topics } from "../../schemas/catalogue.ts"
import type { LogRecord } from "../log/event-log.ts"
import type { Block } from "./block.ts"
import { checksums } from "./checksums.ts"
import { recordsOf } from "./fabricated/log.ts"
import { vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { ppoShape as shape } from "./history.harness.ts"
import { HistoryError, historyError } from "./history-error.ts"
import { tableNames } from "./projection.ts"
import { Projector } from "./projector.ts"
import { openStore, type Store } from "./store.ts"

const folder = mkdtempSync(join(tmpdir(), "onefold-projector-"))
const store = openStore(folder)
const tables = store.connect()
// A killed process loses nothing that the system was told to write, so that waiting for the disk proves nothing here.
for (const table of tableNames)
  tables.run(`ALTER TABLE ${table} MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0`)

afterAll(async () => {
  tables.close()
  await store.close()
  rmSync(folder, { recursive: true, force: true })
})

const empty = (): void => {
  for (const table of tableNames) tables.run(`TRUNCATE TABLE ${table}`)
}

beforeEach(empty)

const run = { runId: shape.runId, vocabulary }
const records = recordsOf(fabricatedRun(shape))

/** Projects in slices and inserts after each, as a run that is flushed now and then. */
const project = (from: Store, taken: ReadonlyArray<LogRecord>, sliceLength = 23): void => {
  const projector = new Projector(from)
  projector.begin(run)
  for (let i = 0; i < taken.length; i += sliceLength) {
    projector.take(run.runId, taken.slice(i, i + sliceLength))
    projector.flush()
  }
  assert.deepStrictEqual(projector.missing(run.runId), [])
}

const undisturbed = (() => {
  empty()
  project(store, records)
  return checksums(tables)
})()

/** A run most of whose rows are tokens. */
const fewLong = { steps: 24, samples: 2, shards: 1, cohorts: 1, longest: 800 }
const longAnswers = { ...shape, ...fewLong, updatesPerBatch: 1, critic: false }

/** The store, and the tables of the blocks that it was given. */
const noting = (inserted: Array<string>): Store => ({
  ...store,
  insert: (block) => {
    inserted.push(block.table)
    store.insert(block)
  }
})

const byTopic = (order: ReadonlyArray<string>): ReadonlyArray<LogRecord> =>
  order.flatMap((topic) => records.filter((record) => record.topic === topic))

const topicNames = topics.map(({ name }) => name)

/** A store that dies right after its k-th insert, before anybody could know that it succeeded. */
const dyingStore = (k: number): Store => {
  let inserts = 0
  return {
    ...store,
    insert: (block: Block) => {
      store.insert(block)
      inserts++
      if (inserts === k) throw historyError("full", block.table, "no space left")
    }
  }
}

const insertsOf = (sliceLength: number): number => {
  let inserts = 0
  const counting: Store = {
    ...store,
    insert: (block) => {
      inserts++
      store.insert(block)
    }
  }
  project(counting, records, sliceLength)
  empty()
  return inserts
}

describe("the projection of a run", () => {
  it("fills every table", () => {
    for (const table of tableNames) assert.notMatch(undisturbed[table], /^0 /, table)
  })

  it("fills every column of every table, with values of the column's own type", () => {
    const blocks: Array<Block> = []
    project({ ...store, insert: (block) => blocks.push(block) }, records, records.length)
    assert.sameMembers([...new Set(blocks.map(({ table }) => table))], [...tableNames])
    for (const { columns, table } of blocks)
      assert.strictEqual(
        tables.run(
          `SELECT name, type FROM system.columns WHERE database = 'onefold' AND table = '${table}' ORDER BY position`
        ),
        Object.entries(columns)
          .map(([name, { type }]) => `${name}\t${type}\n`)
          .join("")
      )
  })

  it.each([1, 7, 1000])("does not depend on how many records are inserted at once: %i", (sliceLength) => {
    project(store, records, sliceLength)
    assert.deepStrictEqual(checksums(tables), undisturbed)
  })

  it("does not depend on the order in which topics are read", () => {
    const lateRollouts = topicNames.toSorted(
      (a, b) => Number(a === "rollouts.generated") - Number(b === "rollouts.generated")
    )
    for (const order of [topicNames, topicNames.toReversed(), ["gradients.computed", ...topicNames], lateRollouts]) {
      empty()
      project(store, byTopic(order))
      assert.deepStrictEqual(checksums(tables), undisturbed)
    }
  })

  it("takes no record twice, however often it is delivered", () => {
    project(
      store,
      records.flatMap((record) => [record, record])
    )
    project(store, records)
    assert.deepStrictEqual(checksums(tables), undisturbed)
  })

  it("takes the first record of an event's id, not those that were written again", () => {
    const again = records.map((record) => {
      const { length } = records.filter(
        ({ partition, topic }) => topic === record.topic && partition === record.partition
      )
      return { ...record, offset: record.offset + length, timestamp: record.timestamp + 1_000_000 }
    })
    project(store, [...records, ...again])
    assert.deepStrictEqual(checksums(tables), undisturbed)
    project(store, [...records, ...again])
    assert.deepStrictEqual(checksums(tables), undisturbed)
  })

  it("knows a repeat however late it comes", () => {
    const long = recordsOf(fabricatedRun({ ...shape, steps: 24, samples: 2, shards: 1, cohorts: 1 }))
    project(store, long, 50)
    const once = checksums(tables)
    const late = long.slice(0, 30).map((record) => ({ ...record, offset: record.offset + 10_000 }))
    for (const sliceLength of [50, 1000]) {
      empty()
      project(store, [...long, ...late], sliceLength)
      assert.deepStrictEqual(checksums(tables), once)
    }
  })

  it("knows a repeat after a restart between the first record and its repeat", () => {
    const [first, ...rest] = records.filter(({ topic }) => topic === "rollouts.graded")
    const repeat = { ...first, offset: rest.length + 1 }
    project(store, records)
    project(store, [...records, repeat])
    assert.deepStrictEqual(checksums(tables), undisturbed)
  })

  it("goes on after it was stopped at any insert, with neither gap nor repeat", { timeout: 240_000 }, () => {
    const sliceLength = 45
    const inserts = insertsOf(sliceLength)
    assert.isAbove(inserts, tableNames.length)
    for (let k = 1; k <= inserts; k++) {
      empty()
      assert.throws(() => project(dyingStore(k), records, sliceLength), HistoryError)
      project(store, records, sliceLength + k)
      assert.deepStrictEqual(checksums(tables), undisturbed, `stopped after insert ${k}`)
    }
  })

  it("stays stopped after a failure until it begins again", () => {
    const projector = new Projector(dyingStore(2))
    projector.begin(run)
    projector.take(run.runId, records)
    assert.throws(() => projector.flush(), /no space left/)
    assert.throws(() => projector.take(run.runId, records), /no space left/)
    projector.begin(run)
    projector.take(run.runId, records)
    projector.flush()
    assert.deepStrictEqual(checksums(tables), undisturbed)
  })

  it("inserts by itself when many rows wait", () => {
    const projector = new Projector(store, 50)
    projector.begin(run)
    for (const record of records.slice(0, 100)) projector.take(run.runId, [record])
    assert.isAbove(Number(tables.run("SELECT count() FROM rollouts")), 0)
  })

  it("given no table with most of the rows, then all go", () => {
    const inserted: Array<string> = []
    const projector = new Projector(noting(inserted), 50)
    projector.begin(run)
    projector.take(run.runId, records.slice(0, 100))
    assert.deepStrictEqual(inserted.slice(0, 4), ["runs", "requests", "rollouts", "verdicts"])
  })

  it("given one table with most of the rows, then it goes alone, the others at the latest behind eight of its blocks", () => {
    const inserted: Array<string> = []
    const projector = new Projector(noting(inserted), 500)
    projector.begin(run)
    projector.take(run.runId, recordsOf(fabricatedRun(longAnswers)))
    assert.strictEqual(
      inserted.findIndex((table) => table !== "tokens"),
      8
    )
    assert.includeMembers(inserted, ["rollouts", "verdicts"])
  })

  it("given rows that still wait while longer blocks went, then a late repeat of theirs is known", () => {
    const long = recordsOf(fabricatedRun(longAnswers))
    project(store, long, 1000)
    const once = checksums(tables)
    empty()
    const late = long.slice(0, 30).map((record) => ({ ...record, offset: record.offset + 10_000 }))
    const inserted: Array<string> = []
    const projector = new Projector(noting(inserted), 2500)
    projector.begin(run)
    projector.take(run.runId, [...long, ...late])
    assert.deepStrictEqual([...new Set(inserted)], ["tokens"])
    projector.flush()
    assert.deepStrictEqual(checksums(tables), once)
  })

  it("leaves out other runs and what cannot be read", () => {
    const other = recordsOf(fabricatedRun({ ...shape, runId: "run-2" })).filter(({ topic }) => topic !== "dead-letters")
    const damaged = {
      ...records[0],
      topic: "evaluations.sampled",
      partition: 3,
      offset: 99,
      value: records[0].value.slice(0, 40)
    }
    project(store, [damaged, ...other, ...records])
    assert.deepStrictEqual(checksums(tables), undisturbed)
  })

  it("has all rows of a run that ends while others go on, whose rows come later, and knows it no more", () => {
    const other = { runId: "run-2", vocabulary }
    const others = recordsOf(fabricatedRun({ ...shape, runId: "run-2" })).filter(
      ({ topic }) => topic !== "dead-letters"
    )
    const projector = new Projector(store)
    projector.begin(run)
    projector.begin(other)
    projector.take(other.runId, others.slice(0, 40))
    projector.take(run.runId, records)
    projector.end(run.runId)
    assert.throws(() => projector.take(run.runId, records), /its projection has not begun/)
    projector.take(other.runId, others.slice(40))
    projector.end(other.runId)
    const rows = tables.run("SELECT run, count() FROM rollouts GROUP BY run ORDER BY run")
    const { size } = new Set(
      fabricatedRun(shape).flatMap((event) => (event._tag === "RolloutGenerated" ? [event.eventId] : []))
    )
    assert.strictEqual(rows, `run-1\t${size}\nrun-2\t${size}\n`)
    tables.run("DELETE FROM rollouts WHERE run = 'run-2'")
    assert.deepStrictEqual(checksums(tables).rollouts, undisturbed.rollouts)
  })

  it("says what its gradients lack", () => {
    const projector = new Projector(store)
    projector.begin(run)
    projector.take(
      run.runId,
      records.filter(({ topic }) => topic !== "rollouts.graded")
    )
    projector.flush()
    assert.match(projector.missing(run.runId).join(), /run-1\/0\/gradient\/0, the first of them two:0\/0/)
    assert.strictEqual(tables.run("SELECT count() FROM tokens"), "0\n")
  })
})
