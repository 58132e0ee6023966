/**
 * The log over Kafka with a schema registry: a real broker and a real registry. Skipped, aloud, where there is no Java; with
 * CI=true that is a failure.
 */

import { assert, describe, it } from "@effect/vitest"
import { SchemaRegistry } from "@kafkajs/confluent-schema-registry"
import { Deferred, Effect, Fiber, Layer, Logger, Stream } from "effect"
import { startKafka } from "../../deploy/local/kafka.ts"
import { startRegistry } from "../../deploy/local/registry.ts"
import { describeOver, together } from "../../deploy/local/servers.fixture.ts"
import { eventTags, topics } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RunId } from "../../schemas/ids.ts"
import { draftOf } from "../stream/deliver.ts"
import { generated, graded } from "../stream/events.fixture.ts"
import { serveStage } from "../stream/serve.ts"
import { causeOf, type Stage } from "../stream/stage.ts"
import { decode, encode, payloadHash } from "./codec.ts"
import { readAll, topicOf } from "./contract.fixture.ts"
import { eventLogContract } from "./event-log.contract.ts"
import { EventLog } from "./event-log.ts"
import { eventSchemas } from "./event-schemas.ts"
import { layerKafka } from "./kafka.ts"
import { folderOf, withLog } from "./lmdb.fixture.ts"
import { RegistryDoor, registerAs } from "./registry-door.fixture.ts"

await describeOver(
  "the event log over Kafka with a schema registry",
  together(startKafka(), startRegistry()),
  ({ servers: [{ brokers }, { url }] }) => overBoth(brokers, url)
)

/** One event of each kind. */
const events = eventTags.map((tag) => goldenEvents[tag])

/** Writes to one partition of a topic of its own, and reads it. */
const writtenTo = (topic: string, values: ReadonlyArray<Uint8Array>) =>
  Effect.flatMap(EventLog, (log) => log.append(values.map((value) => ({ topic, key: "k", value }))))

const valuesIn = (topic: string) => Effect.map(readAll(topic), (read) => read.flat().map(({ value }) => value))

/** The same value under another schema id. */
const under = (id: number, value: Uint8Array): Uint8Array => {
  const copy = Buffer.from(value)
  copy.writeUInt32BE(id, 1)
  return new Uint8Array(copy)
}

/** Gives each rollout a grade. */
const grade = {
  name: "grade",
  consumes: ["RolloutGenerated"],
  maxBatch: 3,
  handle: (deliveries) =>
    Effect.succeed(
      deliveries.map((delivered) => graded({ runId: delivered.event.runId, causes: [causeOf(delivered)] }))
    )
} satisfies Stage<"RolloutGenerated", never, never>

/** Serves it until the first grade is there. */
const serveGrade = (runId: RunId) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const from = (yield* log.endOffsets("rollouts.graded")).map((offset, partition) => {
      return { topic: "rollouts.graded", partition, offset }
    })
    const first = Effect.scoped(Stream.runDrain(Stream.take(log.tail(["rollouts.graded"], from), 1)))
    yield* Effect.raceFirst(serveStage(grade, { runId, from: [] }), first)
  })

/** A schema of somebody else. */
const strange = { type: "record", name: "Strange", namespace: "else", fields: [{ name: "runId", type: "string" }] }

