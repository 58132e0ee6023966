import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { removalContract } from "../../learning/artifacts.contract.ts"
import { Artifacts } from "../../learning/artifacts.ts"
import { layerLocal } from "./local.ts"

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-blobs-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const withArtifacts = <A, E>(root: string, work: (artifacts: Artifacts["Service"]) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(Artifacts, work), layerLocal(root))

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

const hashOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex")

const pathOf = (root: string, hash: string): string => join(root, hash.slice(0, 2), `${hash}.safetensors`)

/** Every file below a folder. */
const filesIn = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)

describe("artifacts in a folder", () => {
  it.live("given bytes, then they lie under their SHA-256 and come back, also after it is opened again", () =>
    Effect.gen(function* () {
      const root = join(yield* folderOf, "not", "there", "yet")
      const bytes = bytesOf("weights")
      const hash = yield* withArtifacts(root, ({ store }) => store(bytes))
      assert.strictEqual(hash, hashOf(bytes))
      assert.deepEqual(new Uint8Array(readFileSync(pathOf(root, hash))), bytes)
      assert.deepEqual(yield* withArtifacts(root, ({ load }) => load(hash)), bytes)
      assert.isTrue(yield* withArtifacts(root, ({ has }) => has(hash)))
      assert.isFalse(yield* withArtifacts(root, ({ has }) => has(hashOf(bytesOf("other")))))
    })
  )

  it.live("given no bytes, and more than one piece of them, then both come back whole", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const large = Uint8Array.from({ length: 9 * 1024 * 1024 + 7 }, (_, index) => (index * 2654435761) >>> 24)
      for (const bytes of [new Uint8Array(0), large]) {
        const hash = yield* withArtifacts(root, ({ store }) => store(bytes))
        assert.strictEqual(hash, hashOf(bytes))
        const loaded = yield* withArtifacts(root, ({ load }) => load(hash))
        assert.strictEqual(Buffer.compare(loaded, bytes), 0)
      }
    })
  )

  it.live("given the same bytes again, then the file is left as it is", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const hash = yield* withArtifacts(root, ({ store }) => store(bytesOf("weights")))
      const { ino } = statSync(pathOf(root, hash))
      yield* withArtifacts(root, ({ store }) => store(bytesOf("weights")))
      assert.strictEqual(statSync(pathOf(root, hash)).ino, ino)
    })
  )

  it.live("given the same bytes many times at once, then one file is there and nothing else", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const bytes = new Uint8Array(300_000).fill(7)
      const stores = Array.from({ length: 20 }, () => bytes)
      const hashes = yield* withArtifacts(root, ({ store }) => Effect.forEach(stores, store, { concurrency: 20 }))
      assert.deepEqual([...new Set(hashes)], [hashOf(bytes)])
      assert.deepEqual(filesIn(root), [`${hashOf(bytes)}.safetensors`])
      assert.deepEqual(yield* withArtifacts(root, ({ load }) => load(hashOf(bytes))), bytes)
    })
  )
})

describe("removing artifacts", () => {
  removalContract(Layer.unwrap(Effect.map(folderOf, layerLocal)))

  it.live("given what an earlier process stored, then it can be removed, and nothing outside the folder ever is", () =>
    Effect.gen(function* () {
      const root = join(yield* folderOf, "blobs")
      const hash = yield* withArtifacts(root, ({ store }) => store(bytesOf("weights")))
      assert.isTrue(yield* withArtifacts(root, ({ remove }) => remove(hash)))
      assert.deepEqual(filesIn(root), [])
      const outside = join(root, "..", "a.safetensors")
      writeFileSync(outside, "somebody's")
      assert.isFalse(yield* withArtifacts(root, ({ remove }) => remove("../a")))
      assert.strictEqual(readFileSync(outside, "utf8"), "somebody's")
    })
  )
})

