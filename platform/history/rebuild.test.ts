/** A history made anew from the log: equal, told apart where it is not, and never half there. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { ownerOf } from "../log/folder-owner.ts"
import { layerMemory } from "../log/memory.ts"
import { draftOf } from "../stream/deliver.ts"
import { type Connection, connect, settled } from "./chdb.ts"
import { checksums } from "./checksums.ts"
import { vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { isHistory } from "./folder.ts"
import { events, newLog, shape } from "./history.harness.ts"
import { migrate } from "./migrate.ts"
import { fill, rebuild } from "./rebuild.ts"
import { openStore } from "./store.ts"

const home = mkdtempSync(join(tmpdir(), "onefold-rebuild-"))
afterAll(() => rmSync(home, { recursive: true, force: true }))

const run = { runId: shape.runId, vocabulary }
const other = { runId: "run-2", vocabulary }
const others = fabricatedRun({ ...shape, runId: "run-2", steps: 1 }).filter(({ _tag }) => _tag !== "DeadLettered")

/** The log with both runs in it. */
const bothRuns = Effect.gen(function* () {
  const log = yield* newLog
  yield* log.append([...events, ...others].map(draftOf))
})

/** Fills a folder's tables with what the log holds of some runs. */
const filled = Effect.fn(function* (folder: string, runs: ReadonlyArray<typeof run>) {
  const store = openStore(folder)
  yield* fill(store, folder, runs)
  yield* Effect.promise(() => store.close())
})

const inFolder = <A>(folder: string, use: (connection: Connection) => A) =>
  Effect.promise(async () => {
    const connection = connect(join(folder, "tables"))
    try {
      return use(connection)
    } finally {
      connection.close()
      await settled()
    }
  })

const contentOf = (folder: string) => inFolder(folder, checksums)

const verdictsOf = (tables: ReadonlyArray<{ readonly table: string; readonly verdict: string }>) =>
  Object.fromEntries(tables.map(({ table, verdict }) => [table, verdict]))

const everything = { runs: [run, other], isAll: true, isKept: true }

