/** The part of the event log contract about several members of one group, and about members that come and go. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Fiber, Queue } from "effect"
import { copyTo, fill, type It, readAll, textOf, topicOf, turns, unused, waitFor } from "./contract.fixture.ts"
import { type Batch, EventLog } from "./event-log.ts"

/** A member whose handler holds every batch until it is released, and says how many it has in hand. */
const holdingMember = Effect.fn("holdingMember")(function* (input: string, output: string, group: string) {
  const log = yield* EventLog
  const release = yield* Deferred.make<void>()
  const inHand = yield* Queue.unbounded<number>()
  const handle = (batch: Batch) =>
    Queue.offer(inHand, batch.partition).pipe(
      Effect.andThen(Deferred.await(release)),
      Effect.andThen(copyTo(output)(batch))
    )
  const fiber = yield* Effect.forkChild(log.consume({ group, topics: [input], handle }))
  return { release, inHand, fiber }
})

export const membersContract = (it: It): void => {
  it.effect("given two members, then they share the partitions and each record is handled once", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(4), yield* topicOf(4)]
      const group = unused("group")
      const handledBy = [new Set<number>(), new Set<number>()]
      const member = (name: number) =>
        log.consume({
          group,
          topics: [input],
          handle: (batch) => {
            handledBy[name].add(batch.partition)
            return copyTo(output)(batch)
          }
        })
      const members = yield* Effect.forEach([0, 1], (name) => Effect.forkChild(member(name)))
      let sent = 0
      const round = Effect.gen(function* () {
        for (const partition of [0, 1, 2, 3]) yield* fill(input, partition, 4, [`${sent++}`, `${sent++}`])
        yield* waitFor(output, sent)
      })
      while (handledBy.some((partitions) => partitions.size === 0)) yield* round
      for (const partitions of handledBy) partitions.clear()
      for (const _ of [1, 2, 3]) yield* round
      yield* Fiber.interruptAll(members)
      const both = handledBy.map((partitions) => [...partitions])
      assert.deepEqual(both.flat().sort(), [0, 1, 2, 3])
      assert.deepEqual(
        both.map((partitions) => partitions.length),
        [2, 2]
      )
      const inputs = (yield* readAll(input)).map((records) => records.map((record) => `copy of ${textOf(record)}`))
      assert.deepEqual(
        (yield* readAll(output)).map((records) => records.map(textOf)),
        inputs
      )
    })
  )

  it.effect("given a member that comes while another has batches in hand, then each is written once", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(4), yield* topicOf(4)]
      const group = unused("group")
      const { fiber, inHand, release } = yield* holdingMember(input, output, group)
      for (const partition of [0, 1]) yield* fill(input, partition, 4, [`${partition}`])
      yield* Queue.takeN(inHand, 2)
      const came = yield* Deferred.make<void>()
      const handle = (batch: Batch) => Effect.andThen(Deferred.succeed(came, undefined), copyTo(output)(batch))
      const second = yield* Effect.forkChild(log.consume({ group, topics: [input], handle }))
      let sent = 2
      while (!(yield* Deferred.isDone(came))) {
        for (const partition of [2, 3]) yield* fill(input, partition, 4, [`${sent++}`])
        yield* turns
      }
      yield* Deferred.succeed(release, undefined)
      const copies = yield* waitFor(output, sent)
      yield* Fiber.interruptAll([fiber, second])
      const inputs = (yield* readAll(input)).map((records) => records.map((record) => `copy of ${textOf(record)}`))
      assert.deepEqual(copies, inputs)
    })
  )

  it.effect("given a member that goes with batches in hand, then the other takes them over", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(4), yield* topicOf(4)]
      const group = unused("group")
      const { fiber, inHand } = yield* holdingMember(input, output, group)
      for (const partition of [0, 1, 2, 3]) yield* fill(input, partition, 4, [`${partition}`])
      yield* Queue.takeN(inHand, 4)
      const second = yield* Effect.forkChild(log.consume({ group, topics: [input], handle: copyTo(output) }))
      yield* turns
      yield* Fiber.interrupt(fiber)
      assert.deepEqual(yield* waitFor(output, 4), [["copy of 0"], ["copy of 1"], ["copy of 2"], ["copy of 3"]])
      yield* Fiber.interrupt(second)
    })
  )

  it.effect("given a group that has nothing to do, then it wakes for what is appended", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
      const consumer = yield* Effect.forkChild(
        log.consume({ group: unused("group"), topics: [input], handle: copyTo(output) })
      )
      for (const count of [1, 2, 3]) {
        yield* turns
        yield* fill(input, 0, 1, [`${count}`])
        yield* waitFor(output, count)
      }
      yield* Fiber.interrupt(consumer)
    })
  )
}
