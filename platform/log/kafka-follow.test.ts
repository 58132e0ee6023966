/** Fetching for many places: each in one fetch at a time, whoever leads it, and how long a broker may hold one. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import type { Place } from "./groups.ts"
import { type Cursor, type Fetched, type Fetching, followBy } from "./kafka-fetch.ts"
import { RecordBuffer } from "./record-buffer.ts"
import { Signal } from "./signal.ts"

const recordAt = (place: Place, offset: number, bytes = 1) => ({
  ...{ topic: place.topic, partition: place.partition, offset, key: "", timestamp: 0, headers: {} },
  value: new Uint8Array(bytes)
})

interface Asked {
  readonly partitions: ReadonlyArray<number>
  readonly millis: number
  /** Answers with one record of so many bytes for each partition, or with none. */
  readonly answer: (bytes: number | null) => void
}

/** A cluster that answers when it is told to. */
const cluster = () => {
  const leaders = new Map<number, string>()
  const asked: Array<Asked> = []
  const fetching: Fetching = {
    place: "nowhere",
    leaderOf: ({ partition }) => leaders.get(partition),
    fetch: (wants, millis) => {
      const { promise, resolve } = Promise.withResolvers<ReadonlyArray<Fetched>>()
      const answer = (bytes: number | null) =>
        resolve(
          wants.map(({ from, ...place }) => ({
            ...{ ...place, next: bytes === null ? from : from + 1, end: from + 1 },
            records: bytes === null ? [] : [recordAt(place, from, bytes)]
          }))
        )
      asked.push({ partitions: wants.map(({ partition }) => partition), millis, answer })
      return promise
    }
  }
  return { leaders, asked, fetching }
}

/** Everybody else does what they can do now. */
const others = Effect.promise(async () => {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
})

const following = (partitions: number) =>
  Effect.gen(function* () {
    const { asked, fetching, leaders } = cluster()
    const changed = new Signal()
    const cursorOf = (partition: number): Cursor => ({
      ...{ topic: "t", partition, next: 0 },
      buffer: new RecordBuffer(changed)
    })
    const places = Array.from({ length: partitions }, (_, partition) => cursorOf(partition))
    const cursors = new Set(places)
    const join = (partition: number) => {
      cursors.add(cursorOf(partition))
      changed.raise()
    }
    const fiber = yield* Effect.forkChild(followBy(fetching, cursors, changed))
    yield* others
    return { asked, changed, end: Fiber.interrupt(fiber), join, leaders, places }
  })

describe("following", () => {
  it.effect("given a place whose leader becomes known while it is fetched, then it is not fetched twice at once", () =>
    Effect.gen(function* () {
      const { asked, changed, end, leaders, places } = yield* following(1)
      leaders.set(0, "1")
      changed.raise()
      yield* others
      assert.lengthOf(asked, 1)
      asked[0].answer(1)
      yield* others
      assert.deepEqual(
        (yield* places[0].buffer.take(9)).map(({ offset }) => offset),
        [0]
      )
      assert.lengthOf(asked, 2)
      yield* end
    })
  )

  it.effect(
    "given a place that moves to another leader while it is fetched, then those there are fetched without it",
    () =>
      Effect.gen(function* () {
        const { asked, changed, end, leaders } = yield* following(2)
        asked[0].answer(null)
        leaders.set(0, "1").set(1, "2")
        yield* others
        assert.deepEqual(
          asked.slice(1).map(({ partitions }) => partitions),
          [[0], [1]]
        )
        leaders.set(0, "2")
        asked[2].answer(null)
        yield* others
        changed.raise()
        yield* others
        assert.deepEqual(
          asked.slice(3).map(({ partitions }) => partitions),
          [[1]]
        )
        yield* end
      })
  )

  it.effect("given nothing new, then a fetch is held ever longer; once a place joins, shortly again", () =>
    Effect.gen(function* () {
      const { asked, end, join, leaders } = yield* following(1)
      leaders.set(0, "1").set(1, "1")
      for (let i = 0; i < 6; i++) {
        asked[i].answer(null)
        yield* others
      }
      assert.deepEqual(
        asked.map(({ millis }) => millis),
        [20, 40, 80, 160, 320, 500, 500]
      )
      join(1)
      yield* others
      assert.lengthOf(asked, 7)
      asked[6].answer(null)
      yield* others
      assert.deepInclude(asked[7], { partitions: [0, 1], millis: 20 })
      yield* end
    })
  )

  it.effect(
    "given a buffer that is full, then its place is left out, and no fetch is held long until it is emptied",
    () =>
      Effect.gen(function* () {
        const { asked, end, leaders, places } = yield* following(2)
        leaders.set(0, "1").set(1, "1")
        asked[0].answer(null)
        yield* others
        places[0].buffer.add([recordAt(places[0], 0, 8 * 1024 * 1024)])
        asked[1].answer(null)
        yield* others
        asked[2].answer(null)
        yield* others
        assert.deepInclude(asked[2], { partitions: [1], millis: 20 })
        assert.deepInclude(asked[3], { partitions: [1], millis: 20 })
        yield* places[0].buffer.take(1)
        asked[3].answer(null)
        yield* others
        assert.deepInclude(asked[4], { partitions: [0, 1], millis: 320 })
        yield* end
      })
  )
})
