/** The part of the event log contract about who consumes alone, who shares out partitions, and batches that are finished. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Fiber, Stream } from "effect"
import { copyTo, fill, type It, topicOf, unused, waitFor } from "./contract.fixture.ts"
import { type Batch, EventLog, type Position, type Sole } from "./event-log.ts"

/** Consumes alone, and says where it was told to begin. */
const soleOf = (from: ReadonlyArray<Position> = []) => {
  const begun: Array<ReadonlyArray<Position>> = []
  const sole: Sole = {
    from,
    starting: (positions) =>
      Effect.sync(() => {
        begun.push(positions)
      })
  }
  return { sole, begun }
}

const aloneContract = (it: It): void => {
  it.effect("given someone who consumes alone, then every partition is his, from where he is told it begins", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(1)]
      const [, second] = yield* fill(input, 0, 2, ["0", "1", "2"])
      yield* fill(input, 1, 2, ["3"])
      const { begun, sole } = soleOf([second])
      const handle = copyTo(output)
      const consumer = yield* Effect.forkChild(log.consume({ group: unused("group"), topics: [input], sole, handle }))
      assert.sameMembers((yield* waitFor(output, 3)).flat(), ["copy of 1", "copy of 2", "copy of 3"])
      assert.deepEqual(begun, [[second, { topic: input, partition: 1, offset: 0 }]])
      yield* Fiber.interrupt(consumer)
    })
  )

  it.effect("given a successor, then it begins behind all that was written, and each record is handled once", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(1)]
      const group = unused("group")
      const handle = copyTo(output)
      yield* fill(input, 0, 2, ["0", "1"])
      const first = yield* Effect.forkChild(log.consume({ group, topics: [input], sole: soleOf().sole, handle }))
      yield* waitFor(output, 2)
      yield* Fiber.interrupt(first)
      const { begun, sole } = soleOf()
      const second = yield* Effect.forkChild(log.consume({ group, topics: [input], sole, handle }))
      yield* fill(input, 1, 2, ["2"])
      assert.sameMembers((yield* waitFor(output, 3)).flat(), ["copy of 0", "copy of 1", "copy of 2"])
      assert.deepEqual(yield* log.committed(group, input), [begun[0][0].offset, 1])
      yield* Fiber.interrupt(second)
    })
  )
}

const nothingContract = (it: It): void => {
  for (const alone of [{}, { sole: soleOf().sole }]) {
    const who = "sole" in alone ? "one alone" : "a member"
    it.effect(`given batches of ${who} that lead to nothing, then their offsets are moved all the same`, () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const input = yield* topicOf(2)
        const group = unused("group")
        yield* fill(input, 1, 2, ["0", "1"])
        const handle = () => Effect.succeed([])
        const consumer = yield* Effect.forkChild(log.consume({ group, topics: [input], handle, ...alone }))
        while ((yield* log.committed(group, input))[1] !== 2) yield* Effect.yieldNow
        yield* Fiber.interrupt(consumer)
      })
    )

    it.effect(`given ${who} that leaves right after a batch that led to nothing, then nobody handles it again`, () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const input = yield* topicOf(1)
        const group = unused("group")
        yield* fill(input, 0, 1, ["0"])
        const handled = yield* Deferred.make<void>()
        const handle = () => Effect.as(Deferred.succeed(handled, undefined), [])
        const consuming = log.consume({ group, topics: [input], handle, finishing: true, ...alone })
        const consumer = yield* Effect.forkChild(consuming)
        yield* Deferred.await(handled)
        yield* Fiber.interrupt(consumer)
        assert.deepEqual(yield* log.committed(group, input), [1])
      })
    )

    it.effect(
      `given ${who} whose batch led to nothing, and the next to something, then its offset never goes back`,
      () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
          const group = unused("group")
          yield* fill(input, 0, 1, ["0", "1"])
          const copy = copyTo(output)
          const handle = (batch: Batch) => (batch.records[0].offset === 0 ? Effect.succeed([]) : copy(batch))
          const consuming = log.consume({ group, topics: [input], handle, maxBatch: 1, finishing: true, ...alone })
          const consumer = yield* Effect.forkChild(consuming)
          assert.deepEqual(yield* waitFor(output, 1), [["copy of 1"]])
          yield* Fiber.interrupt(consumer)
          assert.deepEqual(yield* log.committed(group, input), [2])
        })
    )
  }
}

const finishingContract = (it: It): void => {
  for (const sole of [undefined, soleOf().sole])
    it.effect(
      `given an interruption ${sole === undefined ? "of a member" : "of one alone"} that finishes its batches, then the one in hand is kept`,
      () =>
        Effect.gen(function* () {
          const log = yield* EventLog
          const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
          const group = unused("group")
          const [inHand, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
          yield* fill(input, 0, 1, ["0", "1"])
          const handle = (batch: Batch) =>
            Deferred.succeed(inHand, undefined).pipe(
              Effect.andThen(Deferred.await(release)),
              Effect.andThen(copyTo(output)(batch))
            )
          const alone = sole === undefined ? {} : { sole }
          const consumer = yield* Effect.forkChild(
            log.consume({ group, topics: [input], maxBatch: 1, finishing: true, handle, ...alone })
          )
          yield* Deferred.await(inHand)
          const ending = yield* Effect.forkChild(Fiber.interrupt(consumer))
          yield* Effect.yieldNow
          yield* Deferred.succeed(release, undefined)
          yield* Fiber.join(ending)
          assert.deepEqual(yield* waitFor(output, 1), [["copy of 0"]])
          assert.deepEqual(yield* log.committed(group, input), [1])
        })
    )
}

const shareContract = (it: It): void => {
  it.effect(
    "given two who share a topic, then each partition is one's; and all are the other's once one has left",
    () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const topic = yield* topicOf(4)
        const group = unused("group")
        const own: Array<ReadonlyArray<number>> = [[], []]
        const member = (name: number) =>
          Effect.scoped(
            Stream.runForEach(log.share(group, topic), (partitions) =>
              Effect.sync(() => {
                own[name] = partitions
              })
            )
          )
        const [first, second] = yield* Effect.forEach([0, 1], (name) => Effect.forkChild(member(name)))
        while (own.flat().length !== 4 || own.some((partitions) => partitions.length === 0)) yield* Effect.yieldNow
        assert.sameMembers(own.flat(), [0, 1, 2, 3])
        yield* Fiber.interrupt(first)
        while (own[1].length !== 4) yield* Effect.yieldNow
        assert.sameMembers([...own[1]], [0, 1, 2, 3])
        yield* Fiber.interrupt(second)
      })
  )
}

export const soleContract = (it: It): void => {
  aloneContract(it)
  nothingContract(it)
  finishingContract(it)
  shareContract(it)
}
