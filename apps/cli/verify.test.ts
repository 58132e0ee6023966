/** `onefold verify` as a user types it: a run in order, artifacts and log files that were damaged, names that no run has. */
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Draft } from "../../platform/log/event-log.ts"
import { draftOf } from "../../platform/stream/deliver.ts"
import type { EventOf, Tag } from "../../platform/stream/stage.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { isRefused, onefold, scratchFolder } from "./spawned.fixture.ts"
import { firstOf, found as foundIn, recorded, type Written } from "./verification/recorded-run.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "run")
let written: ReadonlyArray<Written> = []

beforeAll(async () => {
  written = await recorded(dataDir, "--steps", String(steps))
}, 300_000)

const first = <T extends Tag>(tag: T, at?: (event: EventOf<T>) => boolean) => firstOf(written, tag, at)

const steps = 2
const drafts = () => written.map(({ draft }) => draft)
const found = (all: ReadonlyArray<Draft>, areArtifactsRead = false) =>
  foundIn(all, join(dataDir, "blobs"), areArtifactsRead)

describe("a run as it was recorded", () => {
  it.effect("is in order: every event, every artifact", () =>
    Effect.gen(function* () {
      const { artifacts, findings } = yield* found(drafts(), true)
      assert.deepStrictEqual([findings.faults, findings.pending, artifacts?.faults], [[], [], []])
      assert.deepInclude(findings, { isFinished: true, repeats: 0, deadLetters: 0, events: written.length })
      assert.strictEqual(artifacts?.whole, findings.artifacts.size)
      // Each step: a policy, two gradients, two packed shards; beside them the base and the snapshots.
      const kinds = Object.groupBy(findings.artifacts.values(), ({ what }) => what)
      assert.lengthOf(kinds.policy ?? [], steps)
      assert.strictEqual(kinds.base?.length, 1)
      assert.isAtLeast(kinds.gradient?.length ?? 0, steps)
    })
  )

  it.effect("with records that came twice, byte for byte, is in order, and they are counted", () =>
    Effect.gen(function* () {
      const { findings } = yield* found([...drafts(), ...drafts().slice(0, 5)])
      assert.deepInclude(findings, { faults: [], repeats: 5, records: written.length + 5 })
    })
  )

  it.effect("beside another run's records, damaged or not, is in order", () =>
    Effect.gen(function* () {
      const theirs = Object.values(goldenEvents)
        .filter(({ _tag }) => _tag !== "RunStarted")
        .map(draftOf)
      const cut = theirs.map((draft) => ({ ...draft, value: draft.value.slice(0, -3) }))
      assert.deepStrictEqual((yield* found([...drafts(), ...theirs, ...cut])).findings.faults, [])
    })
  )

  it.effect.each(Array.from({ length: 12 }, (_, i) => i))(
    "cut short after %i twelfths is no fault: it is not yet there",
    (part) =>
      Effect.gen(function* () {
        // In the order of causes: an event is there only where all that it follows from is.
        const order = written.map(({ event }) => event).sort((a, b) => turnOf(a) - turnOf(b))
        const start = order.filter(({ _tag }) => _tag === "RunStarted")
        const count = Math.floor((order.length * part) / 12)
        const kept = new Set([...start, ...order.slice(0, count)])
        const { findings } = yield* found(written.filter(({ event }) => kept.has(event)).map(({ draft }) => draft))
        assert.deepStrictEqual(findings.faults, [])
        assert.isFalse(findings.isFinished)
        assert.isNotEmpty(findings.pending)
      })
  )
})

/** When an event is written, step by step. */
const turnOf = (event: OnefoldEvent): number => {
  const kinds: ReadonlyArray<Tag> = [
    ...(["RunStarted", "PolicyUpdated", "EvaluationRequested", "EvaluationSampled", "EvaluationCompleted"] as const),
    ...(["RolloutRequested", "RolloutGenerated", "RolloutGraded", "GradientRequested", "GradientComputed"] as const)
  ]
  if (event._tag === "RunFinished") return Number.POSITIVE_INFINITY
  return ("step" in event ? event.step : 0) * kinds.length + kinds.indexOf(event._tag)
}

