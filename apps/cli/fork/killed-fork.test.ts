/** A fork that is killed goes on to the bits of one that was not; and the policies of the past it shares are its own too. */
import { cpSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { eventsOf, recordsOf, repeatedIds } from "../../bench/killed-run.ts"
import { onefold, scratchFolder, smoke, spawned } from "../spawned.fixture.ts"

const scratch = scratchFolder()
const [parent, quiet, harried] = [join(scratch, "parent"), join(scratch, "quiet"), join(scratch, "harried")]
const at = (dataDir: string) => ["--data-dir", dataDir]
const copied = (from: string, to: string): string => {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  return to
}

beforeAll(async () => {
  const settings = ["--steps", "2", "--snapshot-every", "2", "--set", "evaluation.everySteps=1", "--keep", "rollouts"]
  const made = await onefold(smoke(parent, ...settings))
  assert.strictEqual(made.code, 0, made.stderr)
}, 120_000)

describe("a fork that is killed", { timeout: 240_000 }, () => {
  const set = ["--set", "entropyCoefficient=0", "--set", "keep=rollouts", "--set", "evaluation.everySteps=2"]
  const fork = (dataDir: string) => ["fork", "last", "--at", "2", "--steps", "7", ...set, "--json", ...at(dataDir)]

  it("and resumed, twice, ends with the events, weights and result line of one that was not; all its past is proved", async () => {
    const expected = await onefold(fork(copied(parent, quiet)))
    assert.strictEqual(expected.code, 0, expected.stderr)
    for (const [i, said] of ['"step":4', '"step":6'].entries()) {
      const killed = spawned(i === 0 ? fork(copied(parent, harried)) : ["resume", "last", "--json", ...at(harried)])
      await killed.until(`"type":"step","run":"smoke-two-1-1-fork-1",${said}`)
      killed.child.kill("SIGKILL")
      assert.strictEqual((await killed.ended).code, 137)
      const verified = await onefold(["verify", "last", ...at(harried)])
      assert.strictEqual(verified.code, 0, verified.stdout)
    }
    const actual = await onefold(["resume", "last", "--json", ...at(harried)])
    assert.strictEqual(actual.code, 0, actual.stderr)
    assert.deepStrictEqual(actual.lines.slice(-1), expected.lines.slice(-1))
    const records = await recordsOf(harried)
    assert.deepStrictEqual(eventsOf(records), eventsOf(await recordsOf(quiet)))
    assert.deepStrictEqual(repeatedIds(records), [])
    const proved = await onefold(["replay", "last", "--recompute", "--json", ...at(harried)])
    assert.strictEqual(proved.code, 0, proved.stderr)
    const verified = await onefold(["verify", "last", ...at(harried)])
    assert.strictEqual(verified.code, 0, verified.stdout)
    assert.include(verified.stdout, "let go, as --keep rollouts says")
  })
})

describe("a fork whose best policy lies in the past that it shares", { timeout: 240_000 }, () => {
  const folder = join(scratch, "worse")
  const out = (name: string): string => join(scratch, "out", name)
  const exported = (name: string, ...more: ReadonlyArray<string>) =>
    onefold(["export", "smoke-two-1-1-fork-1", out(name), ...more, ...at(folder)])
  const weights = (name: string) => readFileSync(join(out(name), "model.safetensors"))

  beforeAll(async () => {
    copied(parent, folder)
    // Nothing is left of a policy that takes such steps.
    const spoilt = ["--set", "learningRate=1", "--steps", "3"]
    const made = await onefold(["fork", "last", "--at", "2", ...spoilt, "--json", ...at(folder)])
    assert.strictEqual(made.code, 0, made.stderr)
  }, 120_000)

  it("given --step chosen or a number before the fork, then the parent's policy is exported, and said to be its", async () => {
    const chosen = await exported("chosen", "--step", "chosen")
    assert.strictEqual(chosen.code, 0, chosen.stderr)
    const [, step] = /wrote policy (\d) of smoke-two-1-1 to/.exec(chosen.stdout + chosen.stderr) ?? []
    assert.oneOf(step, ["0", "1"])
    const own = await onefold(["export", "smoke-two-1-1", out("own"), "--step", step, ...at(folder)])
    assert.strictEqual(own.code, 0, own.stderr)
    assert.isTrue(weights("chosen").equals(weights("own")))
    assert.strictEqual((await exported("first", "--step", "1")).code, 0)
    assert.strictEqual((await exported("last", "--step", "last")).code, 0)
    assert.isFalse(weights("last").equals(weights("own")))
  })

  it("given evaluate --model FORK@chosen, then the parent's policy is judged under its own name", async () => {
    const judged = await onefold([
      ...["evaluate", "--model", "smoke-two-1-1-fork-1@chosen", "--per-family", "1"],
      ...["--json", ...at(folder)]
    ])
    assert.strictEqual(judged.code, 0, judged.stderr)
    assert.match(judged.stdout, /"of":\{"run":"smoke-two-1-1","step":[01]\}/)
  })

  it("given a data folder without the parent's log, then it says where the step lies", async () => {
    rmSync(out("chosen"), { recursive: true })
    const beyond = await exported("none", "--step", "4")
    assert.strictEqual(beyond.code, 2)
    assert.include(beyond.stderr, "has no policy after 4 updates; it has those from 2 to 3")
  })
})
