/** Replays through the command line: of a run as it is, damaged in every place, copied, forked, and done again. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { recordsOf } from "../../bench/killed-run.ts"
import { filesOf, isRefused, onefold, scratchFolder, smoke } from "../spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")
const Line = Schema.fromJsonString(
  Schema.Struct({
    type: Schema.String,
    equal: Schema.Int,
    of: Schema.Int,
    firstDifferent: Schema.NullOr(
      Schema.Struct({ step: Schema.Int, shard: Schema.NullOr(Schema.Int), what: Schema.String })
    )
  })
)
const lineOf = ({ lines }: { readonly lines: ReadonlyArray<string> }) => Schema.decodeUnknownSync(Line)(lines.at(-1))

beforeAll(async () => {
  const settings = ["--steps", "4", "--snapshot-every", "2", "--set", "evaluation.problemsPerFamily=1"]
  const { code, stderr } = await onefold(smoke(dataDir, ...settings))
  assert.strictEqual(code, 0, stderr)
}, 120_000)

const copy = (name: string): string => {
  const folder = join(scratch, name)
  cpSync(dataDir, folder, { recursive: true, verbatimSymlinks: true })
  return folder
}

const replay = (folder: string, ...more: ReadonlyArray<string>) =>
  onefold(["replay", "last", "--json", "--data-dir", folder, ...more])

/** Hash of one gradient, as the log's own bytes have it. */
const Gradients = Schema.fromJsonString(Schema.Struct({ hash: Schema.String }))
const gradientOf = async (folder: string, step: number, shard: number): Promise<string> => {
  const query = `SELECT gradient AS hash FROM gradients WHERE step = ${step} AND shard = ${shard}`
  const { lines, stderr } = await onefold(["sql", query, "--format", "json", "--data-dir", folder])
  assert.isNotEmpty(lines, stderr)
  return Schema.decodeUnknownSync(Gradients)(lines[0]).hash
}

const blob = (folder: string, hash: string): string => join(folder, "blobs", hash.slice(0, 2), `${hash}.safetensors`)

const flipBit = (path: string, at: number): void => {
  const bytes = readFileSync(path)
  bytes[at] ^= 4
  writeFileSync(path, bytes)
}

describe("onefold replay", { timeout: 120_000 }, () => {
  it("of a run in a folder that was copied, then all is equal, and neither log nor artifacts have changed", async () => {
    const folder = copy("elsewhere")
    const [blobs, records] = [filesOf(join(folder, "blobs")), await recordsOf(folder)]
    const ended = await replay(folder, "--verify")
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.deepInclude(lineOf(ended), { type: "replay", equal: 4, of: 4, firstDifferent: null })
    assert.deepStrictEqual(filesOf(join(folder, "blobs")), blobs)
    assert.deepStrictEqual(await recordsOf(folder), records)
  })

  it.each([
    ["one bit turned", (path: string) => flipBit(path, 300_000), "(hash-mismatch)"],
    ["its end cut off", (path: string) => truncateSync(path, 1000), "(hash-mismatch)"],
    ["been lost", (path: string) => rmSync(path), "(missing)"]
  ])(
    "of a gradient that has %s, then step, shard and file are named, and what still holds",
    async (name, damage, said) => {
      const folder = copy(name.replaceAll(" ", "-"))
      const path = blob(folder, await gradientOf(folder, 1, 2))
      damage(path)
      const ended = await replay(folder, "--verify")
      assert.strictEqual(ended.code, 10, ended.stderr)
      assert.deepInclude(lineOf(ended), {
        equal: 1,
        of: 4,
        firstDifferent: { step: 2, shard: 2, what: "policy's gradient" }
      })
      for (const word of ["step 2, shard 2", path, said, "Steps 1 to 1 hold", "from the snapshot of step 2 on"])
        assert.include(ended.stderr, word)
      const later = await replay(folder)
      assert.deepInclude(lineOf(later), { equal: 1, of: 1, firstDifferent: null }, "from a snapshot after it")
    }
  )

  it("of a log with a damaged record, then the record is named, and the steps before it are replayed", async () => {
    const folder = copy("damaged-log")
    const file = join(folder, "log", "data.mdb")
    const bytes = readFileSync(file)
    const hash = await gradientOf(folder, 2, 0)
    for (let at = bytes.indexOf(hash); at >= 0; at = bytes.indexOf(hash, at + 1)) bytes[at] ^= 1
    writeFileSync(file, bytes)
    const ended = await replay(folder, "--verify")
    assert.notStrictEqual(ended.code, 0)
    assert.match(ended.stderr, /topic [a-z.]+, partition \d, offset \d+/)
  })

  it.each([
    [["replay", "smoke-two-1-2"], "did you mean smoke-two-1-1?"],
    [["replay", "../../etc/passwd"], "there is no run ../../etc/passwd"],
    [["replay", "last", "--to", "9"], "it has those from 0 to 4"],
    [["fork", "last", "--at", "9"], "it has those from 0 to 4"],
    [["fork", "last", "--at", "2", "--set", "lora.rank=2"], "a fork cannot change it"],
    [["rerun", "smoke-two"], "did you mean smoke-two-1-1?"],
    [["run", "--keep", "half"], "--keep half: it is not known"]
  ])("given %j, then it is refused in words", async (args, said) => {
    isRefused(await onefold([...args, "--data-dir", dataDir]), 2, said)
  })
})

