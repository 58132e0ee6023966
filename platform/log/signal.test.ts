import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Signal } from "./signal.ts"

describe("a signal", () => {
  it.effect("given it was raised since it was looked at, then waiting ends at once", () =>
    Effect.gen(function* () {
      const signal = new Signal()
      const { version } = signal
      signal.raise()
      yield* signal.beyond(version)
      assert.isAbove(signal.version, version)
    })
  )

  it.effect("given many who wait, then one raise wakes all of them, and those who gave up are no trouble", () =>
    Effect.gen(function* () {
      const signal = new Signal()
      const waiting = yield* Effect.forEach([1, 2, 3], () => Effect.forkChild(signal.beyond(signal.version)))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(waiting[0])
      signal.raise()
      yield* Fiber.joinAll(waiting.slice(1))
    })
  )
})
