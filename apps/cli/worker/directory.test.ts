/** Every worker knows every run, from the topic alone. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { TestClock } from "effect/testing"
import { EventLog, LogError } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { append, emptyLog } from "../../../platform/stream/log.fixture.ts"
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { Directory, type ListedRun, listed } from "./directory.ts"
import { failed, finished, id, paused, resumed, start, startedRun, until, updated } from "./story.fixture.ts"

const fresh: ListedRun = {
  ...{ started: startedRun("a"), partition: 0, standing: "live", step: 0, pausedAt: null, session: 1 }
}
const after = (...events: ReadonlyArray<OnefoldEvent>): ListedRun => events.reduce(listed, fresh)

describe("what a run's events make of it", () => {
  it.each([
    ["an update", [updated("a", 3)], { step: 3 }],
    ["an older update after it", [updated("a", 3), updated("a", 2)], { step: 3 }],
    ["a pause", [updated("a", 1), paused("a", 1)], { standing: "paused", pausedAt: 1, step: 1 }],
    ["the step in hand after a pause", [paused("a", 0), updated("a", 1)], { standing: "paused", pausedAt: 0, step: 1 }],
    ["a second pause", [paused("a", 1), paused("a", 2)], { standing: "paused", pausedAt: 1 }],
    ["a resumption", [paused("a", 1), resumed("a", 2)], { standing: "live", pausedAt: null, session: 2 }],
    ["a failure", [failed("a")], { standing: "failed" }],
    ["a failure while paused", [paused("a", 1), failed("a")], { standing: "failed" }],
    ["a pause after a failure", [failed("a"), paused("a", 1)], { standing: "failed" }],
    ["a resumption after a failure", [failed("a"), resumed("a", 2)], { standing: "live", session: 2 }],
    ["a resumption of what goes on", [resumed("a", 2)], { standing: "live", session: 1 }],
    ["the end", [finished("a")], { standing: "finished" }],
    ["anything after the end", [finished("a"), failed("a"), paused("a", 1), resumed("a", 3)], { standing: "finished" }]
  ] as const)("given %s, then it stands so", (_, events, expected) => {
    assert.deepInclude(after(...events), expected)
  })
})

/** With a directory over the log as it is by then. */
const withDirectory = <A, E>(work: (directory: Directory["Service"]) => Effect.Effect<A, E, EventLog>) =>
  Effect.gen(function* () {
    const log = yield* EventLog
    const layer = Directory.layer.pipe(Layer.provide(Layer.succeed(EventLog, log)))
    return yield* Effect.flatMap(Directory, work).pipe(Effect.provide(layer))
  })

describe("the directory", () => {
  it.effect("given runs before it was there, then it knows them whole at once, and hears of others live", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append([startedRun("a"), startedRun("b"), updated("a", 1), paused("b", 0)])
      yield* withDirectory(({ changed, runs }) =>
        Effect.gen(function* () {
          assert.deepInclude(runs.get(id("a")), { standing: "live", step: 1 })
          assert.deepInclude(runs.get(id("b")), { standing: "paused" })
          const { version } = changed
          yield* append([startedRun("c"), updated("a", 2), resumed("b", 2)])
          yield* changed.beyond(version)
          yield* until("all three are heard of", () => runs.get(id("b"))?.session === 2)
          assert.strictEqual(runs.get(id("a"))?.step, 2)
          assert.strictEqual(runs.size, 3)
        })
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect(
    "given two starts of one name and damage among the records, then the first counts and the rest is read",
    () =>
      Effect.gen(function* () {
        yield* emptyLog
        const log = yield* EventLog
        yield* append([startedRun("a", { codeVersion: "first" })])
        yield* log.append([{ topic: "runs", key: "a", value: new Uint8Array([1, 2, 3]) }])
        yield* append([startedRun("a", { codeVersion: "second" }), updated("a", 4), updated("nobody", 9)])
        yield* withDirectory(({ runs }) =>
          Effect.sync(() => {
            assert.deepStrictEqual([...runs.keys()], [id("a")])
            assert.strictEqual(runs.get(id("a"))?.started.codeVersion, "first")
            assert.strictEqual(runs.get(id("a"))?.step, 4)
          })
        )
      }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a topic that cannot be followed for a while, then it goes on where it was: nothing is missed", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* start("a")
      const log = yield* EventLog
      const away = new LogError({ reason: "unavailable", place: "kafka", detail: "it is away", next: "Wait" })
      let tails = 0
      // The first gives one record and fails; the second fails at once.
      const tail: EventLog["Service"]["tail"] = (topics, from) =>
        Stream.suspend(() => {
          tails++
          if (tails > 2) return log.tail(topics, from)
          return Stream.concat(Stream.take(log.tail(topics, from), tails === 1 ? 1 : 0), Stream.fail(away))
        })
      yield* withDirectory(({ runs }) =>
        Effect.gen(function* () {
          yield* append([updated("a", 1)])
          yield* until("the first is heard", () => runs.get(id("a"))?.step === 1)
          yield* append([updated("a", 2), startedRun("b")])
          yield* TestClock.adjust("5 seconds")
          yield* until("the others are heard", () => runs.get(id("a"))?.step === 2 && runs.has(id("b")))
          assert.strictEqual(tails, 3)
        })
      ).pipe(Effect.provideService(EventLog, { ...log, tail }))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect(
    "given a run that is heard of later, then whoever asked for it waits; one that never comes is given up",
    () =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* withDirectory((directory) =>
          Effect.gen(function* () {
            const late = yield* Effect.forkChild(directory.of(id("late")))
            const never = yield* Effect.forkChild(Effect.flip(directory.of(id("never"))))
            yield* TestClock.adjust("30 seconds")
            yield* start("late")
            assert.strictEqual((yield* Fiber.join(late)).standing, "live")
            yield* TestClock.adjust("30 seconds")
            assert.strictEqual((yield* Fiber.join(never))._tag, "UnknownRun")
            // Its other events are not waited for, a minute each.
            assert.strictEqual((yield* Effect.flip(directory.of(id("never"))))._tag, "UnknownRun")
            yield* start("never")
            yield* until("it came after all", () => directory.runs.has(id("never")))
            assert.strictEqual((yield* directory.of(id("never"))).standing, "live")
          })
        )
      }).pipe(Effect.provide(layerMemory))
  )
})
