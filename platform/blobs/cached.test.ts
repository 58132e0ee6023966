import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { artifactsContract, bytesOf, Damage, damageContract, hashOf } from "../../learning/artifacts.contract.ts"
import { Artifacts, ArtifactUnwritable } from "../../learning/artifacts.ts"
import { memoryArtifacts } from "../../learning/artifacts-memory.ts"
import { CacheShelf } from "./cache-shelf.ts"
import { cachedIn } from "./cached.ts"
import { layerLocal, pathIn } from "./local.ts"
import { logged } from "./logged.fixture.ts"

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-cache-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

/** Far artifacts that say what was loaded from them. */
const farAway = Effect.gen(function* () {
  const { has, load, remove, store } = Context.get(yield* Layer.build(memoryArtifacts(1000)), Artifacts)
  const loads: Array<string> = []
  const counted = (hash: string) =>
    Effect.andThen(
      Effect.sync(() => loads.push(hash)),
      Effect.andThen(Effect.yieldNow, load(hash))
    )
  const artifacts = Artifacts.of({ has, remove, store, load: counted })
  return { loads, artifacts, layer: Layer.succeed(Artifacts, artifacts) }
})

const opened = <A, E, R>(
  folder: string,
  bytes: number,
  far: Layer.Layer<Artifacts>,
  work: (artifacts: Artifacts["Service"]) => Effect.Effect<A, E, R>
) => Effect.provide(Effect.flatMap(Artifacts, work), cachedIn(folder, { bytes })(far))

/** A hundred bytes each, all different. */
const hundred = (which: number): Uint8Array => new Uint8Array(100).fill(which)
const five = [0, 1, 2, 3, 4].map((which) => ({ bytes: hundred(which), hash: hashOf(hundred(which)) }))

const keptIn = (folder: string): ReadonlyArray<number> =>
  five.flatMap(({ hash }, which) => (existsSync(pathIn(folder, hash)) ? [which] : []))

describe("artifacts behind a cache", () => {
  const cached = Layer.unwrap(
    Effect.gen(function* () {
      const folder = yield* folderOf
      const far = join(folder, "far")
      const both = Layer.succeed(Damage, {
        replace: (hash, bytes) =>
          Effect.sync(() => {
            for (const root of [join(folder, "near"), far]) writeFileSync(pathIn(root, hash), bytes)
          })
      })
      return Layer.merge(cachedIn(join(folder, "near"), { bytes: 1_000_000_000 })(layerLocal(far)), both)
    })
  )
  artifactsContract(cached)
  damageContract(cached)

  it.live("given what was stored or loaded here, then it is not loaded from afar again, nor after a restart", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { artifacts, layer, loads } = yield* farAway
      const elsewhere = yield* artifacts.store(bytesOf("stored by another"))
      const here = yield* opened(folder, 1000, layer, ({ load, store }) =>
        Effect.andThen(load(elsewhere), Effect.tap(store(bytesOf("stored here")), load))
      )
      assert.isTrue(yield* artifacts.has(here))
      yield* opened(folder, 1000, layer, ({ load }) => Effect.all([load(elsewhere), load(here)]))
      assert.deepEqual(loads, [elsewhere])
    })
  )

  it.live("given many loads of one hash at once, then it is fetched once", () =>
    Effect.gen(function* () {
      const { artifacts, layer, loads } = yield* farAway
      const hash = yield* artifacts.store(bytesOf("weights"))
      const all = yield* opened(yield* folderOf, 1000, layer, ({ load }) =>
        Effect.all(
          Array.from({ length: 20 }, () => load(hash)),
          { concurrency: "unbounded" }
        )
      )
      for (const each of all) assert.deepEqual(each, bytesOf("weights"))
      assert.deepEqual(loads, [hash])
    })
  )

  it.live("given a damaged file in the cache, then that is said, and it is fetched again", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { layer, loads } = yield* farAway
      const { layer: logger, lines } = logged()
      yield* opened(folder, 1000, layer, ({ load, store }) =>
        Effect.gen(function* () {
          const hash = yield* store(bytesOf("weights"))
          writeFileSync(pathIn(folder, hash), "weighty")
          assert.deepEqual(yield* load(hash), bytesOf("weights"))
          assert.deepEqual(yield* load(hash), bytesOf("weights"))
          assert.deepEqual(loads, [hash])
          assert.match(
            lines.join("\n"),
            new RegExp(`^Warn ${folder}.*${hash}.*\\(hash-mismatch\\), and is fetched again$`)
          )
        })
      ).pipe(Effect.provide(logger))
    })
  )

  it.live("given what is removed, then it is gone here and far away", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { artifacts, layer } = yield* farAway
      yield* opened(folder, 1000, layer, ({ remove, store }) => Effect.flatMap(store(five[0].bytes), remove))
      assert.deepEqual(keptIn(folder), [])
      assert.isFalse(yield* artifacts.has(five[0].hash))
    })
  )
})

