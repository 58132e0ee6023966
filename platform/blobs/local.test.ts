import { execFile, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { artifactsContract, bytesOf, Damage, damageContract, hashOf } from "../../learning/artifacts.contract.ts"
import { Artifacts } from "../../learning/artifacts.ts"
import { draftName } from "./draft.ts"
import { layerLocal, pathIn } from "./local.ts"

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-blobs-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const withArtifacts = <A, E>(root: string, work: (artifacts: Artifacts["Service"]) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(Artifacts, work), layerLocal(root))

/** Every file below a folder. */
const filesIn = (root: string): ReadonlyArray<string> =>
  readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => entry.name)

/** In a folder of the test's own, with the means to damage what lies there. */
const inFolder = Layer.unwrap(
  Effect.map(folderOf, (root) =>
    Layer.merge(
      layerLocal(root),
      Layer.succeed(Damage, {
        replace: (hash, bytes) => Effect.sync(() => writeFileSync(pathIn(root, hash), bytes))
      })
    )
  )
)

describe("artifacts in a folder", () => {
  artifactsContract(inFolder)
  damageContract(inFolder)

  it.live("given bytes, then they lie under their SHA-256 and come back, also after it is opened again", () =>
    Effect.gen(function* () {
      const root = join(yield* folderOf, "not", "there", "yet")
      const bytes = bytesOf("weights")
      const hash = yield* withArtifacts(root, ({ store }) => store(bytes))
      assert.strictEqual(hash, hashOf(bytes))
      assert.deepEqual(new Uint8Array(readFileSync(pathIn(root, hash))), bytes)
      assert.deepEqual(yield* withArtifacts(root, ({ load }) => load(hash)), bytes)
      assert.isTrue(yield* withArtifacts(root, ({ has }) => has(hash)))
      assert.isFalse(yield* withArtifacts(root, ({ has }) => has(hashOf(bytesOf("other")))))
    })
  )

  it.live("given the same bytes again, then the file is left as it is", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const hash = yield* withArtifacts(root, ({ store }) => store(bytesOf("weights")))
      const { ino } = statSync(pathIn(root, hash))
      yield* withArtifacts(root, ({ store }) => store(bytesOf("weights")))
      assert.strictEqual(statSync(pathIn(root, hash)).ino, ino)
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

describe("many processes in one folder", () => {
  it.live("given the same artifacts from each at once, then each reads all of them, and each file is there once", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const program = join(import.meta.dirname, "writer.child.ts")
      const run = () => promisify(execFile)(process.execPath, [program, root, "30"])
      const outputs = yield* Effect.promise(() => Promise.all(Array.from({ length: 4 }, run)))
      assert.deepEqual(
        outputs.map(({ stdout }) => stdout.trim()),
        ["30", "30", "30", "30"]
      )
      const expected = Array.from({ length: 30 }, (_, index) => hashOf(new Uint8Array(50_000).fill(index)))
      assert.sameMembers(
        [...filesIn(root)],
        expected.map((hash) => `${hash}.safetensors`)
      )
    })
  )
})

describe("removing artifacts", () => {
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

describe("a folder in the place of an artifact", () => {
  it.live("given it, then loading fails as unreadable, not as missing", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const hash = hashOf(bytesOf("never stored"))
      mkdirSync(pathIn(root, hash), { recursive: true })
      const failure = yield* Effect.flip(withArtifacts(root, ({ load }) => load(hash)))
      assert.deepInclude(failure, { reason: "io", hash })
    })
  )
})

describe("writing artifacts", () => {
  it.live(
    "given drafts of dead processes, then this machine's are removed; those of living ones and other machines stay",
    () =>
      Effect.gen(function* () {
        const root = yield* folderOf
        const dead = spawnSync(process.execPath, ["-e", ""]).pid
        const now = Math.round(performance.timeOrigin)
        const names = [
          draftName(dead, 1),
          draftName(process.pid, 1),
          draftName(process.ppid, 1),
          draftName(process.pid, now),
          draftName(dead, 1, "another-machine~1"),
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
