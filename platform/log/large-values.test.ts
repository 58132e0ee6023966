import { mkdtempSync, readdirSync, rmSync, truncateSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { layerLocal } from "../blobs/local.ts"
import { encode, runOf } from "./codec.ts"
import { readAll, topicOf, unused } from "./contract.fixture.ts"
import { eventLogContract } from "./event-log.contract.ts"
import { EventLog } from "./event-log.ts"
import { blobHeader, layerLargeValues } from "./large-values.ts"
import { layerMemory } from "./memory.ts"

const scratch = mkdtempSync(join(tmpdir(), "onefold-large-test-"))
afterAll(() => rmSync(scratch, { recursive: true }))

/** So little that most of the contract's values go by reference. */
eventLogContract(
  "memory, large values by reference",
  layerLargeValues(5).pipe(Layer.provide([layerMemory, Layer.orDie(layerLocal(join(scratch, "contract")))])),
  20
)

const limit = 1000
const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i % 251)

/** A log, the same through the layer, and the artifacts between them. */
const both = Effect.gen(function* () {
  const below = yield* EventLog
  const artifacts = yield* Artifacts
  const parts = Layer.mergeAll(Layer.succeed(EventLog, below), Layer.succeed(Artifacts, artifacts))
  const log = yield* Effect.provide(EventLog, layerLargeValues(limit).pipe(Layer.provide(parts)))
  const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
  return { below, artifacts, log, input, output }
})

const folder = join(scratch, "own")
const parts = Layer.mergeAll(layerMemory, layerLocal(folder))

describe("a large value", () => {
  it.live("given one over the limit, then its record has its hash and its first bytes, which tell its run", () =>
    Effect.gen(function* () {
      const { input: topic, log } = yield* both
      const event = goldenEvents.RunStarted
      const head = encode(event)
      const value = new Uint8Array(limit + 1)
      value.set(head)
      yield* log.append([
        { topic, key: "k", value, headers: { by: "me" } },
        { topic, key: "k", value: bytes(limit) }
      ])
      const [raw, small] = (yield* readAll(topic)).flat()
      assert.strictEqual(raw.value.length, 128)
      assert.strictEqual(runOf(raw.value), event.runId)
      assert.match(raw.headers[blobHeader], /^[0-9a-f]{64}$/)
      assert.deepStrictEqual(small.headers, {})
      const [whole] = yield* Stream.runCollect(log.read(topic, 0, 0))
      assert.deepStrictEqual(whole.value, value)
      assert.deepStrictEqual(whole.headers, { by: "me" })
      const from = [{ topic, partition: 0, offset: 0 }]
      const [tailed] = yield* Stream.runCollect(Stream.take(log.tail([topic], from), 1)).pipe(Effect.scoped)
      assert.deepStrictEqual(tailed.value, value)
    }).pipe(Effect.provide(parts))
  )

  it.live("given a handler that reads and writes large values, then both go by reference", () =>
    Effect.gen(function* () {
      const { input, log, output } = yield* both
      yield* log.append([{ topic: input, key: "k", value: bytes(limit + 7) }])
      const consumption = {
        group: unused("group"),
        topics: [input],
        handle: ({ records }: { readonly records: ReadonlyArray<{ readonly value: Uint8Array }> }) =>
          Effect.succeed(records.map(({ value }) => ({ topic: output, key: "k", value: value.toReversed() })))
      }
      const from = [{ topic: output, partition: 0, offset: 0 }]
      const first = Stream.runCollect(Stream.take(log.tail([output], from), 1)).pipe(Effect.scoped)
      const [copy] = yield* Effect.raceFirst(first, log.consume(consumption))
      assert.deepStrictEqual(copy.value, bytes(limit + 7).toReversed())
      assert.strictEqual((yield* readAll(output)).flat()[0].value.length, 128)
    }).pipe(Effect.provide(parts))
  )

  it.live("given a draft that names a blob itself, then the name does not count", () =>
    Effect.gen(function* () {
      const { input: topic, log } = yield* both
      yield* log.append([{ topic, key: "k", value: bytes(3), headers: { [blobHeader]: "0".repeat(64), a: "b" } }])
      const [record] = yield* Stream.runCollect(log.read(topic, 0, 0))
      assert.deepStrictEqual([record.value, record.headers], [bytes(3), { a: "b" }])
    }).pipe(Effect.provide(parts))
  )

  it.live("given an artifact that is damaged or gone, then reading fails and names record and hash", () =>
    Effect.gen(function* () {
      const { artifacts, below, input: topic, log } = yield* both
      yield* log.append([
        { topic, key: "k", value: bytes(1) },
        { topic, key: "k", value: bytes(limit + 9) }
      ])
      const hash = (yield* readAll(topic)).flat()[1].headers[blobHeader]
      const file = readdirSync(folder, { recursive: true, encoding: "utf8" }).find((name) => name.includes(hash))
      truncateSync(join(folder, file ?? ""), 10)
      const damaged = yield* Effect.flip(Stream.runDrain(log.read(topic, 0, 0)))
      rmSync(join(folder, file ?? ""))
      const gone = yield* Effect.flip(Stream.runDrain(log.read(topic, 0, 0)))
      for (const failure of [damaged, gone]) {
        assert.strictEqual(failure.reason, "corrupt")
        assert.include(failure.message, `${topic}/0 offset 1`)
        assert.include(failure.message, hash)
      }
      assert.include(gone.message, "missing")
      assert.isFalse(yield* artifacts.has(hash))
      assert.deepStrictEqual(yield* below.endOffsets(topic), [2])
    }).pipe(Effect.provide(parts))
  )
})