/** Where a text stands in a file. */
const placesOf = (bytes: Buffer, text: string): ReadonlyArray<number> => {
  const places: Array<number> = []
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) places.push(at)
  return places
}

const blobOf = (folder: string, hash: string) => join(folder, "blobs", hash.slice(0, 2), `${hash}.safetensors`)

describe("onefold verify", () => {
  const verify = (folder: string, ...more: ReadonlyArray<string>) =>
    onefold(["verify", "last", "--data-dir", folder, ...more])

  it("given a run in order, then says so in one line and ends with 0; as JSON, one object", async () => {
    const { code, lines } = await verify(dataDir)
    assert.strictEqual(code, 0)
    assert.lengthOf(lines, 1)
    assert.match(lines[0], new RegExp(`^smoke-two-1-1: ${written.length} events, \\d+ artifacts: all in order$`))
    const json = await verify(dataDir, "--json", "--no-blobs")
    assert.deepInclude(JSON.parse(json.stdout), { type: "verify", ok: true, events: written.length, faults: 0 })
  })

  it("given artifacts cut short, with a bit turned and gone, then all three are named and the code is 5", async () => {
    const folder = join(scratch, "damaged")
    cpSync(dataDir, folder, { recursive: true, verbatimSymlinks: true })
    const policy = first("PolicyUpdated", ({ step }) => step === 2).policyHash
    const [gradient] = first("PolicyUpdated", ({ step }) => step === 1).gradientHashes
    const packed = first("GradientRequested").packedHash
    truncateSync(blobOf(folder, policy), 1000)
    const bytes = readFileSync(blobOf(folder, gradient))
    bytes[bytes.length >> 1] ^= 1
    writeFileSync(blobOf(folder, gradient), bytes)
    rmSync(blobOf(folder, packed))
    const { code, stderr, stdout } = await verify(folder)
    assert.strictEqual(code, 5)
    for (const [what, hash, reason] of [
      ["policy", policy, "hash-mismatch"],
      ["gradient", gradient, "hash-mismatch"],
      ["packed", packed, "missing"]
    ])
      assert.include(stdout, `${what} ${hash} at ${blobOf(folder, hash)} cannot be used (${reason})`)
    assert.include(stdout, `${first("GradientRequested").eventId}\n`)
    assert.include(stderr, "is not in order: 3 faults")
    const limited = JSON.parse((await verify(folder, "--json", "--limit", "2")).stdout)
    assert.deepInclude(limited, { ok: false, faults: 3, byKind: { artifact: 3 } })
    assert.lengthOf(limited.listed, 2)
    assert.strictEqual((await verify(folder, "--no-blobs")).code, 0)
  })

  it("given a record whose bits were turned in the log's file, then its place is named and the rest is read", async () => {
    const folder = join(scratch, "turned")
    cpSync(dataDir, folder, { recursive: true, verbatimSymlinks: true })
    const file = join(folder, "log", "data.mdb")
    const bytes = readFileSync(file)
    // The hash that a verdict names stands in no other event.
    const [{ sha256 }] = first("RolloutGraded").causes
    const places = placesOf(bytes, sha256)
    assert.isNotEmpty(places)
    for (const at of places) bytes[at] ^= 1
    writeFileSync(file, bytes)
    const { code, stdout } = await verify(folder, "--no-blobs", "--limit", "100")
    assert.strictEqual(code, 5)
    assert.match(
      stdout,
      /unreadable no event\n +topic rollouts\.graded, partition \d, offset \d+: its checksum is wrong/
    )
    // What lies before and behind it is read: nothing else is missed.
    assert.lengthOf(stdout.match(/^missing/gm) ?? [], 1)
    assert.include(stdout, `missing    ${first("RolloutGraded").eventId}`)
  })

  it("given a name that no run has, or one that leads out of the folder, then the nearest run is named", async () => {
    for (const name of ["smoke-two-1", "../run", "/etc/passwd"])
      isRefused(await onefold(["verify", name, "--data-dir", dataDir]), 2, "did you mean smoke-two-1-1?")
    isRefused(await verify(dataDir, "--limit", "0"), 2, "--limit 0 is out of range")
    isRefused(await verify(join(scratch, "none")), 4, "no run has been recorded there")
  })
})
