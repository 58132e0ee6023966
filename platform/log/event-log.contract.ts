/**
 * What every EventLog layer must do, as tests: the same suite runs over memory, lmdb and Kafka.
 *
 * The tests of one suite share a log, so each makes topics and groups of its own.
 */
import { assert, layer } from "@effect/vitest"
import { Effect, Fiber, type Layer, Stream } from "effect"
import { consumeContract } from "./consume.contract.ts"
import { draft, type It, keyIn, readAll, textOf, topicOf, unused } from "./contract.fixture.ts"
import { EventLog, type LogError } from "./event-log.ts"
import { interleavingContract } from "./interleaving.contract.ts"
import { membersContract } from "./members.contract.ts"
import { soleContract } from "./sole.contract.ts"

const appendContract = (it: It): void => {
  it.effect("given keys, then every layer puts them into the same partitions, and equal keys keep their order", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(4)
      const keys = ["run-a", "run-b", "run-a/3/cohort-1", "", "ключ", "run-a/3/cohort-2", "s/0", "s/1", "s/2", "s/7"]
      const drafts = [0, 1, 2].flatMap((round) => keys.map((key) => draft(topic, key, `${key} ${round}`)))
      const positions = yield* log.append(drafts)
      const partitions = positions.slice(0, keys.length).map((position) => position.partition)
      // CRC-32 modulo 4; behind a head, the number counts on from it.
      assert.deepEqual(partitions, [3, 1, 0, 0, 2, 2, 3, 0, 1, 2])
      const records = (yield* readAll(topic)).flat()
      for (const key of keys) {
        const values = records.filter((record) => record.key === key).map(textOf)
        assert.deepEqual(
          values,
          [0, 1, 2].map((round) => `${key} ${round}`)
        )
      }
    })
  )

  it.effect("given an append, then each position names its record, and offsets grow", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [one, two] = [yield* topicOf(3), yield* topicOf(1)]
      const drafts = Array.from({ length: 12 }, (_, index) =>
        draft(index % 3 === 0 ? two : one, `k${index}`, `v${index}`)
      )
      const positions = [...(yield* log.append(drafts.slice(0, 5))), ...(yield* log.append(drafts.slice(5)))]
      const records = [...(yield* readAll(one)), ...(yield* readAll(two))]
      for (const partition of records) {
        const offsets = partition.map((record) => record.offset)
        assert.deepEqual(
          offsets,
          [...new Set(offsets)].sort((a, b) => a - b)
        )
      }
      const found = positions.map(({ offset, partition, topic }) =>
        records.flat().find((r) => r.topic === topic && r.partition === partition && r.offset === offset)
      )
      assert.deepEqual(
        found.map((record) => record && textOf(record)),
        drafts.map((_, index) => `v${index}`)
      )
    })
  )

  it.effect("given nothing to write, then nothing happens", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(1)
      assert.deepEqual(yield* log.append([]), [])
      assert.deepEqual(yield* log.endOffsets(topic), [0])
    })
  )

  it.effect("given headers, strange keys and all bytes, then they come back bit for bit", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(1)
      const value = Uint8Array.from({ length: 512 }, (_, index) => index % 256)
      const headers = { "": "empty name", stage: "generate", "naïve ☃": "\u0000 and \u{1f600}", empty: "" }
      yield* log.append([
        { topic, key: "a\u0000b/ü", value, headers },
        { topic, key: "", value: new Uint8Array(0) }
      ])
      value.fill(0)
      const [[first, second]] = yield* readAll(topic)
      assert.strictEqual(first.key, "a\u0000b/ü")
      assert.deepEqual(first.headers, headers)
      assert.deepEqual(
        [...first.value],
        Array.from({ length: 512 }, (_, index) => index % 256)
      )
      assert.isAbove(first.timestamp, 1.6e12)
      assert.deepEqual([second.key, second.value.length, second.headers], ["", 0, {}])
    })
  )

  it.effect("given a record whose bytes a reader changes, then the log does not change", () =>
    Effect.gen(function* () {
      const topic = yield* topicOf(1)
      yield* (yield* EventLog).append([draft(topic, "k", "kept")])
      const [[first]] = yield* readAll(topic)
      first.value.fill(0)
      assert.deepEqual((yield* readAll(topic))[0].map(textOf), ["kept"])
    })
  )

  it.effect("given values of 1 MiB, then they come back whole", () =>
    Effect.gen(function* () {
      const topic = yield* topicOf(1)
      const values = [1, 2, 3].map((seed) =>
        Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * seed * 2654435761) >>> 24)
      )
      yield* (yield* EventLog).append(values.map((value, index) => ({ topic, key: `${index}`, value })))
      const [records] = yield* readAll(topic)
      assert.isTrue(records.every((record, index) => Buffer.compare(record.value, values[index]) === 0))
      assert.lengthOf(records, 3)
    })
  )

  it.effect("given many small records, then all of them are there, once", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(3)
      const names = Array.from({ length: 5000 }, (_, index) => `${index}`)
      for (let begin = 0; begin < names.length; begin += 500) {
        yield* log.append(names.slice(begin, begin + 500).map((name) => draft(topic, name, name)))
      }
      const records = (yield* readAll(topic)).flat().map(textOf)
      assert.deepEqual(
        records.sort((a, b) => Number(a) - Number(b)),
        names
      )
    })
  )

  it.effect("given appends side by side, then each is whole and in order", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(1)
      const one = (writer: number) => log.append([0, 1, 2].map((part) => draft(topic, "same", `${writer}.${part}`)))
      yield* Effect.forEach(
        Array.from({ length: 20 }, (_, writer) => writer),
        one,
        { concurrency: "unbounded" }
      )
      const [records] = yield* readAll(topic)
      const parts = records.map((record) => textOf(record).split("."))
      for (let at = 0; at < parts.length; at += 3) {
        assert.deepEqual(
          parts.slice(at, at + 3),
          [0, 1, 2].map((part) => [parts[at][0], `${part}`])
        )
      }
      assert.lengthOf(records, 60)
    })
  )
}

