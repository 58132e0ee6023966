/** What serves one run alone is served by one worker at a time, over the memory log. */
import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Fiber, Layer, Queue, Schema, Stream } from "effect"
import { TestClock } from "effect/testing"
import { FoldFailed } from "../../../learning/objective/fold.ts"
import { EventLog, LogError } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { append, emptyLog, eventsIn } from "../../../platform/stream/log.fixture.ts"
import { mostCrashes } from "../../../platform/stream/tolerance.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { SettingsDrifted } from "../environment.ts"
import { Directory, type ListedRun } from "./directory.ts"
import { type Hosting, host } from "./hosting.ts"
import { finished, id, paused, resumed, start, turns, until, updated } from "./story.fixture.ts"

class Broken extends Schema.TaggedError<Broken>()("Broken", { what: Schema.String }) {
  override get message(): string {
    return `it is broken: ${this.what}`
  }
}

const away = new LogError({ reason: "unavailable", place: "kafka", detail: "it is away", next: "Wait" })

const crashed = Effect.fail(new FoldFailed({ reason: "crashed", detail: "its thread ended" }))

/** What one worker serves, and how often it began. */
const worker = (serve: (run: ListedRun, began: number) => Effect.Effect<void, unknown> = () => Effect.never) => {
  const now = new Set<RunId>()
  const began: Array<RunId> = []
  const deals: Array<ReadonlyArray<number>> = []
  const hosting: Hosting<never> = {
    group: "hosts-test",
    wants: ({ standing }) => standing === "live",
    isVital: true,
    serve: (run) =>
      Effect.suspend(() => {
        const { runId } = run.started
        assert.isFalse(now.has(runId), `${runId} is served twice at once`)
        now.add(runId)
        began.push(runId)
        const times = began.filter((each) => each === runId).length
        return Effect.ensuring(
          serve(run, times),
          Effect.sync(() => now.delete(runId))
        )
      }),
    dealt: (partitions) => Effect.sync(() => void deals.push(partitions))
  }
  return { now, began, deals, hosting }
}

const names = ["a", "b", "c", "d", "e", "f"] as const

/** With a directory, and a log that has every topic. */
const withRuns = <A, E>(work: Effect.Effect<A, E, Directory | EventLog>) =>
  Effect.andThen(emptyLog, Effect.provide(work, Directory.layer)).pipe(Effect.provide(layerMemory))

const failures = Effect.map(eventsIn("runs"), (events) => events.filter(({ _tag }) => _tag === "RunFailed"))

describe("runs that are shared out", () => {
  it.effect("given two hosts, then each run has one; what one leaves, the other takes up", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start(...names)
        const [first, second] = [worker(), worker()]
        const leaving = yield* Effect.forkChild(host(first.hosting))
        yield* until("the first has all", () => first.now.size === 6)
        const staying = yield* Effect.forkChild(host(second.hosting))
        yield* until("they share", () => first.now.size + second.now.size === 6 && second.now.size > 0)
        yield* turns
        assert.isAbove(first.now.size, 0)
        for (const run of first.now) assert.isFalse(second.now.has(run))
        yield* Fiber.interrupt(leaving)
        yield* until("the second has all", () => second.now.size === 6)
        assert.strictEqual(first.now.size, 0)
        yield* Fiber.interrupt(staying)
      })
    )
  )

  it.effect("given runs that pause, end and begin, then they are served while they are wanted", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a", "b")
        const { began, hosting, now } = worker()
        yield* Effect.forkChild(host(hosting))
        yield* until("both", () => now.size === 2)
        yield* append([paused("a", 0), finished("b")])
        yield* until("none", () => now.size === 0)
        yield* append([resumed("a", 2)])
        yield* start("c")
        yield* until("the one that goes on, and the new one", () => now.has(id("a")) && now.has(id("c")))
        assert.deepStrictEqual(began.filter((run) => run === id("b")).length, 1)
      })
    )
  )
})

