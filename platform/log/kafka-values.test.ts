/** Values over a real broker: compressed, and larger than a broker takes. Skipped, aloud, where there is no Java. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { type LocalKafka, startKafka } from "../../deploy/local/kafka.ts"
import { describeOver } from "../../deploy/local/servers.fixture.ts"
import { layerLocal } from "../blobs/local.ts"
import { draft, readAll, textOf, topicOf, unused, waitFor } from "./contract.fixture.ts"
import { EventLog } from "./event-log.ts"
import { layerKafka } from "./kafka.ts"
import { layerLargeValues } from "./large-values.ts"
import { makeMissing } from "./missing-topics.ts"

const folder = mkdtempSync(join(tmpdir(), "onefold-values-test-"))
afterAll(() => rmSync(folder, { recursive: true }))
await describeOver("values over Kafka", startKafka({ dir: folder }), overKafka)

function overKafka({ brokers }: LocalKafka): void {
  const connection = { brokers: [brokers], clientId: "test" }
  const plain = layerKafka(connection)
  const compressed = layerKafka({ ...connection, compression: "gzip" })

  /** Bytes of the records of a topic of one partition, as they lie on the broker's disk. */
  const onDisk = (topic: string): number => {
    const place = join(folder, "data", `${topic}-0`)
    const segments = readdirSync(place).filter((name) => name.endsWith(".log"))
    return segments.reduce((sum, name) => sum + statSync(join(place, name)).size, 0)
  }

  const text = "the same words over and over; ".repeat(1000)
  const written = Effect.gen(function* () {
    const topic = yield* topicOf(1)
    yield* (yield* EventLog).append([draft(topic, "a", text), draft(topic, "b", `${text}2`)])
    return topic
  })

  it.live("given gzip, then values come back equal to whoever reads, and the batch is smaller on the disk", () =>
    Effect.gen(function* () {
      const large = yield* Effect.provide(written, plain)
      const small = yield* Effect.provide(written, compressed)
      for (const reader of [plain, compressed]) {
        const values = (yield* Effect.provide(readAll(small), reader)).flat().map(textOf)
        assert.deepStrictEqual(values, [text, `${text}2`])
      }
      assert.isAbove(onDisk(large), 2 * text.length)
      assert.isBelow(onDisk(small), text.length / 10)
    })
  )

  it.live("given gzip, then transactions and what consumers write are smaller too", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
      yield* log.append([draft(input, "a", text), draft(output, "a", text)])
      const handle = () => Effect.succeed([draft(output, "a", `copy of ${text}`)])
      const values = yield* Effect.raceFirst(
        waitFor(output, 2),
        log.consume({ group: unused("group"), topics: [input], handle })
      )
      assert.deepStrictEqual(values, [[text, `copy of ${text}`]])
      assert.isBelow(onDisk(output), text.length / 10)
    }).pipe(Effect.provide(compressed))
  )

  it.live(
    "given an event of 11 MB, then a broker that takes 10 MiB carries it by reference, also out of a handler",
    () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
        const value = Uint8Array.from({ length: 11_000_000 }, (_, i) => (i * 2_654_435_761) >>> 24)
        yield* log.append([{ topic: input, key: "k", value }])
        assert.isBelow(onDisk(input), 1000)
        const consumption = {
          group: unused("group"),
          topics: [input],
          handle: ({ records }: { readonly records: ReadonlyArray<{ readonly value: Uint8Array }> }) =>
            Effect.succeed(records.map((record) => ({ topic: output, key: "k", value: record.value.toReversed() })))
        }
        yield* Effect.raceFirst(waitFor(output, 1), log.consume(consumption))
        const [[copy]] = yield* readAll(output)
        assert.isTrue(Buffer.from(copy.value).equals(value.toReversed()))
      }).pipe(Effect.provide(layerLargeValues().pipe(Layer.provide([plain, layerLocal(join(folder, "blobs"))]))))
  )

  it.live("given a topic that an operator made larger, then it is used as it is, and what is missing is made", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [there, missing] = [yield* topicOf(6), unused("topic")]
      const topics = [there, missing].map((name) => ({ name, partitions: 2 }))
      assert.strictEqual((yield* Effect.flip(log.createTopics(topics))).reason, "corrupt")
      yield* makeMissing(topics)
      yield* makeMissing(topics)
      assert.strictEqual((yield* log.endOffsets(there)).length, 6)
      assert.strictEqual((yield* log.endOffsets(missing)).length, 2)
    }).pipe(Effect.provide(plain))
  )
}
