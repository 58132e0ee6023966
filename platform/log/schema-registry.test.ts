/**
 * The schema registry by itself: what is registered, what is refused, what is waited for. Against a real registry; skipped,
 * aloud, where there is no Java; with CI=true that is a failure.
 */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Logger, Redacted } from "effect"
import { type LocalRegistry, startRegistry } from "../../deploy/local/registry.ts"
import { describeOver } from "../../deploy/local/servers.fixture.ts"
import { eventSchemas } from "./event-schemas.ts"
import { addressOf } from "./registry-connection.ts"
import { emptyRegistry, holdTo, RegistryDoor, registerAs } from "./registry-door.fixture.ts"
import { connectRegistry } from "./schema-registry.ts"

const password = "correct-horse"

/** Does something, and what was logged meanwhile: each line is told to `heard`. */
const listening = <A, E, R>(work: Effect.Effect<A, E, R>, heard: (line: string) => void) =>
  work.pipe(Effect.provide(Logger.layer([Logger.make(({ message }) => heard(String(message)))])))

await describeOver("the schema registry", startRegistry(), (registry) => {
  registering(registry)
  waiting(registry)
})

/** An empty registry behind a door that is open. */
function doorTo({ url }: LocalRegistry) {
  return Effect.acquireRelease(
    Effect.promise(async () => {
      await emptyRegistry(url)
      const door = new RegistryDoor(url)
      await door.open()
      return door
    }),
    (door) => Effect.promise(() => door.shut())
  )
}

function registering(registry: LocalRegistry): void {
  describe("registering", () => {
    it.live(
      "given an empty registry, then each version is registered, in order, and a second start writes nothing",
      () =>
        Effect.gen(function* () {
          const door = yield* doorTo(registry)
          yield* Effect.scoped(connectRegistry({ url: door.url }))
          const versions = yield* Effect.promise(async () =>
            (await fetch(`${registry.url}/subjects/onefold.events.RolloutGenerated/versions`)).json()
          )
          assert.deepStrictEqual(versions, [1, 2])
          assert.lengthOf(
            door.writes().filter((write) => write.startsWith("POST")),
            eventSchemas.length
          )
          yield* Effect.scoped(connectRegistry({ url: `${door.url}/` }))
          assert.deepStrictEqual(door.writes(), [])
        })
    )

    it.live("given several first starts at once, then all get the same ids", () =>
      Effect.gen(function* () {
        const door = yield* doorTo(registry)
        const start = connectRegistry({ url: door.url })
        const all = yield* Effect.all([start, start, start], { concurrency: "unbounded" })
        const sent = all.map(({ outgoing }) => eventSchemas.map(({ id }) => [...outgoing(headerOf(id))]))
        assert.deepStrictEqual(sent[1], sent[0])
        assert.deepStrictEqual(sent[2], sent[0])
        assert.lengthOf(new Set(sent[0].map(String)), eventSchemas.length)
      }).pipe(Effect.scoped)
    )

    it.live("given another schema under a name of ours, then the refusal says which, why and what to do", () =>
      Effect.gen(function* () {
        const door = yield* doorTo(registry)
        const subject = "onefold.events.RunPaused"
        const fields = [{ name: "runId", type: "int" }]
        const other = { type: "record", name: "RunPaused", namespace: "onefold.events", fields }
        yield* Effect.promise(async () => {
          await registerAs(registry.url, subject, other)
          await holdTo(registry.url, subject, "BACKWARD")
        })
        const refusal = yield* Effect.flip(connectRegistry({ url: door.url }))
        assert.strictEqual(refusal.reason, "incompatible")
        for (const part of [
          door.url,
          subject,
          "version 1",
          "Incompatible artifact",
          "STRING not compatible with writer type: INT"
        ])
          assert.include(refusal.message, part)
        assert.match(refusal.next, /^Look at what the subject holds/)
      }).pipe(Effect.scoped)
    )

    it.live("given a subject that its owner holds to more, then its level stays", () =>
      Effect.gen(function* () {
        const door = yield* doorTo(registry)
        const subject = "onefold.events.RunPaused"
        const schema = eventSchemas.find(({ tag }) => tag === "RunPaused")?.text ?? ""
        yield* Effect.promise(async () => {
          await registerAs(registry.url, subject, { ...JSON.parse(schema), doc: "In other words." })
          await holdTo(registry.url, subject, "FULL")
        })
        yield* connectRegistry({ url: door.url })
        const level = yield* Effect.promise(async () => (await fetch(`${registry.url}/config/${subject}`)).json())
        assert.deepStrictEqual(level, { compatibilityLevel: "FULL" })
      }).pipe(Effect.scoped)
    )
  })
}