describe("the bound of a cache", () => {
  it.live("given more bytes than may stay, then what was used last stays, and the rest comes from afar", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { layer, loads } = yield* farAway
      yield* opened(folder, 300, layer, ({ load, store }) =>
        Effect.gen(function* () {
          for (const { bytes } of five.slice(0, 3)) yield* store(bytes)
          assert.deepEqual(keptIn(folder), [0, 1, 2])
          yield* load(five[0].hash)
          yield* store(five[3].bytes)
          assert.deepEqual(keptIn(folder), [0, 2, 3])
          assert.deepEqual(yield* load(five[1].hash), five[1].bytes)
          assert.deepEqual(keptIn(folder), [0, 1, 3])
          assert.deepEqual(loads, [five[1].hash])
        })
      )
    })
  )

  it.live("given a restart with less room, then what was used last before it stays", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { layer } = yield* farAway
      yield* opened(folder, 500, layer, ({ store }) => Effect.forEach(five, ({ bytes }) => store(bytes)))
      const now = Date.now() / 1000
      for (const [at, which] of [3, 0, 4, 1, 2].entries()) {
        utimesSync(pathIn(folder, five[which].hash), now, now - 1000 + at)
      }
      yield* opened(folder, 250, layer, () => Effect.void)
      assert.deepEqual(keptIn(folder), [1, 2])
    })
  )

  it.live("given an artifact larger than the bound, then it passes through and pushes nothing out", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { layer } = yield* farAway
      yield* opened(folder, 300, layer, ({ load, store }) =>
        Effect.gen(function* () {
          yield* store(five[0].bytes)
          const large = yield* store(new Uint8Array(301))
          assert.lengthOf(yield* load(large), 301)
          assert.deepEqual(keptIn(folder), [0])
          assert.isFalse(existsSync(pathIn(folder, large)))
        })
      )
    })
  )

  it.live("given readers of more than may stay, all at once, then each reads what it asked for", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { artifacts, layer } = yield* farAway
      for (const { bytes } of five) yield* artifacts.store(bytes)
      const asked = Array.from({ length: 200 }, (_, at) => five[(at * 7) % 5])
      yield* opened(folder, 150, layer, ({ load }) =>
        Effect.forEach(asked, ({ bytes, hash }) => Effect.map(load(hash), (read) => assert.deepEqual(read, bytes)), {
          concurrency: 20
        })
      )
      assert.isAtMost(keptIn(folder).length, 1)
    })
  )

  it.live("given one that is being read, then it stays though it is the oldest, and the next one goes", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { layer } = yield* farAway
      yield* opened(folder, 300, layer, ({ store }) => Effect.forEach(five.slice(0, 3), ({ bytes }) => store(bytes)))
      const shelf = new CacheShelf(folder, 200)
      yield* shelf.holding(five[0].hash, shelf.makeRoom)
      assert.deepEqual(keptIn(folder), [0, 2])
    })
  )

  it.live("given many stores at once, then no more than may stay are left", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { layer } = yield* farAway
      yield* opened(folder, 200, layer, ({ store }) =>
        Effect.forEach(five, ({ bytes }) => store(bytes), { concurrency: "unbounded" })
      )
      assert.isAtMost(keptIn(folder).length, 2)
    })
  )

  it.live("given a file that is no artifact, then it neither counts nor goes", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { layer } = yield* farAway
      writeFileSync(join(folder, "notes"), new Uint8Array(1000))
      yield* opened(folder, 300, layer, ({ store }) => store(five[0].bytes))
      assert.deepEqual(keptIn(folder), [0])
      assert.include(readdirSync(folder), "notes")
    })
  )
})

describe("a cache that fails", () => {
  it.live("given files that cannot be written, then it is said once, and all is stored and read afar", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { artifacts, layer } = yield* farAway
      const { layer: logger, lines } = logged()
      for (const { hash } of five) {
        const place = join(folder, hash.slice(0, 2))
        if (!existsSync(place)) writeFileSync(place, "a file where a folder should be")
      }
      yield* opened(folder, 1000, layer, ({ load, store }) =>
        Effect.forEach(five, ({ bytes }) => Effect.flatMap(store(bytes), load))
      ).pipe(Effect.provide(logger))
      for (const { hash } of five) assert.isTrue(yield* artifacts.has(hash))
      assert.lengthOf(
        lines.filter((line) => line.includes("cannot be written")),
        1
      )
    })
  )

  it.live("given artifacts that cannot be stored afar, then that fails, and they are not kept here either", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { artifacts } = yield* farAway
      const full = new ArtifactUnwritable({ place: "afar", reason: "full", detail: "no room" })
      const refusing = Layer.succeed(Artifacts, { ...artifacts, store: () => Effect.fail(full) })
      const failure = yield* Effect.flip(opened(folder, 1000, refusing, ({ store }) => store(five[0].bytes)))
      assert.strictEqual(failure, full)
      assert.deepEqual(keptIn(folder), [])
    })
  )

  it.live("given a folder in the place of a file, then the bytes come from afar", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const { artifacts, layer } = yield* farAway
      const { layer: logger } = logged()
      const hash = yield* artifacts.store(five[0].bytes)
      mkdirSync(pathIn(folder, hash), { recursive: true })
      const read = yield* opened(folder, 1000, layer, ({ load }) => load(hash)).pipe(Effect.provide(logger))
      assert.deepEqual(read, five[0].bytes)
    })
  )
})
