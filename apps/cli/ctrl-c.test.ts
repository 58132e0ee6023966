/** A run that is asked to stop, once or twice, or whose reader leaves; and what others can do while it is live. */
import { spawnSync } from "node:child_process"
import { accessSync, constants } from "node:fs"
import { delimiter, join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { type Ended, onefold, type Spawned, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const resume = (dataDir: string): Promise<Ended> => onefold(["resume", "last", "--json", "--data-dir", dataDir])

let undisturbed: Ended

const isSettled = (ended: Ended): void => {
  assert.strictEqual(ended.code, 0, ended.stderr)
  assert.deepStrictEqual(ended.lines.slice(-1), undisturbed.lines.slice(-1))
}

/** Holds the whole process still, so that a moment lasts as long as is needed. */
const heldFor = async ({ child }: Spawned, millis: number): Promise<void> => {
  child.kill("SIGSTOP")
  await new Promise((resolve) => setTimeout(resolve, millis))
}

beforeAll(async () => {
  undisturbed = await onefold(smoke(join(scratch, "undisturbed")))
  assert.strictEqual(undisturbed.code, 0, undisturbed.stderr)
})

describe("Ctrl-C", () => {
  it("given once, and passed on by npm as it does, then the step in hand is finished, the run paused, and its result what it would have been", async () => {
    const dataDir = join(scratch, "once")
    const run = spawned(smoke(dataDir))
    await run.until('"type":"step"')
    run.child.kill("SIGINT")
    run.child.kill("SIGTERM")
    const paused = await run.ended
    assert.strictEqual(paused.code, 0, paused.stderr)
    assert.match(paused.stderr, /stopping after this step\n(?:.*\n)*paused; go on with: onefold resume \S+\n$/)
    assert.notInclude(paused.stdout, '"type":"result"')
    const listed = await onefold(["runs", "--data-dir", dataDir])
    assert.match(listed.stdout, / paused +[1-5] /)
    isSettled(await resume(dataDir))
  })

  it("given a second time, then it stops at once, and its result will be what it would have been", async () => {
    const dataDir = join(scratch, "twice")
    const run = spawned(smoke(dataDir))
    await run.until('"type":"step"')
    run.child.kill("SIGINT")
    await run.until("stopping after this step")
    await heldFor(run, 400)
    run.child.kill("SIGINT")
    run.child.kill("SIGCONT")
    const stopped = await run.ended
    assert.strictEqual(stopped.code, 130, stopped.stderr)
    assert.notInclude(stopped.stderr, "paused; go on with")
    isSettled(await resume(dataDir))
  })
})

describe("a live run", () => {
  it("answers sql; whatever needs its log is refused with what to do meanwhile, and disturbs nothing", async () => {
    const dataDir = join(scratch, "live")
    const at = ["--data-dir", dataDir]
    const run = spawned(smoke(dataDir, "--steps", "1000"))
    await run.until('"type":"step"')
    const asked = await onefold(["sql", "SELECT max(step) + 1 AS steps FROM policies", "--format", "json", ...at])
    assert.match(asked.stdout, /^\{"steps":\d+\}\n$/, asked.stderr)
    for (const command of [["runs"], ["show", "last"], ["resume", "last"], ["export", "last", join(scratch, "no")]]) {
      const { code, stderr, stdout } = await onefold([...command, ...at])
      assert.deepStrictEqual([code, stdout], [4, ""])
      assert.include(stderr, `data folder ${dataDir}: process ${run.child.pid} has it open. Wait for it`)
    }
    const second = await onefold(smoke(dataDir))
    assert.deepStrictEqual([second.code, second.stdout], [4, ""])
    run.child.kill("SIGINT")
    const { code, stderr } = await run.ended
    assert.deepStrictEqual([code, stderr.includes("paused; go on with")], [0, true], stderr)
  })

  it("given a reader that leaves, then it ends without a word and can be resumed", async () => {
    const dataDir = join(scratch, "left")
    const run = spawned(smoke(dataDir))
    await run.until('"type":"run"')
    run.child.stdout?.destroy()
    const { code, stderr } = await run.ended
    assert.strictEqual(code, 141)
    assert.notMatch(stderr, /EPIPE|^ +at /m)
    isSettled(await resume(dataDir))
  })
})

const door = fileURLToPath(new URL("./onefold.mjs", import.meta.url))

/** A Node of another major version than the pinned one, as a machine may have; undefined where there is none. */
const otherNode = (process.env.PATH ?? "")
  .split(delimiter)
  .map((folder) => join(folder, "node"))
  .find((path) => {
    try {
      accessSync(path, constants.X_OK)
      return !spawnSync(path, ["--version"], { encoding: "utf8" }).stdout.startsWith("v22.")
    } catch {
      return false
    }
  })
if (otherNode === undefined)
  process.stderr.write("SKIPPED: onefold.mjs under another Node: there is only Node 22 here\n")

describe.skipIf(otherNode === undefined)("onefold.mjs under another Node", () => {
  const program = [otherNode ?? "", door] as const

  it("passes exit codes on", async () => {
    assert.strictEqual((await onefold(["run", "--preset", "smke"], { program })).code, 2)
    assert.strictEqual((await onefold(["--version"], { program })).code, 0)
  })

  it("given Ctrl-C for itself alone, then the run is paused all the same", async () => {
    const dataDir = join(scratch, "door")
    const run = spawned(smoke(dataDir), { program })
    await run.until('"type":"step"')
    run.child.kill("SIGINT")
    const { code, stderr } = await run.ended
    assert.deepStrictEqual([code, stderr.includes("paused; go on with")], [0, true], stderr)
    isSettled(await resume(dataDir))
  })

  it("given kill -9 for itself alone, then nothing of it lives on", async () => {
    const dataDir = join(scratch, "killed-door")
    const run = spawned(smoke(dataDir, "--steps", "1000"), { program })
    await run.until('"type":"step"')
    run.child.kill("SIGKILL")
    // Its output is closed once the process behind it, which inherited it, has ended too: long before the last step.
    assert.strictEqual((await run.ended).code, 137)
    const listed = await onefold(["runs", "--data-dir", dataDir])
    assert.match(listed.stdout, / unfinished +\d+ /, listed.stderr)
  })
})