describe("onefold rerun", () => {
  it("of a run on the machine that recorded it, then every event is equal, and the folder is as it was", async () => {
    const before = await recordsOf(dataDir)
    const ended = await onefold(["rerun", "last", "--json", "--data-dir", dataDir])
    assert.strictEqual(ended.code, 0, ended.stderr)
    const { equal, firstDifferent, of } = lineOf(ended)
    assert.deepStrictEqual([equal, of, firstDifferent], [before.length, before.length, null])
    assert.deepStrictEqual(await recordsOf(dataDir), before)
  }, 120_000)
})

describe("onefold rerun --keep-run", { timeout: 240_000 }, () => {
  const two = join(scratch, "two")
  const idsOf = async (folder: string) =>
    new Map((await recordsOf(folder)).map(({ eventId, sha256 }) => [eventId, sha256]))

  beforeAll(async () => {
    copy("two")
    const { code, stderr } = await onefold(smoke(two, "--steps", "2", "--seed", "2"))
    assert.strictEqual(code, 0, stderr)
  }, 120_000)

  it("of a second run, then a folder of its own has every event, and all that commands ask of a run", async () => {
    const kept = join(scratch, "kept")
    const ended = await onefold(["rerun", "last", "--keep-run", kept, "--data-dir", two])
    assert.strictEqual(ended.code, 0, ended.stderr)
    assert.include(ended.stderr, `the second run lies in ${kept}`)
    const earlier = (await recordsOf(kept)).filter(({ eventId }) => eventId.startsWith("smoke-two-1-1/"))
    assert.deepStrictEqual(earlier, await recordsOf(dataDir))
    assert.deepStrictEqual(await idsOf(kept), await idsOf(two))
    for (const command of [["replay", "--verify"], ["show"], ["history", "fill"]]) {
      const [asked, there] = [
        await onefold([...command, "last", "--json", "--data-dir", kept]),
        await onefold([...command, "last", "--json", "--data-dir", two])
      ]
      assert.strictEqual(asked.code, 0, asked.stderr)
      assert.deepStrictEqual(asked.lines, there.lines)
    }
    const checked = await onefold(["history", "check", "last", "--data-dir", kept])
    assert.strictEqual(checked.code, 0, checked.stderr)
  })

  it("where it comes to something else, then the event that differs is in the folder", async () => {
    const kept = join(scratch, "kept-other")
    const args = ["rerun", "smoke-two-1-1", "--keep-run", kept, "--data-dir", two]
    const ended = await onefold(args, { env: { ONEFOLD_BACKEND: "wasm" } })
    assert.strictEqual(ended.code, 10, ended.stderr)
    const [event] = /event (\S+) differs/.exec(ended.stderr)?.slice(1) ?? []
    const [now, then] = [(await idsOf(kept)).get(event), (await idsOf(two)).get(event)]
    assert.isDefined(now)
    assert.isDefined(then)
    assert.notStrictEqual(now, then)
  })

  it("in a folder that is not empty, then it is refused, and the folder stays as it is", async () => {
    const before = filesOf(two)
    isRefused(await onefold(["rerun", "last", "--keep-run", two, "--data-dir", dataDir]), 4, "it is not empty")
    assert.deepStrictEqual(filesOf(two), before)
  })
})

describe("a run that keeps snapshots alone", () => {
  it("has them and no gradients, is proved by --recompute, and says so where it is asked for more", async () => {
    const folder = join(scratch, "little")
    const settings = ["--steps", "4", "--keep", "snapshots:every=2", "--set", "evaluation.problemsPerFamily=1"]
    const run = await onefold(smoke(folder, ...settings))
    assert.strictEqual(run.code, 0, run.stderr)
    // Base, policies and snapshots after two and four updates, and the sheet of the problems that choose a policy.
    const blobs = readdirSync(join(folder, "blobs"), { recursive: true, encoding: "utf8" })
    assert.lengthOf(
      blobs.filter((name) => name.endsWith(".safetensors")),
      6
    )
    const refused = await replay(folder, "--verify")
    assert.strictEqual(refused.code, 10)
    assert.include(refused.stderr, "--recompute can still prove all of them")
    assert.deepInclude(lineOf(await replay(folder, "--verify", "--recompute")), {
      equal: 4,
      of: 4,
      firstDifferent: null
    })
    const out = join(scratch, "out")
    const lost = await onefold(["export", "last", out, "--step", "3", "--data-dir", folder])
    isRefused(lost, 2, "kept only those of every 2 and the last")
    assert.isFalse(existsSync(out))
    assert.strictEqual((await onefold(["export", "last", out, "--step", "2", "--data-dir", folder])).code, 0)
  }, 180_000)
})
