/** Whoever reads a recorded run sees each event once, however often it was written: a data folder that has all twice. */
import { cpSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { draftOf } from "../../platform/stream/deliver.ts"
import { topics } from "../../schemas/catalogue.ts"
import { openDataFolder } from "./data-folder.ts"
import { onefold, scratchFolder } from "./spawned.fixture.ts"
import { altering, firstOf, recorded, type Written } from "./verification/recorded-run.fixture.ts"

const scratch = scratchFolder()
const once = join(scratch, "once")
const twice = join(scratch, "twice")
const differing = join(scratch, "differing")

const jsonOf = (text: string): unknown => JSON.parse(text)

/** A folder with the same artifacts, whose log holds each of these records, then all of them again. */
const folderWith = async (dataDir: string, written: ReadonlyArray<Written>, again: ReadonlyArray<Written>) => {
  cpSync(join(once, "blobs"), join(dataDir, "blobs"), { recursive: true })
  const writing = Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.createTopics(topics)
    // The first record of a log's run says where that begins: at nothing.
    for (const all of [written, again]) yield* log.append(all.map(({ draft }) => draft))
  })
  await openDataFolder(dataDir).pipe(
    Effect.flatMap(({ log }) => Effect.provide(writing, layerLmdb(log))),
    Effect.runPromise
  )
}

let written: ReadonlyArray<Written> = []

beforeAll(async () => {
  written = await recorded(once, "--steps", "2")
  await folderWith(twice, written, written)
  // The repeat of one rollout tells another story.
  const old = firstOf(written, "RolloutGenerated")
  const other = altering(old, { text: "another story" })
  const again = written.map((each) => (each.event === old ? { event: other, draft: draftOf(other) } : each))
  await folderWith(differing, written, again)
})

const said = async (dataDir: string, ...args: ReadonlyArray<string>) => {
  const { code, lines, stderr } = await onefold([...args, "--data-dir", dataDir])
  return { code, lines, stderr }
}

/** A line without what says when something was written, or how long it took. */
const timeless = (line: string): string => line.replace(/"(started|time|millis|seconds)":("[^"]*"|[\d.]+),?/g, "")

/** Rows of every table, and a checksum of all that is not a place in the log. */
const counts = ["rollouts", "verdicts", "gradients", "policies", "requests", "evaluation_samples", "tokens"]
  .map((table) => {
    const order = "groupBitXor(cityHash64(formatRow('RowBinary', * EXCEPT (_topic, _partition, _offset, time))))"
    return `SELECT '${table}' AS name, count() AS rows, ${order} AS sum FROM ${table}`
  })
  .join(" UNION ALL ")

describe("a log that has every record twice", () => {
  it.each([
    [["runs", "--json"]],
    [["show", "last", "--json"]],
    [["show", "last", "--step", "1", "--json"]],
    [["replay", "last", "--verify", "--json"]]
  ] as const)("given %j, then it says what it says of the run that was written once", async (args) => {
    const expected = await said(once, ...args)
    for (const folder of [twice, differing]) {
      const { code, lines, stderr } = await said(folder, ...args)
      assert.strictEqual(code, 0, stderr)
      assert.deepStrictEqual(lines.map(timeless), expected.lines.map(timeless))
    }
  })

  it("given verify, then repeats are counted and are no faults; a repeat that differs is one", async () => {
    const same = await said(twice, "verify", "last", "--json")
    assert.strictEqual(same.code, 0, same.stderr)
    assert.deepInclude(jsonOf(same.lines.at(-1) ?? ""), { repeats: written.length })
    const other = await said(differing, "verify", "last", "--json")
    assert.strictEqual(other.code, 5)
    assert.include(other.lines.join("\n"), '"conflict"')
  })

  it("given the history, then its tables have the rows of the run that was written once", async () => {
    const rows = async (folder: string) => {
      const rebuilt = await said(folder, "history", "rebuild", "--json")
      assert.strictEqual(rebuilt.code, 0, rebuilt.stderr)
      return (await said(folder, "sql", `SELECT * FROM (${counts}) ORDER BY name`, "--format", "json")).lines
    }
    const expected = await rows(once)
    assert.isAbove(expected.length, 0)
    assert.deepStrictEqual(await rows(twice), expected)
    assert.deepStrictEqual(await rows(differing), expected)
  })
})