const topicContract = (it: It): void => {
  it.effect("given an append with one unknown topic, then it fails with that name and writes nothing", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(2)
      const missing = unused("missing")
      const failure = yield* Effect.flip(log.append([draft(topic, "k", "v"), draft(missing, "k", "v")]))
      assert.strictEqual(failure.reason, "unknown-topic")
      assert.include(failure.message, missing)
      assert.deepEqual(yield* log.endOffsets(topic), [0, 0])
    })
  )

  it.effect("given an unknown topic or partition, then every question is answered with unknown-topic", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(2)
      const missing = unused("missing")
      const questions: ReadonlyArray<Effect.Effect<unknown, LogError, EventLog>> = [
        Stream.runDrain(log.read(missing, 0, 0)),
        Stream.runDrain(log.read(topic, 2, 0)),
        Effect.scoped(Stream.runDrain(log.tail([topic, missing]))),
        log.endOffsets(missing),
        log.committed("group", missing),
        log.commit("group", [{ topic, partition: 2, offset: 0 }]),
        log.consume({ group: "group", topics: [missing], handle: () => Effect.succeed([]) })
      ]
      const reasons = yield* Effect.forEach(questions, (question) => Effect.map(Effect.flip(question), (e) => e.reason))
      assert.deepEqual(
        reasons,
        questions.map(() => "unknown-topic")
      )
    })
  )

  it.effect("given topics made twice, then nothing happens; with another number of partitions it is refused", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(3)
      const other = unused("topic")
      yield* log.append([draft(topic, "k", "v")])
      yield* log.createTopics([{ name: topic, partitions: 3 }])
      assert.lengthOf((yield* readAll(topic)).flat(), 1)
      const specs = [
        { name: other, partitions: 1 },
        { name: topic, partitions: 4 }
      ]
      const failure = yield* Effect.flip(log.createTopics(specs))
      assert.strictEqual(failure.reason, "corrupt")
      assert.include(failure.message, topic)
      assert.strictEqual((yield* Effect.flip(log.endOffsets(other))).reason, "unknown-topic")
    })
  )
}

const readContract = (it: It): void => {
  it.effect("given a place to begin, then read begins there and ends at the end as of the call", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const topic = yield* topicOf(1)
      const values = Array.from({ length: 1300 }, (_, index) => `${index}`)
      const positions = yield* log.append(values.map((value) => draft(topic, "k", value)))
      const late = yield* Effect.cached(log.append([draft(topic, "k", "too late")]))
      const seen = yield* log.read(topic, 0, positions[1].offset).pipe(
        Stream.tap(() => late),
        Stream.map(textOf),
        Stream.runCollect
      )
      assert.deepEqual(seen, values.slice(1))
      const [end] = yield* log.endOffsets(topic)
      assert.deepEqual(yield* Stream.runCollect(log.read(topic, 0, end)), [])
      assert.deepEqual(yield* Stream.runCollect(log.read(topic, 0, end + 7)), [])
      assert.isAbove(end, positions[1299].offset)
    })
  )

  it.effect("given places to begin, then tail gives what is there from them on and what comes, in order", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [one, two] = [yield* topicOf(2), yield* topicOf(1)]
      const keys = [keyIn(0, 2), keyIn(1, 2)]
      const all = (round: number) => [
        draft(one, keys[0], `a${round}`),
        draft(one, keys[1], `b${round}`),
        draft(two, "k", `c${round}`)
      ]
      yield* log.append(all(0))
      const second = yield* log.append(all(1))
      const from = second.map((position, index) => (index === 1 ? { ...position, offset: 0 } : position))
      const tail = yield* Effect.forkChild(
        Effect.scoped(Stream.runCollect(Stream.take(log.tail([one, two], from), 4 + 3 * 20)))
      )
      for (let round = 2; round < 22; round++) yield* log.append(all(round))
      const seen = (yield* Fiber.join(tail)).map(textOf)
      const expected = (letter: string, first: number) =>
        Array.from({ length: 22 - first }, (_, i) => `${letter}${first + i}`)
      for (const [letter, first] of [
        ["a", 1],
        ["b", 0],
        ["c", 1]
      ] as const) {
        assert.deepEqual(
          seen.filter((value) => value.startsWith(letter)),
          expected(letter, first)
        )
      }
    })
  )
}

/**
 * @param name which layer
 * @param log a new or shared log; topics of earlier runs do not matter
 * @param runs how many random interleavings to try
 */
export const eventLogContract = (name: string, log: Layer.Layer<EventLog, LogError>, runs: number): void => {
  layer(log, { excludeTestServices: true })(`the event log contract, over ${name}`, (it) => {
    topicContract(it)
    appendContract(it)
    readContract(it)
    consumeContract(it)
    membersContract(it)
    soleContract(it)
    interleavingContract(it, runs)
  })
}
