/** Runs of a sweep share a folder of artifacts, and each lets go only of what none of the others needs. */
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { onefold, scratchFolder, spawned } from "../spawned.fixture.ts"

const scratch = scratchFolder()
const Listed = Schema.fromJsonString(Schema.Struct({ run: Schema.String, keep: Schema.String }))
const Ranked = Schema.fromJsonString(Schema.Struct({ policy: Schema.String }))

const sweep = (dataDir: string, ...more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["sweep", "--preset", "smoke", "--steps", "3", "--examples", "two:1,chain:0", "--json", "--data-dir", dataDir],
  ...["--set", "evaluation.problemsPerFamily=1", "--set", "snapshotEvery=1", ...more]
]

describe("a sweep of runs that keep no gradients", { timeout: 240_000 }, () => {
  it("killed and given again, then every run is in order and has the policy that it has where all is kept", async () => {
    const [all, little] = [join(scratch, "all"), join(scratch, "little")]
    const expected = await onefold(sweep(all))
    assert.strictEqual(expected.code, 0, expected.stderr)
    const keeping = sweep(little, "--set", "keep=rollouts")
    const killed = spawned(keeping)
    await killed.until("1/3 finished")
    killed.child.kill("SIGKILL")
    assert.strictEqual((await killed.ended).code, 137)
    const actual = await onefold(keeping)
    assert.strictEqual(actual.code, 0, actual.stderr)
    const policies = (lines: ReadonlyArray<string>) => lines.map((line) => Schema.decodeUnknownSync(Ranked)(line))
    assert.deepStrictEqual(policies(actual.lines), policies(expected.lines))
    const { lines } = await onefold(["runs", "--json", "--data-dir", little])
    const runs = lines.map((line) => Schema.decodeUnknownSync(Listed)(line))
    assert.lengthOf(runs, 3)
    for (const { keep, run } of runs) {
      assert.strictEqual(keep, "rollouts")
      const { code, stdout } = await onefold(["verify", run, "--data-dir", little])
      assert.strictEqual(code, 0, stdout)
    }
  })
})
