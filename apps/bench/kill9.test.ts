/** kill -9 of the whole run, again and again, at seeded moments: it ends as if nothing had happened. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { sequence } from "../../learning/random/sequence.ts"
import { blocksIn } from "./amid-insert.ts"
import {
  eventsOf,
  historyOf,
  type Kept,
  killedSitting,
  lostOf,
  plannedKills,
  recordsOf,
  repeatedIds,
  resumed,
  type Sitting,
  undisturbed
} from "./killed-run.ts"

const kills = 5
const aimed = 2
const scratch = mkdtempSync(join(tmpdir(), "onefold-kill9-"))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))
const quiet = { dataDir: join(scratch, "quiet"), preset: "smoke", steps: 14, seed: 1 }
const harried = { ...quiet, dataDir: join(scratch, "harried") }

let expected: Sitting
let actual: Sitting
let landed = 0
let amidInserts = 0
const lost: Array<Kept> = []

beforeAll(async () => {
  expected = await undisturbed(quiet)
  assert.strictEqual(expected.exitCode, 0, expected.stderr)
  // Together they last no longer than the run, so that each of them meets it alive.
  const span = expected.millis / kills
  let before: ReadonlyArray<Kept> = []
  for (const [i, kill] of plannedKills(sequence(1, 9), kills, span, aimed).entries()) {
    const { exitCode } = await killedSitting(harried, i === 0, kill)
    if (exitCode === null) landed++
    if (exitCode === null && blocksIn(harried.dataDir).length > 0) amidInserts++
    const after = await recordsOf(harried.dataDir)
    lost.push(...lostOf(before, after))
    before = after
  }
  actual = await resumed(harried)
  lost.push(...lostOf(before, await recordsOf(harried.dataDir)))
}, 240_000)

const Tables = Schema.Array(
  Schema.fromJsonString(Schema.Struct({ name: Schema.String, rows: Schema.Int, coordinates: Schema.Int }))
)

describe("a run that was killed five times", () => {
  it("was killed five times, of which at least those that were aimed met the history amid an insert", () => {
    assert.strictEqual(landed, kills)
    assert.isAtLeast(amidInserts, aimed)
  })

  it("ends with the very result line, hash of the weights included, of one that was not", () => {
    assert.strictEqual(actual.exitCode, 0, actual.stderr)
    assert.deepStrictEqual(actual.lines.slice(-1), expected.lines.slice(-1))
  })

  it("has lost or changed no record, and no id stands twice in its log", async () => {
    assert.deepStrictEqual(lost, [])
    assert.deepStrictEqual(repeatedIds(await recordsOf(harried.dataDir)), [])
  })

  it("has the same events, byte for byte, but for those that say it was resumed", async () => {
    const [events, others] = [await recordsOf(harried.dataDir), await recordsOf(quiet.dataDir)]
    assert.deepStrictEqual(eventsOf(events), eventsOf(others))
    assert.strictEqual(events.length - others.length, kills)
  })

  it("has the same history, each coordinate once", async () => {
    const history = await historyOf(harried.dataDir)
    assert.strictEqual(history, await historyOf(quiet.dataDir))
    for (const { coordinates, name, rows } of Schema.decodeUnknownSync(Tables)(history.trim().split("\n"))) {
      assert.isAbove(rows, 0, name)
      assert.strictEqual(coordinates, rows, name)
    }
  })
})
