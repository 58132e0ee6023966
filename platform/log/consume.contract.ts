/** The part of the event log contract about consumer groups: who handles what, and what stays behind after a failure. */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Fiber } from "effect"
import { copyTo, draft, fill, type It, textOf, topicOf, unused, waitFor } from "./contract.fixture.ts"
import { type Batch, EventLog } from "./event-log.ts"

const handlingContract = (it: It): void => {
  it.effect("given records before and after it begins, then a group handles each once, in order", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(2)]
      yield* fill(input, 0, 2, ["0", "1", "2"])
      yield* fill(input, 1, 2, ["3"])
      const group = unused("group")
      const consumer = yield* Effect.forkChild(log.consume({ group, topics: [input], handle: copyTo(output) }))
      yield* waitFor(output, 4)
      yield* fill(input, 1, 2, ["4", "5"])
      const copies = yield* waitFor(output, 6)
      yield* Fiber.interrupt(consumer)
      assert.deepEqual(
        copies,
        [
          ["0", "1", "2"],
          ["3", "4", "5"]
        ].map((values) => values.map((v) => `copy of ${v}`))
      )
    })
  )

  it.effect("given a limit on the batch, then no batch is larger, empty or of two partitions", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(1)]
      yield* fill(input, 0, 2, ["0", "1", "2", "3", "4", "5", "6"])
      yield* fill(input, 1, 2, ["7"])
      const batches: Array<Batch> = []
      const handle = (batch: Batch) => {
        batches.push(batch)
        return copyTo(output)(batch)
      }
      const group = unused("group")
      const consumer = yield* Effect.forkChild(log.consume({ group, topics: [input], maxBatch: 3, handle }))
      yield* waitFor(output, 8)
      yield* Fiber.interrupt(consumer)
      for (const { partition, records, topic } of batches) {
        assert.isTrue(records.length >= 1 && records.length <= 3, `${records.length} records`)
        assert.isTrue(records.every((record) => record.topic === topic && record.partition === partition))
      }
    })
  )

  it.effect("given two groups, then each handles everything", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, one, two] = [yield* topicOf(1), yield* topicOf(1), yield* topicOf(1)]
      yield* fill(input, 0, 1, ["0", "1"])
      const consumers = yield* Effect.forEach([one, two], (output) =>
        Effect.forkChild(log.consume({ group: unused("group"), topics: [input], handle: copyTo(output) }))
      )
      assert.deepEqual(
        [yield* waitFor(one, 2), yield* waitFor(two, 2)],
        [[["copy of 0", "copy of 1"]], [["copy of 0", "copy of 1"]]]
      )
      yield* Fiber.interruptAll(consumers)
    })
  )

  it.effect("given a slow partition, then the others go on, and the slow one is never handled twice at once", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(1)]
      const release = yield* Deferred.make<void>()
      let inside = 0
      const consumer = yield* Effect.forkChild(
        log.consume({
          group: unused("group"),
          topics: [input],
          maxBatch: 1,
          handle: (batch) =>
            Effect.gen(function* () {
              if (batch.partition === 1) return yield* copyTo(output)(batch)
              assert.strictEqual(++inside, 1)
              yield* Deferred.await(release)
              inside--
              return yield* copyTo(output)(batch)
            })
        })
      )
      yield* fill(input, 0, 2, ["slow 0", "slow 1"])
      yield* fill(input, 1, 2, ["fast 0", "fast 1"])
      yield* waitFor(output, 2)
      yield* Deferred.succeed(release, undefined)
      assert.sameMembers(
        (yield* waitFor(output, 4)).flat(),
        ["fast 0", "fast 1", "slow 0", "slow 1"].map((v) => `copy of ${v}`)
      )
      yield* Fiber.interrupt(consumer)
    })
  )
}

const failingContract = (it: It): void => {
  it.effect(
    "given a handler that fails, then neither output nor offset stays; the next one begins at the same record",
    () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
        const group = unused("group")
        const [, second] = yield* fill(input, 0, 1, ["0", "1", "2"])
        const handle = (batch: Batch) =>
          batch.records.some((record) => textOf(record) === "1") ? Effect.fail("no" as const) : copyTo(output)(batch)
        const failure = yield* Effect.flip(log.consume({ group, topics: [input], maxBatch: 1, handle }))
        assert.strictEqual(failure, "no")
        assert.deepEqual(yield* waitFor(output, 1), [["copy of 0"]])
        assert.deepEqual(yield* log.committed(group, input), [second.offset])
        const first = yield* Deferred.make<string>()
        const consumer = yield* Effect.forkChild(
          log.consume({
            group,
            topics: [input],
            handle: (batch) => Effect.andThen(Deferred.succeed(first, textOf(batch.records[0])), copyTo(output)(batch))
          })
        )
        assert.strictEqual(yield* Deferred.await(first), "1")
        assert.deepEqual(yield* waitFor(output, 3), [["copy of 0", "copy of 1", "copy of 2"]])
        yield* Fiber.interrupt(consumer)
      })
  )

  it.effect("given a draft for an unknown topic, then consuming fails and the batch leaves nothing", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
      const group = unused("group")
      yield* fill(input, 0, 1, ["0"])
      const handle = () => Effect.succeed([draft(output, "k", "half"), draft(unused("missing"), "k", "v")])
      const failure = yield* Effect.flip(log.consume({ group, topics: [input], handle }))
      assert.strictEqual(failure.reason, "unknown-topic")
      assert.deepEqual(yield* log.committed(group, input), [null])
      assert.deepEqual(yield* log.endOffsets(output), [0])
    })
  )

  it.effect("given an interruption while a batch is in hand, then the batch is lost and handled again later", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(1), yield* topicOf(1)]
      const group = unused("group")
      yield* fill(input, 0, 1, ["0"])
      const begun = yield* Deferred.make<void>()
      const stuck = yield* Effect.forkChild(
        log.consume({
          group,
          topics: [input],
          handle: () => Effect.andThen(Deferred.succeed(begun, undefined), Effect.never)
        })
      )
      yield* Deferred.await(begun)
      yield* Fiber.interrupt(stuck)
      assert.deepEqual(yield* log.committed(group, input), [null])
      const consumer = yield* Effect.forkChild(log.consume({ group, topics: [input], handle: copyTo(output) }))
      assert.deepEqual(yield* waitFor(output, 1), [["copy of 0"]])
      yield* Fiber.interrupt(consumer)
    })
  )

  it.effect("given offsets set beforehand, then the group begins there", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(1)]
      const group = unused("group")
      const positions = yield* fill(input, 0, 2, ["0", "1", "2"])
      yield* fill(input, 1, 2, ["3"])
      assert.deepEqual(yield* log.committed(group, input), [null, null])
      yield* log.commit(group, [positions[2]])
      assert.deepEqual(yield* log.committed(group, input), [positions[2].offset, null])
      const consumer = yield* Effect.forkChild(log.consume({ group, topics: [input], handle: copyTo(output) }))
      assert.sameMembers((yield* waitFor(output, 2)).flat(), ["copy of 2", "copy of 3"])
      yield* Fiber.interrupt(consumer)
    })
  )
}

export const consumeContract = (it: It): void => {
  handlingContract(it)
  failingContract(it)
}
