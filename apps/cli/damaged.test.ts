/** A stored thing that is damaged is named with its place, ends a command with code 5, and is never gone on with. */
import { cpSync, readdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { recordsOf } from "../bench/killed-run.ts"
import { miniatureBase } from "./base.ts"
import { filesOf, isRefused, onefold, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const paused = join(scratch, "paused")
/** Hash of the newest policy. */
let policy: string

const Line = Schema.fromJsonString(Schema.Struct({ policy: Schema.String }))

beforeAll(async () => {
  const run = spawned(smoke(paused, "--steps", "40"))
  // The snapshot after 4 updates is then stored.
  await run.until('"step":5,')
  run.child.kill("SIGINT")
  const { code, lines, stderr } = await run.ended
  assert.strictEqual(code, 0, stderr)
  policy = Schema.decodeUnknownSync(Line)(lines.findLast((line) => line.includes('"type":"step"'))).policy
})

/** A data folder of its own with the paused run in it. */
const copy = (name: string): string => {
  const folder = join(scratch, name)
  cpSync(paused, folder, { recursive: true, verbatimSymlinks: true })
  return folder
}

const blob = (dataDir: string, hash: string): string => join(dataDir, "blobs", hash.slice(0, 2), `${hash}.safetensors`)

const flipByte = (path: string, at: number): void => {
  const bytes = readFileSync(path)
  bytes[at] ^= 1
  writeFileSync(path, bytes)
}

/**
 * Where a policy's hash stands in its PolicyUpdated, which is of the run's story and names the gradients it was made of:
 * rollouts that were under way name the policy too, and pages that the log no longer uses hold old copies.
 */
const placesIn = (bytes: Buffer, hash: string): ReadonlyArray<number> => {
  const places: Array<number> = []
  for (let at = bytes.indexOf(hash); at >= 0; at = bytes.indexOf(hash, at + 1))
    if (bytes.subarray(at - 120, at).includes("/gradients")) places.push(at)
  return places
}

const resume = (dataDir: string) => onefold(["resume", "last", "--data-dir", dataDir])

describe("an artifact", () => {
  it("with one bit turned, then neither resume nor export goes on, both name its file, and nothing is exported", async () => {
    const dataDir = copy("turned")
    const path = blob(dataDir, policy)
    flipByte(path, 400_000)
    isRefused(await resume(dataDir), 5, `at ${path} cannot be used (hash-mismatch)`)
    const before = filesOf(scratch)
    isRefused(await onefold(["export", "last", join(scratch, "out"), "--data-dir", dataDir]), 5, `at ${path} cannot be`)
    const after = [...filesOf(scratch).keys()].filter((name) => !before.has(name))
    assert.deepStrictEqual(after, [])
  })

  it("cut short or missing, then the same", async () => {
    const dataDir = copy("cut")
    truncateSync(blob(dataDir, policy), 1000)
    isRefused(await resume(dataDir), 5, "cannot be used (hash-mismatch)")
    writeFileSync(blob(dataDir, policy), "")
    isRefused(await onefold(["export", "last", join(scratch, "out"), "--data-dir", dataDir]), 5, "hash-mismatch")
  })
})

describe("the log", () => {
  it("with one bit of a record turned, then every command that reads it names topic, partition and offset", async () => {
    const dataDir = copy("log")
    const file = join(dataDir, "log", "data.mdb")
    const places = placesIn(readFileSync(file), policy)
    assert.isNotEmpty(places)
    for (const at of places) flipByte(file, at)
    for (const command of [["runs"], ["show", "last"], ["resume", "last"], ["export", "last", join(scratch, "out")]])
      isRefused(
        await onefold([...command, "--data-dir", dataDir]),
        5,
        `event log corrupt at ${join(dataDir, "log")}, topic runs, partition `
      )
  })

  it("with a record that is no event and names no run, then it is told and passed over, for it is nobody's", async () => {
    const dataDir = copy("foreign")
    await Effect.flatMap(EventLog, (log) =>
      log.append([{ topic: "runs", key: "x", value: new TextEncoder().encode("not an event") }])
    ).pipe(Effect.provide(layerLmdb(join(dataDir, "log"))), Effect.runPromise)
    const said =
      /event log, topic runs, partition \d, offset \d+: passed over, it is no event; something else writes to this topic: find it and stop it/
    const listed = await onefold(["runs", "--json", "--data-dir", dataDir])
    assert.strictEqual(listed.code, 0, listed.stderr)
    assert.match(listed.stderr, said)
    assert.include(listed.stdout, '"status":"paused"')
    const resumed = await onefold(["resume", "last", "--data-dir", dataDir])
    assert.strictEqual(resumed.code, 0, resumed.stderr)
    assert.match(resumed.stderr, said)
  })

  it("whose file is no log at all, then it is refused and left as it is", async () => {
    const dataDir = copy("no-log")
    const file = join(dataDir, "log", "data.mdb")
    writeFileSync(file, Buffer.alloc(100_000, "garbage "))
    const before = readFileSync(file)
    isRefused(await onefold(["runs", "--data-dir", dataDir]), 5, "the data file is damaged")
    assert.deepStrictEqual(readFileSync(file), before)
  })
})

describe("a refused resume", () => {
  it("leaves every record as it was, and what it adds says that it failed", async () => {
    const before = await recordsOf(paused)
    const after = new Map((await recordsOf(join(scratch, "turned"))).map((kept) => [kept.place, kept]))
    for (const kept of before) assert.deepStrictEqual(after.get(kept.place), kept)
    const added = [...after.values()].filter(({ place }) => !before.some((kept) => kept.place === place))
    const kinds = new Set(added.map(({ eventId }) => eventId.split("/").at(-2)))
    assert.includeMembers([...kinds], ["resumed", "failed"])
  })
})

/** The program with a base of its own, to be damaged. */
const programWith = (damage: (weights: string) => void): string => {
  const root = fileURLToPath(new URL("../..", import.meta.url))
  const folder = join(scratch, `program-${readdirSync(scratch).length}`)
  for (const part of ["apps", "learning", "pipelines", "platform", "schemas", "package.json"])
    cpSync(join(root, part), join(folder, part), { recursive: true })
  for (const part of ["node_modules", "deploy"]) symlinkSync(join(root, part), join(folder, part))
  damage(join(folder, "learning/datasets/miniature/base/model.safetensors"))
  return join(folder, "apps/cli/main.ts")
}

describe("a checkpoint", () => {
  const headerEnd = 8 + Number(readFileSync(join(miniatureBase, "model.safetensors")).readBigUInt64LE())
  const withNaN = (path: string): void => {
    const bytes = readFileSync(path)
    bytes.writeFloatLE(Number.NaN, headerEnd + 4000)
    writeFileSync(path, bytes)
  }
  const withLie = (path: string): void => {
    const bytes = readFileSync(path)
    bytes.writeBigUInt64LE(2n ** 40n)
    writeFileSync(path, bytes)
  }
  it.each([
    ["cut short", (path: string) => truncateSync(path, 100_000)],
    ["empty", (path: string) => truncateSync(path, 0)],
    ["whose header lies about its length", withLie],
    ["whose header is no JSON", (path: string) => flipByte(path, 8)],
    ["that holds a NaN", withNaN]
  ])("%s is refused with code 5 and its file, and nothing is written", async (_, damage) => {
    const program = programWith(damage)
    const dataDir = join(scratch, "never")
    const refused = await onefold(smoke(dataDir), { program: [process.execPath, program] })
    isRefused(refused, 5, "model.safetensors cannot be used")
    assert.isFalse(readdirSync(scratch).includes("never"))
  })
})
