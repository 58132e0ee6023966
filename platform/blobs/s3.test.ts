/** Artifacts in a bucket of a real S3 server. Skipped, aloud, without Java. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { type LocalS3, s3MockJar, startS3Mock } from "../../deploy/local/s3mock.ts"
import { isSkipped, running } from "../../deploy/local/servers.fixture.ts"
import { artifactsContract, bytesOf, Damage, damageContract, hashOf } from "../../learning/artifacts.contract.ts"
import { Artifacts } from "../../learning/artifacts.ts"
import { cachedIn } from "./cached.ts"
import { pathIn } from "./local.ts"
import { logged } from "./logged.fixture.ts"
import { wayTo } from "./proxy.fixture.ts"
import { damageIn, keyOf, onServer, placeOn } from "./s3.fixture.ts"
import { layerS3, type S3Place } from "./s3.ts"

let server: LocalS3
const isWithout = isSkipped("artifacts in S3", s3MockJar())

const withArtifacts = <A, E>(place: S3Place, work: (artifacts: Artifacts["Service"]) => Effect.Effect<A, E>) =>
  Effect.provide(Effect.flatMap(Artifacts, work), layerS3(place))

const disturbed = Effect.acquireRelease(
  Effect.promise(() => wayTo(server.endpoint)),
  (way) => Effect.promise(() => way.close())
)

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-cache-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

/** Over S3, with a cache; what is damaged is damaged in both places. */
const cachedOnServer = Layer.unwrap(
  Effect.gen(function* () {
    const folder = yield* folderOf
    const place = placeOn(server.endpoint)
    const far = Context.get(yield* Layer.build(damageIn(place)), Damage)
    const both = Layer.succeed(Damage, {
      replace: (hash, bytes) =>
        Effect.andThen(
          Effect.sync(() => writeFileSync(pathIn(folder, hash), bytes)),
          far.replace(hash, bytes)
        )
    })
    return Layer.merge(cachedIn(folder, { bytes: 1_000_000_000 })(layerS3(place)), both)
  })
)

describe.skipIf(isWithout)("artifacts in S3", () => {
  beforeAll(async () => {
    server = running(await startS3Mock())
  })
  afterAll(() => server.stop())

  const inBucket = Layer.unwrap(Effect.sync(() => onServer(server.endpoint)))
  artifactsContract(inBucket)
  damageContract(inBucket)

  describe("behind a cache", () => {
    artifactsContract(cachedOnServer)
    damageContract(cachedOnServer)
  })

  it.live.each(["runs/of/mine", ""])("given the prefix %j, then an artifact's key is as the docs say", (prefix) =>
    Effect.gen(function* () {
      const place = placeOn(server.endpoint, { prefix })
      const bytes = bytesOf(`under the prefix ${prefix}`)
      const hash = yield* withArtifacts(place, ({ store }) => store(bytes))
      const key = `${prefix === "" ? "" : `${prefix}/`}${hash.slice(0, 2)}/${hash}.safetensors`
      const found = yield* Effect.promise(() => fetch(`${server.endpoint}/${server.bucket}/${key}`))
      assert.strictEqual(yield* Effect.promise(() => found.text()), `under the prefix ${prefix}`)
    })
  )

  it.live("given two that share a place, then each reads what the other stored, and one place is not another", () =>
    Effect.gen(function* () {
      const place = placeOn(server.endpoint)
      const hash = yield* withArtifacts(place, ({ store }) => store(bytesOf("weights")))
      assert.deepEqual(yield* withArtifacts(place, ({ load }) => load(hash)), bytesOf("weights"))
      assert.isFalse(yield* withArtifacts(placeOn(server.endpoint), ({ has }) => has(hash)))
    })
  )

  it.live("given bytes changed under their key, then loading names the key and what is to be done", () =>
    Effect.gen(function* () {
      const place = placeOn(server.endpoint)
      const failure = yield* Effect.gen(function* () {
        const { load, store } = yield* Artifacts
        const hash = yield* store(bytesOf("weights"))
        yield* (yield* Damage).replace(hash, bytesOf("wreckage"))
        return yield* Effect.flip(load(hash))
      }).pipe(Effect.provide(Layer.merge(layerS3(place), damageIn(place))))
      assert.strictEqual(failure.reason, "hash-mismatch")
      assert.include(failure.place, `s3://onefold/${keyOf(place, hashOf(bytesOf("weights")))}`)
      assert.include(failure.message, "restore it from a copy of the bucket")
    })
  )

  it.live("given an upload damaged on its way, then the server refuses it, and the next one is whole", () =>
    Effect.gen(function* () {
      const way = yield* disturbed
      const { layer, lines } = logged()
      const place = placeOn(way.endpoint)
      const bytes = new Uint8Array(3_000_000).fill(65)
      let damaged = 0
      const loaded = yield* withArtifacts(place, ({ load, store }) => {
        way.onTheWay((sent) => {
          const at = sent.indexOf("A".repeat(1000))
          if (damaged > 0 || at < 0) return sent
          damaged++
          sent[at + 500] ^= 1
          return sent
        })
        return Effect.flatMap(store(bytes), load)
      }).pipe(Effect.provide(layer))
      assert.strictEqual(damaged, 1)
      assert.strictEqual(Buffer.compare(loaded, bytes), 0)
      assert.match(lines.join("\n"), /Warn waiting for s3:\/\/onefold .*checksum/)
    })
  )

  it.live("given a bucket that is not there, then opening says so at once", () =>
    Effect.gen(function* () {
      const place = placeOn(server.endpoint, { bucket: "another-bucket" })
      const failure = yield* Effect.flip(withArtifacts(place, () => Effect.void))
      assert.strictEqual(failure._tag, "ArtifactUnwritable")
      assert.match(failure.message, /s3:\/\/another-bucket at http:\/\/127.*there is no such bucket: create it/)
    })
  )
})