describe("a history made anew", () => {
  it.effect("is equal, table by table, and stands in the place of the old one", () =>
    Effect.gen(function* () {
      const folder = join(home, "equal")
      yield* bothRuns
      yield* filled(folder, [run, other])
      const before = yield* contentOf(folder)
      const tables = yield* rebuild({ folder, ...everything })
      assert.isTrue(tables.every(({ after, before, equal }) => equal && after === before))
      assert.strictEqual(tables.find(({ table }) => table === "rollouts")?.rows, 32)
      assert.deepStrictEqual(yield* contentOf(folder), before)
      assert.isUndefined(ownerOf(folder))
      for (const name of ["making", "ready", "replaced", "carried"])
        assert.isFalse(existsSync(`${folder}-${name}`), name)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("of one run is told to differ where a value was changed, mends it, and leaves other runs' rows alone", () =>
    Effect.gen(function* () {
      const folder = join(home, "changed")
      yield* bothRuns
      yield* filled(folder, [run, other])
      const before = yield* contentOf(folder)
      yield* inFolder(folder, (connection) => {
        connection.run(
          "ALTER TABLE onefold.verdicts UPDATE reward = 0.5 WHERE run = 'run-1' AND reward IS NULL SETTINGS mutations_sync = 2; DELETE FROM onefold.policies WHERE run = 'run-1' AND step = 2; ALTER TABLE onefold.rollouts UPDATE text = 'kept' WHERE run = 'run-2' SETTINGS mutations_sync = 2"
        )
      })
      const looked = yield* rebuild({ folder, runs: [run], isAll: false, isKept: false })
      const mended = yield* rebuild({ folder, runs: [run], isAll: false, isKept: true })
      for (const tables of [looked, mended])
        assert.deepStrictEqual(
          tables.filter(({ equal }) => !equal).map(({ table, verdict }) => [table, verdict]),
          [
            ["verdicts", "different"],
            ["policies", "different"]
          ]
        )
      const { rollouts, ...rest } = yield* contentOf(folder)
      assert.notStrictEqual(rollouts, before.rollouts)
      assert.deepStrictEqual({ ...rest, rollouts: before.rollouts }, before)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("has rows that an older version's history had no table for: these are new, not different", () =>
    Effect.gen(function* () {
      const folder = join(home, "old")
      yield* bothRuns
      yield* filled(folder, [run])
      // As if the run had been projected before the third migration.
      yield* inFolder(folder, (connection) => {
        connection.run("DROP TABLE onefold.evaluation_figures; DROP TABLE onefold.evaluation_tokens")
        connection.run("DELETE FROM onefold.migrations WHERE version >= 3")
        migrate(connection, folder)
      })
      const verdicts = verdictsOf(yield* rebuild({ folder, runs: [run], isAll: false, isKept: false }))
      assert.strictEqual(verdicts.evaluation_figures, "new")
      assert.strictEqual(verdicts.evaluation_tokens, "new")
      assert.strictEqual(verdicts.evaluations, "equal")
      yield* inFolder(folder, (connection) => connection.run("TRUNCATE TABLE onefold.evaluations"))
      assert.strictEqual(
        verdictsOf(yield* rebuild({ folder, runs: [run], isAll: false, isKept: false })).evaluations,
        "different"
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("that the log does not suffice for leaves the old one", () =>
    Effect.gen(function* () {
      const folder = join(home, "incomplete")
      const log = yield* newLog
      yield* log.append(others.filter(({ _tag }) => _tag !== "RolloutGenerated").map(draftOf))
      yield* Effect.promise(() => openStore(folder).close())
      const error = yield* Effect.flip(rebuild({ folder, runs: [other], isAll: true, isKept: true }))
      assert.include(error.message, "incomplete")
      assert.isTrue(isHistory(folder))
      assert.isFalse(existsSync(`${folder}-making`))
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("a swap that was cut short", () => {
  /** The old history has no rows, the new one has. */
  const prepared = Effect.fn(function* (name: string) {
    const [folder, made] = [join(home, `${name}-swap`), join(home, `${name}-made`)]
    yield* Effect.promise(() => openStore(folder).close())
    const store = openStore(made)
    const connection = store.connect()
    connection.run("INSERT INTO policies (run, step) VALUES ('new', 1)")
    connection.close()
    yield* Effect.promise(() => store.close())
    return { folder, made }
  })

  const isNew = Effect.fn(function* (folder: string) {
    yield* Effect.promise(() => openStore(folder).close())
    const { policies } = yield* contentOf(folder)
    return policies.startsWith("1 ")
  })

  it.effect.each([
    ["before the new one was whole", ["making"], false],
    ["when the new one was whole", ["ready"], true],
    ["when the old one had gone", ["ready", "replaced"], true],
    ["when the old one had gone, and its folder was made again", ["ready", "replaced", "empty"], true],
    ["before the old one was removed", ["done", "replaced"], true]
  ] as const)("%s is finished by whoever opens it next", ([name, state, expected]) =>
    Effect.gen(function* () {
      const { folder, made } = yield* prepared(name.replaceAll(" ", "-"))
      const has = (what: string) => state.some((each) => each === what)
      if (has("replaced")) renameSync(folder, `${folder}-replaced`)
      if (has("empty")) mkdirSync(folder)
      if (has("making")) renameSync(made, `${folder}-making`)
      if (has("ready")) renameSync(made, `${folder}-ready`)
      if (has("done")) renameSync(made, folder)
      assert.isTrue(isHistory(folder))
      assert.strictEqual(yield* isNew(folder), expected)
      assert.isFalse(existsSync(`${folder}-ready`))
      assert.isFalse(existsSync(`${folder}-replaced`))
    })
  )
})
