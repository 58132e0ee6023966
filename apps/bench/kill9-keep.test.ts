/** kill -9 of runs that let artifacts go: at every moment all is there that going on needs, and the bits are the same. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../../learning/random/sequence.ts"
import { onefold, scratchFolder } from "../cli/spawned.fixture.ts"
import {
  eventsOf,
  killedSitting,
  plannedKills,
  type RunToKill,
  recordsOf,
  repeatedIds,
  resumed,
  undisturbed
} from "./killed-run.ts"

const kills = 2
const fewer = "evaluation.problemsPerFamily=1"
const scratch = scratchFolder()
const inFolder = ({ dataDir }: RunToKill, command: string, ...more: ReadonlyArray<string>) =>
  onefold([command, "last", ...more, "--data-dir", dataDir])

describe("a run that keeps little and was killed again and again", { timeout: 480_000 }, () => {
  it.each([
    ["rollouts", ["keep=rollouts", "snapshotEvery=1", fewer]],
    ["snapshots", ["keep=snapshots", "snapshotEvery=2", fewer]]
  ] as const)("given keep=%s, then it ends as if nothing had happened", async (keep, set) => {
    const quiet = { dataDir: join(scratch, keep, "quiet"), preset: "smoke", steps: 6, seed: 2, set }
    const harried = { ...quiet, dataDir: join(scratch, keep, "harried") }
    const expected = await undisturbed(quiet)
    assert.strictEqual(expected.exitCode, 0, expected.stderr)
    const span = expected.millis / kills
    let landed = 0
    for (const [i, kill] of plannedKills(sequence(3, 9), kills, span).entries()) {
      if ((await killedSitting(harried, i === 0, kill)).exitCode === null) landed++
      const { code, stdout } = await inFolder(harried, "verify")
      assert.strictEqual(code, 0, stdout)
    }
    assert.strictEqual(landed, kills)
    const actual = await resumed(harried)
    assert.strictEqual(actual.exitCode, 0, actual.stderr)
    assert.deepStrictEqual(actual.lines.slice(-1), expected.lines.slice(-1))
    const records = await recordsOf(harried.dataDir)
    assert.deepStrictEqual(eventsOf(records), eventsOf(await recordsOf(quiet.dataDir)))
    assert.deepStrictEqual(repeatedIds(records), [])
    const verified = await inFolder(harried, "verify")
    assert.strictEqual(verified.code, 0, verified.stdout)
    assert.include(verified.stdout, `let go, as --keep ${keep} says`)
    // Gradients are gone: the fold cannot be done again, but what they were can be computed anew.
    const folded = await inFolder(harried, "replay", "--verify")
    assert.strictEqual(folded.code, 10)
    assert.include(folded.stderr, "--recompute can still prove")
    const { code, lines } = await inFolder(harried, "replay", "--recompute", "--verify", "--json")
    assert.strictEqual(code, 0)
    assert.include(lines.at(-1), '"equal":6,"of":6')
  })
})
