/** What a user can mistype, and folders that cannot be used: one clear sentence, the exit code of its kind, no trace. */
import { spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { filesOf, isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()

const run = (...more: ReadonlyArray<string>) => onefold(smoke(join(scratch, "never"), ...more))

describe("what was mistyped", () => {
  const nearest = "Did you mean this?"
  it.each([
    [["rum"], nearest],
    [["run", "--presett", "smoke"], nearest],
    [["run", "--steps", "many"], '"many"'],
    [["run", "--steps", "1.5"], '"1.5"'],
    [["run", "--preset", "smke"], 'did you mean "smoke"? Known: mini, smoke'],
    [["run", "--steps", "0"], "--steps 0 is out of range: it goes from 1 to 2147483647"],
    [["run", "--steps", "-1"], "--steps -1 is out of range"],
    [["run", "--steps", "99999999999"], "--steps 99999999999 is out of range"],
    [["run", "--seed", "-1"], "--seed -1 is out of range: it goes from 0 to 4294967295"],
    [["run", "--seed", "4294967296"], "--seed 4294967296 is out of range"],
    [["run", "--test-seed", "-7"], "--test-seed -7 is out of range"],
    [["problems", "--family", "fwo"], 'did you mean "two"?'],
    [["problems", "-n", "0"], "-n 0 is out of range: it goes from 1"],
    [["problems", "--seed", "-1"], "--seed -1 is out of range"],
    [["pretrain", "--seed", "-1"], "--seed -1 is out of range"],
    [["sql", "SELECT 1", "--format", "xml"], '"table" | "json" | "csv"'],
    [["completions", "ksh"], '"bash" | "zsh" | "fish"']
  ] as const)("given %j, then code 2 and what it should have been", async (args, said) => {
    isRefused(await onefold(args), 2, said)
  })

  it("given a backend that does not exist, then code 2, before anything is written", async () => {
    const refused = await onefold(smoke(join(scratch, "never")), { env: { ONEFOLD_BACKEND: "wsm" } })
    isRefused(refused, 2, 'ONEFOLD_BACKEND names no backend: "wsm"; did you mean "wasm"?')
    for (const command of [["doctor"], ["pretrain", "--out", join(scratch, "never")]])
      isRefused(await onefold(command, { env: { ONEFOLD_BACKEND: "wsm" } }), 2, "ONEFOLD_BACKEND names no backend")
  })
})

describe("an example", () => {
  const file = (name: string, content: string): string => {
    const path = join(scratch, `${name}.json`)
    writeFileSync(path, content)
    return path
  }
  const example = (prompt: unknown, answer: unknown): string => JSON.stringify({ prompt, answer })

  it.each([
    ["that is not in the pool", "two:400", "there is no example of this name. Did you mean "],
    ["in capitals", "TWO:4", 'Did you mean "two:4"?'],
    ["whose file is missing", join(scratch, "none.json"), "none.json: there is no such file"],
    ["that is a folder", `${scratch}/`, "it is a folder"],
    ["without an answer", file("no-answer", '{"prompt":"1+1=?"}'), "it has no answer, and a reward needs one"],
    ["with an empty answer", file("empty", example("1+1=?", " ")), "it has no answer"],
    ["without a prompt", file("no-prompt", '{"answer":"2"}'), "it has no prompt"],
    ["of broken JSON", file("broken", '{"prompt":"1+1=?",'), "it is not an example"],
    ["that is a list", file("list", "[1,2]"), "it is not an example"],
    ["with an answer beyond the tokenizer", file("é", example("1+1=?", "é")), 'no token for "é"'],
    ["with a prompt beyond the tokenizer", file("dx", example("integrate dx", "2")), 'no token for "integrate"'],
    ["of terminal escapes", file("esc", example("\u001b]0;pwned\u0007\u009b31m1+1=?", "2")), "its prompt cannot be"],
    ["too long to read", file("long", example(`${"1+".repeat(60)}1=?`, "61")), "its prompt has 124 tokens"],
    ["too long to answer", file("far", example("1+1=?", "2".repeat(200))), "its answer takes 202 tokens"],
    ["whose answer earns nothing", file("brace", example("1+1=?", "}")), "not even its own answer"]
  ])("%s is refused with code 3, its file and what to do", async (_, name, said) => {
    isRefused(await run("--example", name), 3, said)
  })

  it("given a mark before its JSON, a number as answer and no newline, then it is taken as it was meant", async () => {
    const { code, lines } = await run("--dry-run", "--example", file("fine", `\ufeff${example("1+1=?", 2)}`))
    assert.strictEqual(code, 0)
    assert.include(lines[0], '"prompts":[{"promptId":"file:0","text":"1+1=?\\n","answer":"2"}]')
  })

  it("wrote nothing while being refused", () => {
    assert.isFalse(filesOf(scratch).has("never/onefold.json"))
  })
})

describe("a data folder", () => {
  it("that lies under a file or is one, is refused with code 4", async () => {
    const file = join(scratch, "a-file")
    writeFileSync(file, "mine")
    const before = filesOf(scratch)
    for (const path of [file, join(file, "below")]) {
      isRefused(await onefold(smoke(path)), 4, `data folder ${path}: something that is no folder stands in its way`)
      isRefused(await onefold(["runs", "--data-dir", path]), 4, `data folder ${path}: `)
    }
    assert.deepStrictEqual(filesOf(scratch), before)
  })

  it("without runs is no place to look for one", async () => {
    const path = join(scratch, "nothing")
    for (const command of [
      ["runs"],
      ["show", "last"],
      ["resume", "last"],
      ["export", "last", "x"],
      ["sql", "SELECT 1"]
    ])
      isRefused(await onefold([...command, "--data-dir", path]), 4, "no run has been recorded there. Start one with")
    assert.deepStrictEqual(
      [...filesOf(scratch).keys()].filter((name) => name.startsWith("nothing")),
      []
    )
  })

  it.each([
    ["of a newer version", '{"format":2}', "it has format 2, this version knows 1. Update Onefold"],
    ["with a damaged marker", '{"form', "its onefold.json is damaged or was not written by Onefold"]
  ])("%s is refused with code 4 and stays as it is", async (name, marker, said) => {
    const path = join(scratch, name.replaceAll(" ", "-"))
    mkdirSync(path)
    writeFileSync(join(path, "onefold.json"), marker)
    const before = filesOf(path)
    isRefused(await onefold(smoke(path)), 4, said)
    isRefused(await onefold(["resume", "last", "--data-dir", path]), 4, said)
    assert.deepStrictEqual(filesOf(path), before)
  })
})

/** A folder with a file system of its own; undefined where this user may not mount one. */
const mounted = (options: string): { readonly path: string; readonly free: () => void } | undefined => {
  const path = mkdtempSync(join(tmpdir(), "onefold-mount-"))
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path]).status === 0)
    return {
      path,
      free: () => {
        spawnSync("umount", [path])
        rmSync(path, { recursive: true, force: true })
      }
    }
  rmSync(path, { recursive: true, force: true })
  return undefined
}

