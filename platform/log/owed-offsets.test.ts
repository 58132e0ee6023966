/** Offsets of batches that led to nothing wait for company, and not for ever. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Option } from "effect"
import { TestClock } from "effect/testing"
import { OwedOffsets } from "./owed-offsets.ts"

const moveTo = (offset: number, partition = 0) => ({ group: "g", topic: "t", partition, offset })

describe("owed offsets", () => {
  it.effect("given batches that lead to nothing, then their offsets wait, a second at most", () =>
    Effect.gen(function* () {
      const owed = new OwedOffsets()
      assert.isFalse(yield* owed.owe([moveTo(1)]))
      yield* TestClock.adjust("999 millis")
      assert.isFalse(yield* owed.owe([moveTo(2)]))
      yield* TestClock.adjust("1 millis")
      assert.isTrue(yield* owed.owe([moveTo(3)]))
      assert.deepStrictEqual(owed.moves, [moveTo(3)])
      yield* Effect.promise(() => owed.settledBy([], async () => undefined))
      assert.isEmpty(owed.moves)
      assert.isFalse(yield* owed.owe([moveTo(4)]))
    })
  )

  it.effect("given a transaction of its own moves, then what is owed goes with it, and the later offset counts", () =>
    Effect.gen(function* () {
      const owed = new OwedOffsets()
      yield* owed.owe([moveTo(1), moveTo(7, 1)])
      yield* Effect.promise(() =>
        owed.settledBy([moveTo(2)], async (all) => assert.deepStrictEqual(all, [moveTo(2), moveTo(7, 1)]))
      )
    })
  )

  it.effect("given a quiet moment, then what is owed is asked for; and where nothing is, nobody stops waiting", () =>
    Effect.gen(function* () {
      const owed = new OwedOffsets()
      const waiting = yield* Effect.forkChild(owed.before(Effect.never))
      yield* TestClock.adjust("1 hour")
      assert.isUndefined(waiting.pollUnsafe())
      yield* Fiber.interrupt(waiting)
      yield* owed.owe([moveTo(1)])
      const quiet = yield* Effect.forkChild(owed.before(Effect.never))
      yield* TestClock.adjust("500 millis")
      assert.isTrue(Option.isNone(yield* Fiber.join(quiet)))
      assert.deepStrictEqual(yield* owed.before(Effect.succeed("batch")), Option.some("batch"))
    })
  )
})