const headerOf = (id: number): Uint8Array => Uint8Array.of(0, 0, 0, id >> 8, id & 0xff)

function waiting(registry: LocalRegistry): void {
  describe("a registry that does not answer", () => {
    it.live("given that it comes, then it is waited for, which is said once", () =>
      Effect.gen(function* () {
        const door = yield* doorTo(registry)
        yield* Effect.promise(() => door.shut())
        const lines: Array<string> = []
        const warned = yield* Deferred.make<void>()
        const connecting = yield* listening(connectRegistry({ url: door.url }), (line) => {
          lines.push(line)
          Deferred.doneUnsafe(warned, Effect.void)
        }).pipe(Effect.forkChild)
        yield* Deferred.await(warned)
        yield* Effect.promise(() => door.open())
        yield* Fiber.join(connecting)
        assert.lengthOf(lines, 2)
        assert.include(lines[0], `waiting for schema registry ${door.url}, for up to 10m: `)
        assert.include(lines[0], "ECONNREFUSED")
        assert.strictEqual(lines[1], `schema registry ${door.url} answers`)
      }).pipe(Effect.scoped)
    )

    it.live("given that it does not come, then the log is unavailable", () =>
      Effect.gen(function* () {
        const door = yield* doorTo(registry)
        yield* Effect.promise(() => door.shut())
        const lines: Array<string> = []
        const fault = yield* listening(Effect.flip(connectRegistry({ url: door.url, patience: "1 second" })), (line) =>
          lines.push(line)
        )
        assert.strictEqual(fault.reason, "unavailable")
        assert.lengthOf(lines, 1, "it was asked several times, and one warning is enough")
        for (const part of [door.url, "ECONNREFUSED"]) assert.include(fault.message, part)
      }).pipe(Effect.scoped)
    )
  })

  describe("a registry that asks for a password", () => {
    it.live("given the right one, then it answers; given a wrong one, then it refuses, and nothing repeats it", () =>
      Effect.gen(function* () {
        const door = yield* doorTo(registry)
        door.key = `onefold:${password}`
        yield* connectRegistry({ url: door.url, user: "onefold", password: Redacted.make(password) })
        door.key = "onefold:another"
        const lines: Array<string> = []
        const refusal = yield* listening(
          Effect.flip(connectRegistry({ url: door.url, user: "onefold", password: Redacted.make(password) })),
          (line) => lines.push(line)
        )
        assert.strictEqual(refusal.reason, "refused")
        assert.include(refusal.message, "Unauthorized")
        const encoded = Buffer.from(`onefold:${password}`).toString("base64")
        for (const text of [refusal.message, JSON.stringify(refusal), String(refusal.stack), ...lines]) {
          assert.notInclude(text, password)
          assert.notInclude(text, encoded)
        }
      }).pipe(Effect.scoped)
    )
  })

  it.live("given an address where something else answers, then it is refused, and the address is to be checked", () =>
    Effect.gen(function* () {
      const door = yield* doorTo(registry)
      const url = door.url.replace("/apis/ccompat/v7", "/elsewhere")
      const refusal = yield* Effect.flip(connectRegistry({ url }))
      assert.strictEqual(refusal.reason, "refused")
      assert.match(refusal.next, /^Check the address/)
    }).pipe(Effect.scoped)
  )
}

describe("a registry's address", () => {
  it.each([
    ["https://registry:8081/", "https://registry:8081"],
    ["http://localhost:8081/apis/ccompat/v7", "http://localhost:8081/apis/ccompat/v7"],
    ["http://127.0.0.1:8081", "http://127.0.0.1:8081"],
    ["http://[::1]:8081", "http://[::1]:8081"]
  ])("%s is taken", (url, taken) => {
    assert.strictEqual(addressOf({ url }), taken)
  })

  it.each([
    ["http://registry:8081", /unencrypted/],
    ["http://127.0.0.1.example:8081", /unencrypted/],
    ["registry:8081", /no http or https address/],
    ["no address", /no http or https address/],
    [`https://onefold:${password}@registry`, /holds a user or a password/],
    [`https://registry/?key=${password}`, /more than a path/]
  ])("%s is refused", (url, why) => {
    const refusal = addressOf({ url })
    assert(typeof refusal !== "string")
    assert.strictEqual(refusal.reason, "refused")
    assert.match(refusal.message, why)
    assert.notInclude(refusal.message, password)
  })

  it("over plain http is taken where that is allowed", () => {
    assert.strictEqual(addressOf({ url: "http://registry:8081", plaintext: true }), "http://registry:8081")
  })
})
