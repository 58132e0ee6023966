import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { ConfigProvider, Effect } from "effect"
import { bytesOf } from "../../learning/artifacts.contract.ts"
import { Artifacts } from "../../learning/artifacts.ts"
import { logged } from "./logged.fixture.ts"
import { blobsAt, parseBlobPlace } from "./place.ts"
import { scriptedS3 } from "./scripted-s3.fixture.ts"

const folderOf = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-place-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true }))
)

const inEnvironment = (env: Readonly<Record<string, string>>) =>
  Effect.provide(ConfigProvider.layer(ConfigProvider.fromEnv({ env })))

const none = { cache: null, plaintext: false }

/** Opens a place in an environment, for what it fails with. */
const failureAt = (place: string, env: Readonly<Record<string, string>> = {}) =>
  Effect.flip(Effect.provide(Effect.asVoid(Artifacts), blobsAt(place, none))).pipe(inEnvironment(env))

describe("where blobs lie", () => {
  it.effect.each([
    { place: "/data/blobs", parsed: { _tag: "Folder", path: "/data/blobs" } },
    { place: "runs/blobs", parsed: { _tag: "Folder", path: "runs/blobs" } },
    { place: "s3://onefold", parsed: { _tag: "S3", bucket: "onefold", prefix: "" } },
    { place: "s3://onefold/", parsed: { _tag: "S3", bucket: "onefold", prefix: "" } },
    { place: "s3://my.bucket-1/runs/of=mine/", parsed: { _tag: "S3", bucket: "my.bucket-1", prefix: "runs/of=mine" } }
  ] as const)("given $place, then it is understood", ({ parsed, place }) =>
    Effect.gen(function* () {
      assert.deepEqual(yield* parseBlobPlace(place), parsed)
    })
  )

  it.effect.each([
    { place: "", says: "no folder's path" },
    { place: "a\0b", says: "no folder's path" },
    { place: "gs://bucket/prefix", says: "gs:// is not known here" },
    { place: "https://s3.example/bucket", says: "https:// is not known here" },
    { place: "s3://", says: '"" is no name of a bucket' },
    { place: "s3://Upper/prefix", says: '"Upper" is no name of a bucket' },
    { place: "s3://ab", says: "no name of a bucket" },
    { place: "s3://bucket//prefix", says: '"" is no part of a prefix' },
    { place: "s3://bucket/../prefix", says: '".." is no part of a prefix' },
    { place: "s3://bucket/a b", says: '"a b" is no part of a prefix' },
    { place: "s3://bucket/prefix?x=1", says: "no part of a prefix" }
  ] as const)("given $place, then it is refused, and says what is wrong and what to give", ({ place, says }) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(parseBlobPlace(place))
      assert.strictEqual(failure._tag, "BlobPlaceInvalid")
      assert.include(failure.message, says)
      assert.notStrictEqual(failure.next, "")
    })
  )

  it.effect("given credentials in the place, then it is refused, and they are not repeated", () =>
    Effect.gen(function* () {
      const failure = yield* failureAt("s3://AKIAKEY:hush-hush@bucket/prefix")
      assert.include(failure.message, "Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY instead")
      for (const secret of ["AKIAKEY", "hush-hush"])
        assert.notInclude(`${failure.message}${JSON.stringify(failure)}`, secret)
    })
  )

  it.effect.each([
    { env: { ONEFOLD_S3_ENDPOINT: "somewhere" }, says: "no http or https address. Correct ONEFOLD_S3_ENDPOINT" },
    { env: { ONEFOLD_S3_ENDPOINT: "http://minio:9000" }, says: "http://minio:9000 is not encrypted" },
    { env: { AWS_ACCESS_KEY_ID: "AKIAKEY" }, says: "AWS_ACCESS_KEY_ID is set and AWS_SECRET_ACCESS_KEY is not" },
    { env: { AWS_SECRET_ACCESS_KEY: "hush" }, says: "AWS_SECRET_ACCESS_KEY is set and AWS_ACCESS_KEY_ID is not" }
  ] as const)("given $env, then the place is refused", ({ env, says }) =>
    Effect.gen(function* () {
      const failure = yield* failureAt("s3://bucket/prefix", env)
      assert.strictEqual(failure._tag, "BlobPlaceInvalid")
      assert.include(failure.message, says)
      assert.notInclude(failure.message, "hush")
    })
  )

  it.live("given a folder, then blobs lie in it, and no cache is made", () =>
    Effect.gen(function* () {
      const root = yield* folderOf
      const cache = { folder: join(root, "\0 cannot be made"), bytes: 1000 }
      const blobs = blobsAt(join(root, "blobs"), { cache, plaintext: false })
      const loaded = yield* Effect.flatMap(Artifacts, ({ load, store }) =>
        Effect.flatMap(store(bytesOf("weights")), load)
      ).pipe(Effect.provide(blobs), inEnvironment({}))
      assert.deepEqual(loaded, bytesOf("weights"))
    })
  )

  it.live("given a bucket on a server and a cache, then what was fetched once is not asked for again", () =>
    Effect.gen(function* () {
      const folder = yield* folderOf
      const server = yield* Effect.acquireRelease(
        Effect.promise(() => scriptedS3([{ status: 200 }, { status: 200, body: "abc" }])),
        ({ stop }) => Effect.promise(stop)
      )
      const hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
      const env = {
        ONEFOLD_S3_ENDPOINT: server.endpoint.replace("127.0.0.1", "localhost"),
        AWS_REGION: "",
        AWS_ACCESS_KEY_ID: "AKIAKEY",
        AWS_SECRET_ACCESS_KEY: "hush"
      }
      const blobs = blobsAt("s3://bucket/some/prefix", { cache: { folder, bytes: 1000 }, plaintext: false })
      const { layer } = logged()
      yield* Effect.flatMap(Artifacts, ({ load }) => Effect.all([load(hash), load(hash)])).pipe(
        Effect.provide(blobs),
        Effect.provide(layer),
        inEnvironment(env)
      )
      assert.deepEqual(server.asked, ["HEAD /bucket/", `GET /bucket/some/prefix/ba/${hash}.safetensors`])
    })
  )
})