function overBoth(broker: string, url: string): void {
  const brokers = { brokers: [broker], clientId: "test" }
  const log = layerKafka({ ...brokers, registry: { url } })
  /** The same topics as they are, by the catalogue's ids or anybody's. */
  const plain = layerKafka(brokers)

  eventLogContract("Kafka with a schema registry", log, 4)

  describe("a topic of a log with a schema registry", () => {
    it.live("given every kind of event, then a consumer of the registry's own client reads them by its ids", () =>
      Effect.gen(function* () {
        const topic = yield* topicOf(1)
        yield* writtenTo(topic, events.map(encode))
        const raw = yield* Effect.provide(valuesIn(topic), plain)
        const independent = new SchemaRegistry({ host: url })
        for (const [i, event] of events.entries()) {
          const read: unknown = yield* Effect.promise(() => independent.decode(Buffer.from(raw[i])))
          assert(typeof read === "object" && read !== null)
          assert.sameMembers([...Object.keys(read), "_tag"], Object.keys(event))
          assert.deepInclude({ ...read }, { runId: event.runId })
          assert.notDeepEqual(raw[i], encode(event))
          assert.deepStrictEqual(raw[i].subarray(5), encode(event).subarray(5))
        }
      }).pipe(Effect.provide(log))
    )

    it.live("given every kind of event, then its readers see the bytes and hashes that those of an lmdb log see", () =>
      Effect.gen(function* () {
        const topic = yield* topicOf(1)
        const values = events.map(encode)
        yield* writtenTo(topic, values)
        const overKafka = yield* valuesIn(topic)
        const folder = yield* folderOf
        const overLmdb = yield* withLog(
          folder,
          Effect.gen(function* () {
            const topic = yield* topicOf(1)
            yield* writtenTo(topic, values)
            return yield* valuesIn(topic)
          })
        )
        assert.deepStrictEqual(overKafka.map(payloadHash), overLmdb.map(payloadHash))
        assert.deepStrictEqual(overKafka, events.map(encode))
        assert.deepStrictEqual(values, events.map(encode), "what was given to the log was changed")
      }).pipe(Effect.scoped, Effect.provide(log))
    )

    it.live("given a schema of ours that somebody registered in other words, then its events are read", () =>
      Effect.gen(function* () {
        const topic = yield* topicOf(1)
        const ours = eventSchemas.find(({ tag, version }) => tag === "RolloutGenerated" && version === 2)
        const schema = { ...JSON.parse(ours?.text ?? ""), doc: "In other words." }
        const id = yield* Effect.promise(() => registerAs(url, "in-other-words", schema))
        const value = encode(goldenEvents.RolloutGenerated)
        yield* Effect.provide(writtenTo(topic, [under(id, value)]), plain)
        assert.deepStrictEqual(yield* valuesIn(topic), [value])
      }).pipe(Effect.provide(log))
    )
  })

  it.live("given records by schemas of somebody else, then a stage sets them aside, says why, and goes on", () =>
    Effect.gen(function* () {
      const { append, createTopics } = yield* EventLog
      yield* createTopics(topics)
      const runId = RunId.make("strange-run")
      const { key, topic, value: rollout } = draftOf(generated({ runId }))
      const id = yield* Effect.promise(() => registerAs(url, "else.Strange", strange))
      const strangers = [under(id, rollout), under(9999, rollout)]
      yield* Effect.provide(
        Effect.flatMap(EventLog, (log) => log.append(strangers.map((value) => ({ topic, key, value })))),
        plain
      )
      yield* append([{ topic, key, value: rollout }])
      yield* serveGrade(runId)
      const letters = (yield* readAll("dead-letters")).flat()
      const read = yield* Effect.forEach(letters, ({ value }) => decode(value))
      const told = read.map((event) => event._tag === "DeadLettered" && event.detail.split(". ")[0])
      assert.deepStrictEqual(
        told,
        [id, 9999].map((id) => `cannot read a record (unknown-schema): its schema id is ${id} in the schema registry`)
      )
    }).pipe(Effect.provide(log))
  )

  it.live("given a registry that is away when a new id comes, then the reader waits for it, and reads on", () =>
    Effect.gen(function* () {
      const door = new RegistryDoor(url)
      yield* Effect.acquireRelease(
        Effect.promise(() => door.open()),
        () => Effect.promise(() => door.shut())
      )
      const warned = yield* Deferred.make<string>()
      const hearing = Logger.layer([
        Logger.make(({ message }) => Deferred.doneUnsafe(warned, Effect.succeed(String(message))))
      ])
      yield* Effect.gen(function* () {
        const topic = yield* topicOf(1)
        yield* Effect.promise(() => door.shut())
        const value = encode(goldenEvents.RunStarted)
        const text = new TextEncoder().encode("no event")
        yield* Effect.provide(writtenTo(topic, [under(8888, value), text]), plain)
        const reading = yield* Effect.forkChild(valuesIn(topic))
        assert.include(yield* Deferred.await(warned), `waiting for schema registry ${door.url}`)
        yield* Effect.promise(() => door.open())
        const [stranger, other] = yield* Fiber.join(reading)
        assert.deepStrictEqual([...stranger.subarray(0, 5)], [0, 0x80, 0, 8888 >> 8, 8888 & 0xff])
        assert.deepStrictEqual(other, text)
      }).pipe(Effect.provide(Layer.provide(layerKafka({ ...brokers, registry: { url: door.url } }), hearing)))
    }).pipe(Effect.scoped)
  )
}
