import { spawnSync } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { request } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { topics } from "../../schemas/catalogue.ts"
import { EventLog } from "../log/event-log.ts"
import { layerMemory } from "../log/memory.ts"
import { draftOf } from "../stream/deliver.ts"
import { vocabulary } from "./fabricated/names.ts"
import { fabricatedRun } from "./fabricated/run.ts"
import { historyFolder } from "./folder.ts"
import { History } from "./history.ts"
import { answerSomehow, querySomehow, serveLive } from "./live.ts"

const events = fabricatedRun({ runId: "run-1", steps: 1, samples: 4, shards: 2, cohorts: 1, longest: 5 })

const dataDir = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "onefold-live-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const Live = Schema.fromJsonString(Schema.Struct({ pid: Schema.Int, port: Schema.Int, token: Schema.String }))

const liveOf = (path: string) => Schema.decodeSync(Live)(readFileSync(join(path, "live.json"), "utf8"))

/** A run that is live in a data folder: its events are in the log, its history is being asked. */
const live = <A, E, R>(path: string, use: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    yield* log.createTopics(topics)
    const { drain } = yield* (yield* History).follow({ runId: "run-1", vocabulary, from: [] })
    yield* serveLive(path)
    yield* log.append(events.map(draftOf))
    yield* drain
    return yield* use
  }).pipe(Effect.scoped, Effect.provide(History.layer(historyFolder(path))), Effect.provide(layerMemory))

interface Sent {
  readonly host?: string
  readonly token?: string
  readonly origin?: string
  readonly method?: string
  readonly path?: string
  readonly body?: string
}

/** The status of an answer to a request that is right but for what is given. */
const statusOf = (path: string, sent: Sent) =>
  Effect.promise(() => {
    const { port, token } = liveOf(path)
    const headers = {
      host: sent.host ?? `127.0.0.1:${port}`,
      authorization: `Bearer ${sent.token ?? token}`,
      ...(sent.origin === undefined ? {} : { origin: sent.origin })
    }
    return new Promise<number | undefined>((resolve, reject) => {
      const outgoing = request(
        { host: "127.0.0.1", port, path: sent.path ?? "/sql", method: sent.method ?? "POST", headers },
        (answer) => {
          answer.resume()
          resolve(answer.statusCode)
        }
      )
      outgoing.once("error", reject)
      outgoing.end(sent.body ?? JSON.stringify({ sql: "SELECT 1", format: "json" }))
    })
  })

const count = "SELECT count() AS rows FROM rollouts"

describe("a question while a run is live", () => {
  it.effect("is answered by the process that owns the history", () =>
    Effect.gen(function* () {
      const path = yield* dataDir
      yield* live(
        path,
        Effect.gen(function* () {
          assert.strictEqual(yield* querySomehow(path, count, "json"), '{"rows":4}\n')
          assert.strictEqual(yield* statusOf(path, {}), 200)
          const text = yield* querySomehow(path, "SELECT text FROM rollouts ORDER BY sample LIMIT 1 OFFSET 1", "json")
          const rollout = events.find((event) => event._tag === "RolloutGenerated" && event.sampleIndex === 1)
          assert.deepStrictEqual(JSON.parse(text), { text: rollout?._tag === "RolloutGenerated" ? rollout.text : "" })
        })
      )
    })
  )

  it.effect("is answered with its parameters, and as parquet, as the folder itself answers", () =>
    Effect.gen(function* () {
      const path = yield* dataDir
      const sql = "SELECT {name:String} AS name, count() AS rows FROM rollouts WHERE sample IN (1, {sample:UInt32})"
      const parameters = { name: "it's", sample: 2 }
      const both = Effect.gen(function* () {
        const json = yield* answerSomehow(path, { sql, format: "json", parameters })
        assert.strictEqual(new TextDecoder().decode(json), `{"name":"it's","rows":2}\n`)
        const parquet = yield* answerSomehow(path, { sql, format: "parquet", parameters })
        assert.strictEqual(new TextDecoder().decode(parquet.slice(-4)), "PAR1")
        return Buffer.from(parquet).toString("hex")
      })
      const owners = yield* live(path, both)
      assert.strictEqual(yield* both, owners)
    })
  )

  it.effect("that may not be asked is refused there too, in the same words", () =>
    Effect.gen(function* () {
      const path = yield* dataDir
      yield* live(
        path,
        Effect.gen(function* () {
          const error = yield* Effect.flip(querySomehow(path, "DROP TABLE rollouts", "json"))
          assert.strictEqual(error.reason, "refused")
          assert.include(error.message, "DROP is not a reading statement")
        })
      )
    })
  )

  it.effect("comes only from who may read the token, to this host, and from no web page", () =>
    Effect.gen(function* () {
      const path = yield* dataDir
      yield* live(
        path,
        Effect.gen(function* () {
          assert.strictEqual(statSync(join(path, "live.json")).mode & 0o777, 0o600)
          assert.strictEqual(yield* statusOf(path, { token: "guess" }), 401)
          assert.strictEqual(yield* statusOf(path, { token: "" }), 401)
          assert.strictEqual(yield* statusOf(path, { host: "evil.example" }), 421)
          assert.strictEqual(yield* statusOf(path, { host: "127.0.0.1" }), 421)
          assert.strictEqual(yield* statusOf(path, { origin: "https://evil.example" }), 403)
          assert.strictEqual(yield* statusOf(path, { origin: "null" }), 403)
          assert.strictEqual(yield* statusOf(path, { method: "GET", body: "" }), 405)
          assert.strictEqual(yield* statusOf(path, { path: "/" }), 404)
          assert.strictEqual(yield* statusOf(path, { body: "{}" }), 400)
          assert.strictEqual(yield* statusOf(path, { body: `{"sql":"SELECT 1","format":"xml"}` }), 400)
          assert.strictEqual(yield* statusOf(path, { body: "x".repeat(1024 * 1024 + 1) }), 413)
        })
      )
    })
  )

  it.effect("is answered from the folder once the run has ended, and the token is gone", () =>
    Effect.gen(function* () {
      const path = yield* dataDir
      yield* live(path, Effect.void)
      assert.isFalse(existsSync(join(path, "live.json")))
      assert.strictEqual(yield* querySomehow(path, count, "csv"), '"rows"\n4\n')
    })
  )

  it.effect("is answered from the folder when the owner was killed and left its token behind", () =>
    Effect.gen(function* () {
      const path = yield* dataDir
      yield* live(path, Effect.void)
      const { pid } = spawnSync(process.execPath, ["-e", ""])
      writeFileSync(join(path, "live.json"), JSON.stringify({ pid, port: 1, token: "old" }))
      assert.strictEqual(yield* querySomehow(path, count, "csv"), '"rows"\n4\n')
      // A number used again: the process lives, but does not answer.
      writeFileSync(join(path, "live.json"), JSON.stringify({ pid: process.pid, port: 1, token: "old" }))
      assert.strictEqual(yield* querySomehow(path, count, "csv"), '"rows"\n4\n')
    })
  )

  it.effect("about a folder without a history makes none", () =>
    Effect.gen(function* () {
      const path = yield* dataDir
      assert.strictEqual((yield* Effect.flip(querySomehow(path, count, "csv"))).reason, "missing")
      assert.isFalse(existsSync(historyFolder(path)))
    })
  )
})