describe("a run that cannot be served", () => {
  it.effect("given a failure of its own, then it says so once and waits until it is resumed; others go on", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a", "b")
        const { began, hosting, now } = worker(({ started }, times) =>
          started.runId === id("a") && times === 1 ? new Broken({ what: "its data" }) : Effect.never
        )
        yield* Effect.forkChild(host(hosting))
        yield* until("b goes on", () => now.has(id("b")))
        yield* turns
        yield* TestClock.adjust("1 minute")
        yield* turns
        assert.deepStrictEqual(
          (yield* failures).map((event) => event._tag === "RunFailed" && [event.runId, event.reason, event.detail]),
          [[id("a"), "Broken", "it is broken: its data"]]
        )
        assert.strictEqual(began.filter((run) => run === id("a")).length, 1)
        yield* append([resumed("a", 2)])
        yield* until("a goes on", () => now.has(id("a")))
        assert.strictEqual(began.filter((run) => run === id("b")).length, 1)
      })
    )
  )

  it.effect.each([
    ["brokers that are away for a while", Effect.fail(away)],
    ["something that it works with and that was closed", Effect.interrupt]
  ] as const)("given %s, then it is begun anew each second and no word is said", ([, ended]) =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a")
        const { began, hosting, now } = worker((_, times) => (times <= 3 ? ended : Effect.never))
        yield* Effect.forkChild(host(hosting))
        yield* turns
        assert.lengthOf(began, 1)
        for (let second = 0; second < 4; second++) yield* Effect.andThen(turns, TestClock.adjust("1 second"))
        yield* until("it is served", () => now.has(id("a")) && began.length === 4)
        assert.deepStrictEqual(yield* failures, [])
      })
    )
  )

  it.effect("given a fold that crashes over the same step each time, then the run waits after the fifth", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a", "b")
        const { began, hosting, now } = worker(({ started }) => (started.runId === id("a") ? crashed : Effect.never))
        yield* Effect.forkChild(host(hosting))
        for (let second = 0; second < 9; second++) yield* Effect.andThen(turns, TestClock.adjust("1 second"))
        assert.lengthOf(
          began.filter((run) => run === id("a")),
          mostCrashes
        )
        assert.deepStrictEqual(
          (yield* failures).map((event) => event._tag === "RunFailed" && [event.runId, event.reason]),
          [[id("a"), "FoldFailed"]]
        )
        assert.isTrue(now.has(id("b")))
      })
    )
  )

  it.effect("given a fold that crashes now and then while steps are taken, then it is begun anew each time", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a")
        const { hosting, now } = worker((_, times) => (times <= 8 ? crashed : Effect.never))
        yield* Effect.forkChild(host(hosting))
        for (let second = 0; second < 9; second++) {
          yield* append([updated("a", second + 1)])
          yield* Effect.andThen(turns, TestClock.adjust("1 second"))
        }
        yield* until("it is served", () => now.has(id("a")))
        assert.deepStrictEqual(yield* failures, [])
      })
    )
  )

  it.effect("given what a run can go on without, then nothing is said of it", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a")
        const { began, hosting } = worker(() => new Broken({ what: "its history" }))
        yield* Effect.forkChild(host({ ...hosting, isVital: false }))
        yield* until("it was tried", () => began.length === 1)
        yield* Effect.andThen(turns, TestClock.adjust("1 minute"))
        yield* turns
        assert.strictEqual(began.length, 1)
        assert.deepStrictEqual(yield* failures, [])
      })
    )
  )

  it.effect("given a failure that is the worker's own, then hosting ends with it, and the run is not to blame", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a", "b")
        const drifted = new SettingsDrifted({ runId: "a", differences: ["backend"] })
        const { hosting, now } = worker(({ started }) =>
          started.runId === id("a") ? Effect.fail(drifted) : Effect.never
        )
        assert.strictEqual(yield* Effect.flip(host(hosting)), drifted)
        assert.strictEqual(now.size, 0)
        assert.deepStrictEqual(yield* failures, [])
      })
    )
  )
})

/** A log whose partitions of `runs` are dealt as the test says. */
const dealing = Effect.gen(function* () {
  const log = yield* EventLog
  const deals = yield* Queue.unbounded<ReadonlyArray<number> | LogError>()
  const share: EventLog["Service"]["share"] = () =>
    Stream.fromEffectRepeat(
      Effect.flatMap(Queue.take(deals), (deal) => (deal instanceof LogError ? Effect.fail(deal) : Effect.succeed(deal)))
    )
  return { deals, layer: Layer.succeed(EventLog, { ...log, share }) }
})

describe("partitions that come and go", () => {
  it.effect(
    "given one that goes and comes back while a batch is in hand, then its run is served again afterwards",
    () =>
      withRuns(
        Effect.gen(function* () {
          yield* start("a")
          const { deals, layer } = yield* dealing
          const batch = yield* Deferred.make<void>()
          const { began, hosting, now } = worker((_, times) =>
            times === 1 ? Effect.ensuring(Effect.never, Deferred.await(batch)) : Effect.never
          )
          yield* Effect.forkChild(host(hosting).pipe(Effect.provide(layer)))
          yield* Queue.offer(deals, [0, 1])
          yield* until("it is served", () => now.has(id("a")))
          yield* Queue.offer(deals, [])
          yield* turns
          yield* Queue.offer(deals, [0, 1])
          yield* turns
          assert.strictEqual(began.length, 1)
          yield* Deferred.succeed(batch, undefined)
          yield* until("it is served again", () => now.has(id("a")) && began.length === 2)
        })
      )
  )

  it.effect("given a membership that is lost, then nothing is served, nor called ready, until it is joined anew", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a")
        const { deals, layer } = yield* dealing
        const { deals: told, hosting, now } = worker()
        yield* Effect.forkChild(host(hosting).pipe(Effect.provide(layer)))
        yield* Queue.offer(deals, away)
        yield* Effect.andThen(turns, TestClock.adjust("1 second"))
        assert.deepStrictEqual(told, [])
        yield* Queue.offer(deals, [0, 1])
        yield* until("it is served", () => now.has(id("a")))
        yield* Queue.offer(deals, away)
        yield* until("it is not served", () => now.size === 0)
        yield* Effect.andThen(turns, TestClock.adjust("1 second"))
        yield* Queue.offer(deals, [0, 1])
        yield* until("it is served again", () => now.has(id("a")))
        assert.deepStrictEqual(told, [
          [0, 1],
          [0, 1]
        ])
      })
    )
  )

  it.effect("given a run that is resumed while its failure is still being told, then it is served again", () =>
    withRuns(
      Effect.gen(function* () {
        yield* start("a")
        const log = yield* EventLog
        // Whoever resumes it does so before the failing worker has returned from its write.
        const append: EventLog["Service"]["append"] = (drafts) =>
          Effect.gen(function* () {
            const positions = yield* log.append(drafts)
            yield* appendTo(log)
            yield* turns
            return positions
          })
        const { hosting, now } = worker((_, times) => (times === 1 ? new Broken({ what: "it" }) : Effect.never))
        yield* Effect.forkChild(host(hosting).pipe(Effect.provideService(EventLog, { ...log, append })))
        yield* until("it is served again", () => now.has(id("a")))
      })
    )
  )
})

const appendTo = (log: EventLog["Service"]) => Effect.provideService(append([resumed("a", 2)]), EventLog, log)