const canMount = (() => {
  const trial = mounted("size=64k")
  trial?.free()
  return trial !== undefined
})()
if (!canMount) process.stderr.write("SKIPPED: full and read-only data folders: this user cannot mount a tmpfs\n")

describe.skipIf(!canMount)("a disk", () => {
  it("that may not be written is refused with code 4", async () => {
    const disk = mounted("size=1m,ro")
    assert.isDefined(disk)
    const [itself, below] = [await onefold(smoke(disk.path)), await onefold(smoke(join(disk.path, "data")))]
    disk.free()
    isRefused(itself, 4, "it cannot be written (EROFS). Change its permissions or name another folder")
    isRefused(below, 4, "it cannot be written")
  })

  it("that is full from the start is refused with code 4, and nothing half-written stays", async () => {
    const disk = mounted("size=64k")
    assert.isDefined(disk)
    const dataDir = join(disk.path, "data")
    const refused = await onefold(smoke(dataDir))
    const left = [...filesOf(dataDir).keys()]
    disk.free()
    isRefused(refused, 4, `event log full at ${join(dataDir, "log")}: `)
    assert.deepStrictEqual(left, ["onefold.json"])
  })

  const threeRuns = { timeout: 180_000 }
  it(
    "that becomes full on the way ends the run with code 4; given room, it ends as it would have",
    threeRuns,
    async () => {
      const disk = mounted("size=6m")
      assert.isDefined(disk)
      const dataDir = join(disk.path, "data")
      const stopped = await onefold(smoke(dataDir, "--steps", "3"))
      const halves = [...filesOf(dataDir).keys()].filter((name) => /\.new$|\.draft/.test(name))
      spawnSync("mount", ["-o", "remount,size=200m", disk.path])
      const resumed = await onefold(["resume", "last", "--json", "--data-dir", dataDir])
      disk.free()
      assert.strictEqual(stopped.code, 4, stopped.stderr)
      assert.match(stopped.stderr, /full at .*Free some space on that disk, then resume/)
      assert.deepStrictEqual(halves, [])
      const undisturbed = await onefold(smoke(join(scratch, "undisturbed"), "--steps", "3"))
      assert.deepStrictEqual(resumed.lines.slice(-1), undisturbed.lines.slice(-1))
    }
  )
})
