import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Logger, Metric } from "effect"
import { TestClock } from "effect/testing"
import { EventLog, LogError } from "../log/event-log.ts"
import { layerMemory } from "../log/memory.ts"
import { scrape } from "../observability/prometheus.fixture.ts"
import { serveHttp } from "../observability/worker-http.ts"
import { eventually, isUpToDate } from "./cut.fixture.ts"
import { runId } from "./events.fixture.ts"
import { grade, rollouts } from "./grade-stage.fixture.ts"
import { lagOf, watchLag } from "./lag.ts"
import { append, emptyLog } from "./log.fixture.ts"
import { groupOf, type Serving, serveStage, topicsOf } from "./serve.ts"

const serving: Serving = { runId, from: [] }
const group = groupOf(grade.name, serving)
const topics = topicsOf(grade.consumes)
const [topic] = topics

const serveGrade = Effect.raceFirst(serveStage(grade, serving), eventually(isUpToDate(group, topics)))

const lag = Effect.map(lagOf(group, topics), ([{ lag }]) => lag)

/** The gauge as a scraper sees it; undefined where there is none. */
const shown = Effect.gen(function* () {
  const { port } = yield* serveHttp({ host: "127.0.0.1", port: 0 }, { state: "ready" })
  const seen = yield* scrape(port)
  return seen.value("onefold_stage_lag", { group, topic })
}).pipe(Effect.scoped)

const alone = <A, E>(test: Effect.Effect<A, E, EventLog>) =>
  test.pipe(
    Effect.provide(layerMemory),
    Effect.provideService(Metric.MetricRegistry, new Map()),
    Effect.provide(Logger.layer([]))
  )

describe("lag", () => {
  it.effect("given records that nobody has handled, then all of them are the lag, and none once they are", () =>
    alone(
      Effect.gen(function* () {
        yield* emptyLog
        assert.deepStrictEqual(yield* lagOf(group, topics), [{ topic, lag: 0 }])
        yield* append(rollouts)
        assert.strictEqual(yield* lag, rollouts.length)
        yield* serveGrade
        assert.strictEqual(yield* lag, 0)
        yield* append(rollouts.slice(0, 5))
        assert.strictEqual(yield* lag, 5)
      })
    )
  )

  it.effect("given several topics, then each has its own lag, whatever other groups have handled", () =>
    alone(
      Effect.gen(function* () {
        yield* emptyLog
        yield* append(rollouts)
        yield* serveGrade
        assert.deepStrictEqual(yield* lagOf("another", [topic, "rollouts.graded", "runs"]), [
          { topic, lag: rollouts.length },
          { topic: "rollouts.graded", lag: rollouts.length },
          { topic: "runs", lag: 0 }
        ])
      })
    )
  )

  it.effect("given an offset beyond the end, then there is no lag, rather than less than none", () =>
    alone(
      Effect.gen(function* () {
        yield* emptyLog
        yield* append(rollouts)
        const log = yield* EventLog
        const partition = (yield* log.endOffsets(topic)).findIndex((end) => end > 0)
        yield* log.commit(group, [{ topic, partition, offset: 1000 }])
        assert.isAtLeast(yield* lag, 0)
        assert.isBelow(yield* lag, rollouts.length)
      })
    )
  )
})

describe("watchLag", () => {
  it.effect("given work that piles up and is done, then the gauge follows every five seconds", () =>
    alone(
      Effect.gen(function* () {
        yield* emptyLog
        yield* append(rollouts)
        const watching = yield* Effect.forkChild(watchLag([{ group, topics }]))
        yield* TestClock.adjust("1 second")
        assert.strictEqual(yield* shown, rollouts.length)
        yield* serveGrade
        yield* TestClock.adjust("3 seconds")
        assert.strictEqual(yield* shown, rollouts.length, "not yet looked at again")
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(yield* shown, 0)
        yield* Fiber.interrupt(watching)
        assert.isUndefined(yield* shown, "nobody keeps it up any more")
      })
    )
  )

  it.effect(
    "given a log that does not answer for a while, then there is no gauge, one warning, and later a gauge again",
    () =>
      Effect.gen(function* () {
        const warnings: Array<string> = []
        const logger = Logger.make(({ message }) => {
          warnings.push(String(message))
        })
        let isDown = true
        const fault = new LogError({ reason: "unavailable", place: "broker", detail: "gone", next: "Wait" })
        yield* Effect.gen(function* () {
          yield* emptyLog
          yield* append(rollouts)
          const log = yield* EventLog
          const flaky: EventLog["Service"] = {
            ...log,
            endOffsets: (name) => Effect.suspend(() => (isDown ? Effect.fail(fault) : log.endOffsets(name)))
          }
          yield* Effect.forkChild(
            watchLag([{ group, topics }], "1 second").pipe(Effect.provideService(EventLog, flaky))
          )
          yield* TestClock.adjust("3 seconds")
          assert.isUndefined(yield* shown)
          isDown = false
          yield* TestClock.adjust("1 second")
          assert.strictEqual(yield* shown, rollouts.length)
          isDown = true
          yield* TestClock.adjust("3 seconds")
          assert.isUndefined(yield* shown)
        }).pipe(
          Effect.provide(layerMemory),
          Effect.provideService(Metric.MetricRegistry, new Map()),
          Effect.provide(Logger.layer([logger]))
        )
        assert.lengthOf(warnings, 2, "one for each time it went away")
        assert.include(warnings[0], group)
        assert.include(warnings[0], fault.message)
      })
  )
})
