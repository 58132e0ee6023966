/**
 * An S3 server that is away, silent, busy or of another mind: what is waited for, what fails at once, and what is said. The
 * real server where it can be had; for what that is too healthy to say, one that follows a script.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Logger } from "effect"
import { s3MockJar, startS3Mock } from "../../deploy/local/s3mock.ts"
import { isSkipped, running } from "../../deploy/local/servers.fixture.ts"
import { bytesOf, hashOf } from "../../learning/artifacts.contract.ts"
import { Artifacts } from "../../learning/artifacts.ts"
import { logged } from "./logged.fixture.ts"
import { silence } from "./proxy.fixture.ts"
import { keyId, placeOn, secretKey, sessionToken } from "./s3.fixture.ts"
import { layerS3, type S3Place } from "./s3.ts"
import { type Answer, scriptedS3 } from "./scripted-s3.fixture.ts"

const isWithout = isSkipped("an S3 server that goes and comes back", s3MockJar())

const withArtifacts = <A, E, R>(place: S3Place, work: (artifacts: Artifacts["Service"]) => Effect.Effect<A, E, R>) =>
  Effect.provide(Effect.flatMap(Artifacts, work), layerS3(place))

const script = (answers: ReadonlyArray<Answer>) =>
  Effect.acquireRelease(
    Effect.promise(() => scriptedS3(answers)),
    (server) => Effect.promise(() => server.stop())
  )

const silent = Effect.acquireRelease(Effect.promise(silence), (way) => Effect.promise(() => way.close()))

const hash = hashOf(bytesOf("weights"))
const there: Answer = { status: 200 }
const impatient = { patience: "1 seconds", answerWithin: "300 millis" } as const

describe.skipIf(isWithout)("a server that goes and comes back", () => {
  it.live("given it is away for a while, then what is asked of it waits, says so once, and goes on", () =>
    Effect.gen(function* () {
      const dir = mkdtempSync(join(tmpdir(), "onefold-s3-outage-"))
      yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(dir, { recursive: true })))
      const first = running(yield* Effect.promise(() => startS3Mock({ dir })))
      const place = placeOn(first.endpoint)
      const waits = yield* Deferred.make<void>()
      const lines: Array<string> = []
      const logger = Logger.make(({ logLevel, message }) => {
        lines.push(`${logLevel} ${String(message)}`)
        Deferred.doneUnsafe(waits, Effect.void)
      })
      yield* withArtifacts(place, ({ load, store }) =>
        Effect.gen(function* () {
          const kept = yield* store(bytesOf("kept"))
          yield* Effect.promise(() => first.stop())
          const work = Effect.all([load(kept), store(bytesOf("new")), load(kept)], { concurrency: 3 })
          const working = yield* Effect.forkChild(work)
          yield* Deferred.await(waits)
          const port = Number(new URL(first.endpoint).port)
          const second = running(yield* Effect.promise(() => startS3Mock({ dir, port })))
          yield* Effect.addFinalizer(() => Effect.promise(() => second.stop()))
          const [loaded, fresh] = yield* Fiber.join(working)
          assert.deepEqual(loaded, bytesOf("kept"))
          assert.deepEqual(yield* load(fresh), bytesOf("new"))
        })
      ).pipe(Effect.provide(Logger.layer([logger])))
      assert.lengthOf(lines, 2)
      assert.match(lines[0], /^Warn waiting for s3:\/\/onefold at http:\/\/127.*, for 10m at most: EC/)
      assert.match(lines[1], /^Info s3:\/\/onefold at .* answers again$/)
    })
  )
})

describe("what passes", () => {
  it.live.each([
    { status: 503, code: "SlowDown", message: "Please reduce your request rate." },
    { status: 500, code: "InternalError" },
    { status: 429, code: "TooManyRequests" },
    { status: 400, code: "RequestTimeout" },
    { status: 200, body: "weig", length: 7 }
  ] as const)("given the answer %j, then it is asked again", (answer) =>
    Effect.gen(function* () {
      const server = yield* script([there, answer, answer, { status: 200, body: "weights" }])
      const { layer, lines } = logged()
      const loaded = yield* withArtifacts(placeOn(server.endpoint), ({ load }) => load(hash)).pipe(
        Effect.provide(layer)
      )
      assert.deepEqual(loaded, bytesOf("weights"))
      assert.lengthOf(server.asked, 4)
      assert.lengthOf(
        lines.filter((line) => line.startsWith("Warn")),
        1
      )
    })
  )

  it.live("given a server that takes connections and never answers, then the time-out says so, and what to do", () =>
    Effect.gen(function* () {
      const way = yield* silent
      const { layer, lines } = logged()
      const failure = yield* withArtifacts(placeOn(way.endpoint, impatient), () => Effect.void).pipe(
        Effect.flip,
        Effect.provide(layer)
      )
      assert.strictEqual(failure.reason, "io")
      assert.match(failure.message, /no answer in 1s: see whether the server runs.*no answer to one request in 300ms/)
      assert.isAbove(way.connections(), 1)
      assert.lengthOf(lines, 1)
    })
  )

  it.live("given patience that is used up, then reading and writing fail as io and name the artifact", () =>
    Effect.gen(function* () {
      const server = yield* script([there, { status: 503, code: "SlowDown" }])
      const { layer } = logged()
      yield* withArtifacts(placeOn(server.endpoint, impatient), ({ has, load, store }) =>
        Effect.gen(function* () {
          const unread = yield* Effect.flip(load(hash))
          assert.deepInclude(unread, { _tag: "ArtifactUnreadable", reason: "io", hash })
          assert.include(unread.message, "start again")
          assert.strictEqual((yield* Effect.flip(has(hash))).reason, "io")
          const unwritten = yield* Effect.flip(store(bytesOf("weights")))
          assert.deepInclude(unwritten, { _tag: "ArtifactUnwritable", reason: "io" })
          assert.include(unwritten.place, hash)
        })
      ).pipe(Effect.provide(layer))
    })
  )
})

describe("a removal that takes its time", () => {
  it.live("given a store of the same bytes meanwhile, then that waits for it, and writes them again", () =>
    Effect.gen(function* () {
      const server = yield* script([there, { status: 204, isSlow: true }, { status: 404 }, there])
      yield* withArtifacts(placeOn(server.endpoint), ({ remove, store }) =>
        Effect.all([remove(hash), store(bytesOf("weights"))], { concurrency: "unbounded" })
      )
      assert.deepEqual(
        server.asked.map((asked) => asked.split(" ")[0]),
        ["HEAD", "DELETE", "HEAD", "PUT"]
      )
      assert.strictEqual(server.mostAtOnce(), 1)
    })
  )
})

describe("what does not pass", () => {
  it.live.each([
    { answer: { status: 403 }, reason: "not-writable", says: /access is denied.*s3:ListBucket/ },
    { answer: { status: 404 }, reason: "io", says: /there is no such bucket/ },
    { answer: { status: 301 }, reason: "io", says: /another region: set AWS_REGION/ },
    { answer: { status: 400 }, reason: "io", says: /check AWS_REGION and the credentials/ }
  ] as const)(
    "given $answer when it is opened, then that fails at once and says what to do",
    ({ answer, reason, says }) =>
      Effect.gen(function* () {
        const server = yield* script([answer])
        const failure = yield* Effect.flip(withArtifacts(placeOn(server.endpoint), () => Effect.void))
        assert.strictEqual(failure.reason, reason)
        assert.match(failure.message, says)
        assert.lengthOf(server.asked, 1)
      })
  )

  it.live.each([
    { answer: { status: 403, code: "AccessDenied" }, reason: "not-writable", says: /access is denied/ },
    { answer: { status: 404, code: "NoSuchBucket" }, reason: "io", says: /there is no such bucket/ },
    { answer: { status: 507, code: "XMinioStorageFull" }, reason: "full", says: /no room left/ },
    { answer: { status: 501, code: "NotImplemented" }, reason: "io", says: /NotImplemented/ }
  ] as const)("given $answer to a store, then it fails at once as $reason", ({ answer, reason, says }) =>
    Effect.gen(function* () {
      const server = yield* script([there, { status: 404 }, answer])
      const place = placeOn(server.endpoint)
      const failure = yield* Effect.flip(withArtifacts(place, ({ store }) => store(bytesOf("weights"))))
      assert.strictEqual(failure.reason, reason)
      assert.match(failure.message, says)
      assert.deepEqual(
        server.asked.map((asked) => asked.split(" ")[0]),
        ["HEAD", "HEAD", "PUT"]
      )
    })
  )

  it.live(
    "given http to another machine, then it is refused before anything is sent, unless plain text is allowed",
    () =>
      Effect.gen(function* () {
        const place = placeOn("http://s3.invalid:9000", impatient)
        const refused = yield* Effect.flip(withArtifacts(place, () => Effect.void))
        assert.match(refused.message, /http:\/\/s3.invalid:9000 is not encrypted: use https/)
        const { layer, lines } = logged()
        const allowed = withArtifacts({ ...place, plaintext: true }, () => Effect.void)
        assert.strictEqual((yield* Effect.flip(allowed).pipe(Effect.provide(layer))).reason, "io")
        assert.match(lines.join(), /waiting for s3:\/\/onefold at http:\/\/s3.invalid:9000/)
      })
  )
})

describe("secrets", () => {
  it.live("given a server that repeats what it was sent, then no message and no log line does", () =>
    Effect.gen(function* () {
      const message = `do not know ${keyId} with ${secretKey} and ${sessionToken}`
      const server = yield* script([
        there,
        { status: 403, code: "SignatureDoesNotMatch", message },
        { status: 503, code: "SlowDown", message },
        { status: 503, code: "SlowDown", message }
      ])
      const { layer, lines } = logged()
      const failures = yield* withArtifacts(placeOn(server.endpoint, impatient), ({ load }) =>
        Effect.all([Effect.flip(load(hash)), Effect.flip(load(hash))])
      ).pipe(Effect.provide(layer))
      const said = [...lines, ...failures.map((failure) => `${failure.message} ${JSON.stringify(failure)}`)].join("\n")
      assert.include(said, "do not know … with …")
      assert.include(said, "SlowDown")
      for (const secret of [keyId, secretKey, sessionToken]) assert.notInclude(said, secret)
    })
  )

  it.live("given an endpoint with user and password, then it is refused and not repeated", () =>
    Effect.gen(function* () {
      const place = placeOn("https://somebody:pass-word@s3.example")
      const failure = yield* Effect.flip(withArtifacts(place, () => Effect.void))
      assert.match(failure.message, /do not belong into the endpoint/)
      assert.notInclude(`${failure.message} ${JSON.stringify(failure)}`, "pass-word")
    })
  )
})
