/** The log over a real broker. Skipped, aloud, where there is no Java; with CI=true that is a failure. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { type LocalKafka, startKafka } from "../../deploy/local/kafka.ts"
import { describeOver } from "../../deploy/local/servers.fixture.ts"
import { draft, readAll, textOf, topicOf, unused, waitFor } from "./contract.fixture.ts"
import { eventLogContract } from "./event-log.contract.ts"
import { EventLog } from "./event-log.ts"
import { layerKafka } from "./kafka.ts"
import { KafkaClient } from "./kafka-client.ts"
import { KafkaSender } from "./kafka-send.ts"

await describeOver("the event log over Kafka", startKafka(), overKafka)

function overKafka({ brokers }: LocalKafka): void {
  const connection = { brokers: [brokers], clientId: "test" }
  const client = new KafkaClient(connection, () => undefined)
  const log = layerKafka(connection)
  eventLogContract("Kafka", log, 8)

  const placed = (topic: string, value: string) => ({ ...draft(topic, "k", value), partition: 0, timestamp: 1 })

  /** A sender with a transactional id, closed with the test. */
  const senderOf = (transactionalId: string) =>
    Effect.acquireRelease(
      Effect.sync(() => new KafkaSender(client, transactionalId)),
      (sender) => Effect.promise(() => sender.close())
    )

  describe("a transactional id", () => {
    it.live("given a successor with the same id, then the predecessor can write no more", () =>
      Effect.gen(function* () {
        const topic = yield* topicOf(1)
        const id = unused("id")
        const [old, young] = [yield* senderOf(id), yield* senderOf(id)]
        yield* Effect.promise(() => old.transact([placed(topic, "old")]))
        yield* Effect.promise(() => young.fence())
        const refused = yield* Effect.promise(() => old.transact([placed(topic, "fenced")]).catch(() => "refused"))
        assert.strictEqual(refused, "refused")
        yield* Effect.promise(() => young.transact([placed(topic, "young")]))
        assert.deepEqual((yield* readAll(topic)).flat().map(textOf), ["old", "young"])
      }).pipe(Effect.provide(log))
    )

    it.live(
      "given a predecessor that was refused and leaves, then its last word is not heard, and shuts nobody out",
      () =>
        Effect.gen(function* () {
          const topic = yield* topicOf(1)
          const [group, id] = [unused("group"), unused("id")]
          const [old, young] = [yield* senderOf(id), yield* senderOf(id)]
          const move = { group, topic, partition: 0, offset: 7 }
          yield* Effect.promise(() => old.fence())
          yield* Effect.promise(() => young.fence())
          yield* Effect.promise(() => old.transact([placed(topic, "fenced")]).catch(() => "refused"))
          yield* Effect.promise(() => old.leave([move]))
          yield* Effect.promise(() => young.transact([placed(topic, "young")]))
          assert.deepEqual((yield* readAll(topic)).flat().map(textOf), ["young"])
          assert.deepEqual(yield* Effect.flatMap(EventLog, (log) => log.committed(group, topic)), [null])
        }).pipe(Effect.provide(log))
    )

    it.live("given a transaction left open, then reading waits for its end and does not show it", () =>
      Effect.gen(function* () {
        const topic = yield* topicOf(1)
        const id = unused("id")
        const dying = yield* Effect.promise(() => client.sender(id))
        const open = yield* Effect.promise(() => dying.transaction())
        const message = { partition: 0, key: "k", value: "left open" }
        yield* Effect.promise(() => open.sendBatch({ topicMessages: [{ topic, messages: [message] }] }))
        yield* Effect.flatMap(EventLog, (log) => log.append([draft(topic, "k", "after")]))
        const reading = yield* Effect.forkChild(readAll(topic))
        yield* Effect.flatMap(senderOf(id), (sender) => Effect.promise(() => sender.fence()))
        assert.deepEqual((yield* Fiber.join(reading)).flat().map(textOf), ["after"])
        yield* Effect.promise(() => dying.disconnect())
      }).pipe(Effect.provide(log))
    )
  })

  it.live("given one who consumes alone and a successor, then the first can write no more and is told so", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(1)]
      const group = unused("group")
      const [inHand, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
      const sole = { from: [], starting: () => Effect.void }
      yield* log.append([draft(input, "k", "0")])
      const slow = yield* Effect.forkChild(
        Effect.flip(
          log.consume({
            ...{ group, topics: [input], sole },
            handle: () =>
              Deferred.succeed(inHand, undefined).pipe(
                Effect.andThen(Deferred.await(release)),
                Effect.as([draft(output, "k", "by the first")])
              )
          })
        )
      )
      yield* Deferred.await(inHand)
      const successor = yield* Effect.forkChild(
        log.consume({
          ...{ group, topics: [input], sole },
          handle: ({ records }) =>
            Effect.succeed(records.map((record) => draft(output, "k", `again ${textOf(record)}`)))
        })
      )
      assert.deepEqual(yield* waitFor(output, 1), [["again 0"]])
      yield* Deferred.succeed(release, undefined)
      const failure = yield* Fiber.join(slow)
      assert.strictEqual(failure.reason, "superseded")
      yield* log.append([draft(input, "k", "1")])
      assert.deepEqual(yield* waitFor(output, 2), [["again 0", "again 1"]])
      yield* Fiber.interrupt(successor)
    }).pipe(Effect.provide(log))
  )

  it.live(
    "given a member that lost its partition and comes back with a batch, then the batch is not written twice",
    () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
        const group = unused("group")
        yield* log.append([draft(input, "k", "0")])
        const [inHand, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        let handled = 0
        const consumer = yield* Effect.forkChild(
          log.consume({
            group,
            topics: [input],
            handle: ({ records }) =>
              Effect.gen(function* () {
                handled++
                yield* Deferred.succeed(inHand, undefined)
                yield* Deferred.await(release)
                return records.map((record) => draft(output, record.key, textOf(record)))
              })
          })
        )
        yield* Deferred.await(inHand)
        // What a successor does first. It then writes the batch, as the group's offset still lies before it.
        const successor = yield* senderOf(`${group}/${input}/0`)
        yield* Effect.promise(() => successor.fence())
        const move = { group, topic: input, partition: 0, offset: 1 }
        yield* Effect.promise(() => successor.transact([placed(output, "0")], [move]))
        yield* Deferred.succeed(release, undefined)
        yield* log.append([draft(input, "k", "1")])
        const from = [{ topic: output, partition: 0, offset: 0 }]
        yield* Effect.scoped(Stream.runDrain(Stream.take(log.tail([output], from), 2)))
        yield* Fiber.interrupt(consumer)
        assert.deepEqual((yield* readAll(output)).flat().map(textOf), ["0", "1"])
        assert.strictEqual(handled, 2)
      }).pipe(Effect.provide(log))
  )

  it.live("given brokers that do not answer, then the log fails as unavailable and says where", () =>
    Effect.gen(function* () {
      const nowhere = layerKafka({ brokers: ["127.0.0.1:1"], clientId: "test" })
      const failure = yield* Effect.flip(Effect.provide(EventLog, nowhere))
      assert.strictEqual(failure.reason, "unavailable")
      assert.include(failure.message, "127.0.0.1:1")
    })
  )
}