describe("artifacts that cannot be trusted", () => {
  const stored = Effect.gen(function* () {
    const root = yield* folderOf
    const hash = yield* withArtifacts(root, ({ store }) => store(bytesOf("the weights of step 7")))
    return { root, hash, path: pathOf(root, hash) }
  })
  const failureOf = (root: string, hash: string) => Effect.flip(withArtifacts(root, ({ load }) => load(hash)))

  it.live("given a flipped bit, then loading fails with the file's name", () =>
    Effect.gen(function* () {
      const { hash, path, root } = yield* stored
      const bytes = readFileSync(path)
      bytes[3] ^= 1
      writeFileSync(path, bytes)
      const failure = yield* failureOf(root, hash)
      assert.deepInclude(failure, { reason: "hash-mismatch", place: path })
      assert.include(failure.message, path)
    })
  )

  it.live("given a file cut short, then loading fails, and storing the bytes again mends it", () =>
    Effect.gen(function* () {
      const { hash, path, root } = yield* stored
      truncateSync(path, 5)
      assert.strictEqual((yield* failureOf(root, hash)).reason, "hash-mismatch")
      yield* withArtifacts(root, ({ store }) => store(bytesOf("the weights of step 7")))
      assert.deepEqual(yield* withArtifacts(root, ({ load }) => load(hash)), bytesOf("the weights of step 7"))
    })
  )

  it.live("given a hash nobody stored, then loading fails as missing; given a folder in its place, as unreadable", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const hash = hashOf(bytesOf("never stored"))
      assert.deepInclude(yield* failureOf(root, hash), { reason: "missing", hash })
      mkdirSync(pathOf(root, hash), { recursive: true })
      assert.deepInclude(yield* failureOf(root, hash), { reason: "io", hash })
    })
  )

  it.live.each([
    "",
    "../../../etc/passwd",
    `${"a".repeat(62)}/.`,
    "A".repeat(64),
    "a".repeat(63),
    `${"a".repeat(64)}\n`,
    `${"a".repeat(63)}\u0000`
  ])("given the name %j, then it is refused before the disk is touched", (name) =>
    Effect.gen(function* () {
      const { root } = yield* stored
      assert.strictEqual((yield* failureOf(root, name)).reason, "bad-name")
      assert.isFalse(yield* withArtifacts(root, ({ has }) => has(name)))
    })
  )
})

describe("writing artifacts", () => {
  it.live("given drafts of a dead process, then they are removed; those of a living one and this one stay", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const dead = spawnSync(process.execPath, ["-e", ""]).pid
      const names = [
        `.draft-${dead}-1-left`,
        `.draft-${process.pid}-1-of-an-earlier-process-of-this-number`,
        `.draft-${process.ppid}-1-in-use`,
        `.draft-${process.pid}-${Math.round(performance.timeOrigin)}-in-use`,
        "something else"
      ]
      for (const name of names) writeFileSync(join(root, name), "half")
      yield* withArtifacts(root, () => Effect.void)
      assert.sameMembers([...filesIn(root)], names.slice(2))
    })
  )

  it.live("given a root that cannot be made, then opening fails as not writable and says where", () =>
    Effect.gen(function* () {
      const file = join(yield* folderOf, "file")
      writeFileSync(file, "")
      const failure = yield* Effect.flip(withArtifacts(join(file, "blobs"), () => Effect.void))
      assert.strictEqual(failure.reason, "not-writable")
      assert.include(failure.message, file)
    })
  )

  it.live("given a place that cannot be written, then storing fails and leaves nothing behind", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const hash = hashOf(bytesOf("weights"))
      writeFileSync(join(root, hash.slice(0, 2)), "a file where a folder should be")
      const failure = yield* Effect.flip(withArtifacts(root, ({ store }) => store(bytesOf("weights"))))
      assert.strictEqual(failure._tag, "ArtifactUnwritable")
      assert.include(failure.message, root)
      assert.deepEqual(filesIn(root), [hash.slice(0, 2)])
    })
  )

  it.live("given files that may not grow so large, then storing fails as full and leaves nothing behind", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const program = `
        const { Effect } = await import("effect")
        const { Artifacts } = await import(${JSON.stringify(join(import.meta.dirname, "../../learning/artifacts.ts"))})
        const { layerLocal } = await import(${JSON.stringify(join(import.meta.dirname, "local.ts"))})
        const store = Effect.flatMap(Artifacts, ({ store }) => store(new Uint8Array(5_000_000)))
        const failure = await Effect.runPromise(Effect.flip(Effect.provide(store, layerLocal(${JSON.stringify(root)}))))
        console.log(failure.reason)`
      const node = [process.execPath, "--input-type=module", "-e", program]
      const limited = spawnSync("/bin/sh", ["-c", 'ulimit -f 2000; exec "$@"', "sh", ...node], { encoding: "utf8" })
      assert.strictEqual(limited.stdout.trim(), "full", limited.stderr)
      assert.deepEqual(filesIn(root), [])
    })
  )
})
