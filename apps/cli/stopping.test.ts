/** What a signal means, by when it comes. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { Stopping, stoppingLayer } from "./stopping.ts"

/** A process that gets signals at moments of our choosing, and is never really signalled. */
const signalled = (
  test: (given: {
    readonly at: (millis: number) => void
    readonly stops: () => ReadonlyArray<number>
  }) => Effect.Effect<void, never, Stopping>
) => {
  let now = 0
  const stops: Array<number> = []
  const others = new Set(process.listeners("SIGINT"))
  const at = (millis: number): void => {
    now = millis
    for (const listener of process.listeners("SIGINT")) if (!others.has(listener)) listener("SIGINT")
  }
  const layer = stoppingLayer(
    (exitCode) => stops.push(exitCode),
    () => now
  )
  return test({ at, stops: () => stops }).pipe(Effect.provide(layer))
}

const listening = Effect.gen(function* () {
  const fiber = yield* Effect.forkChild((yield* Stopping).requested)
  yield* Effect.yieldNow
  return fiber
})

describe("a signal", () => {
  it.effect("given nobody who listens for it, then it stops at once", () =>
    signalled(({ at, stops }) =>
      Effect.sync(() => {
        at(0)
        assert.deepStrictEqual(stops(), [130])
      })
    )
  )

  it.effect("given a run that listens, then the first is a request and the second stops at once", () =>
    signalled(({ at, stops }) =>
      Effect.gen(function* () {
        const fiber = yield* listening
        at(1000)
        yield* Fiber.join(fiber)
        assert.isEmpty(stops())
        at(1500)
        assert.deepStrictEqual(stops(), [130])
      })
    )
  )

  it.effect("given the same one passed on by npm moments later, then it counts once", () =>
    signalled(({ at, stops }) =>
      Effect.gen(function* () {
        const fiber = yield* listening
        at(1000)
        at(1003)
        at(1199)
        yield* Fiber.join(fiber)
        assert.isEmpty(stops())
        at(1200)
        assert.deepStrictEqual(stops(), [130])
      })
    )
  )

  it.effect("given a command that leaves by itself, then it stops at once, and nothing went wrong", () =>
    signalled(({ stops }) =>
      Effect.gen(function* () {
        yield* (yield* Stopping).leave
        assert.deepStrictEqual(stops(), [0])
      })
    )
  )

  it.effect("given the layer's end, then nobody is left who hears it", () =>
    Effect.gen(function* () {
      const before = process.listenerCount("SIGTERM")
      yield* signalled(() => Effect.sync(() => assert.strictEqual(process.listenerCount("SIGTERM"), before + 1)))
      assert.strictEqual(process.listenerCount("SIGTERM"), before)
    })
  )
})
