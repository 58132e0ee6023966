/** Stages that serve many runs go on, whatever one event does to them. */
import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Schema } from "effect"
import { TestClock } from "effect/testing"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { RunId } from "../../schemas/ids.ts"
import { RunFailed } from "../../schemas/run-failed.ts"
import { layerMemory } from "../log/memory.ts"
import { eventually, isUpToDate } from "./cut.fixture.ts"
import { generated, graded, runId } from "./events.fixture.ts"
import { append, emptyLog, eventsIn } from "./log.fixture.ts"
import { groupOf, type Serving, serveStage, topicsOf } from "./serve.ts"
import { causeOf, type Stage } from "./stage.ts"
import { ClosedUnderStage, isTriedAgain, mostCrashes, mostCrashesTogether, type Tolerance } from "./tolerance.ts"

class Faulty extends Schema.TaggedError<Faulty>()("Faulty", {
  kind: Schema.Literals(["event", "passing", "crash", "fatal"])
}) {
  override get message(): string {
    return `it is ${this.kind}`
  }
}

const serving: Serving = { runId: null, from: [] }
const rollouts = Array.from({ length: 9 }, (_, i) => generated({ sampleIndex: i, cohort: 0 }))

/** Fails for some samples, as often as is said; counts its calls. */
const failingFor = (faults: ReadonlyMap<number, { kind: Faulty["kind"]; times: number }>) => {
  const left = new Map([...faults].map(([sample, { times }]) => [sample, times]))
  const calls: Array<number> = []
  const stage = {
    name: "grade",
    consumes: ["RolloutGenerated"],
    maxBatch: 4,
    handle: (deliveries) =>
      Effect.gen(function* () {
        calls.push(deliveries.length)
        for (const { event } of deliveries) {
          const fault = faults.get(event.sampleIndex)
          const times = left.get(event.sampleIndex) ?? 0
          if (fault === undefined || times === 0) continue
          left.set(event.sampleIndex, times - 1)
          return yield* new Faulty({ kind: fault.kind })
        }
        return deliveries.map((delivered) =>
          graded({ runId, sampleIndex: delivered.event.sampleIndex, causes: [causeOf(delivered)] })
        )
      })
  } satisfies Stage<"RolloutGenerated", Faulty, never>
  return { stage, calls }
}

const tolerance: Tolerance = {
  judge: (failure) =>
    !(failure instanceof Faulty) ? "fatal" : failure.kind === "event" ? "of-the-event" : failure.kind,
  word: (event: OnefoldEvent, failure) => [
    new RunFailed({
      runId: event.runId,
      step: 0,
      causes: [],
      session: 1,
      reason: "Faulty",
      detail: String(failure),
      next: "mend it"
    })
  ]
}

const serve = (stage: Stage<"RolloutGenerated", Faulty, never>) =>
  Effect.raceFirst(
    serveStage(stage, serving, tolerance),
    eventually(isUpToDate(groupOf(stage.name, serving), topicsOf(stage.consumes)))
  )

const forever = Number.POSITIVE_INFINITY

/** Time passes as soon as everybody waits for it. */
const inTime = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(work, Effect.forever(Effect.andThen(TestClock.adjust("1 second"), Effect.yieldNow)))

const gradedSamples = Effect.map(eventsIn("rollouts.graded"), (grades) =>
  grades.map((event) => event._tag === "RolloutGraded" && event.sampleIndex)
)

describe("whether events are handled again as they are", () => {
  const alone = { events: 1, crashes: 0, millis: 0 }
  const long = 7 * 24 * 3_600_000

  it("given what passes, then as long as it takes", () => {
    assert.isTrue(isTriedAgain("passing", { events: 9, crashes: 99, millis: long }))
  })

  it("given what may come late, then for a minute", () => {
    assert.isTrue(isTriedAgain("late", { ...alone, millis: 59_999 }))
    assert.isFalse(isTriedAgain("late", { ...alone, millis: 60_000 }))
  })

  it.each([
    [1, mostCrashes],
    [2, mostCrashesTogether],
    [9, mostCrashesTogether]
  ])(
    "given a thread that crashes over %i at once, then until it has %i times, however long that takes",
    (events, most) => {
      assert.isTrue(isTriedAgain("crash", { events, crashes: most - 1, millis: long }))
      assert.isFalse(isTriedAgain("crash", { events, crashes: most, millis: 0 }))
    }
  )

  it.each(["of-the-event", "fatal"] as const)("given what is %s, then not", (judgement) => {
    assert.isFalse(isTriedAgain(judgement, alone))
  })
})

describe("tolerating", () => {
  it.effect("given one faulty event in a batch, then it is set aside with its place, and all others are handled", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      const { stage } = failingFor(new Map([[5, { kind: "event", times: forever }]]))
      yield* serve(stage)
      assert.deepStrictEqual(yield* gradedSamples, [0, 1, 2, 3, 4, 6, 7, 8])
      const [letter, ...others] = yield* eventsIn("dead-letters")
      assert.isEmpty(others)
      assert.deepInclude(letter, { topic: "rollouts.generated", offset: 5, reason: "Faulty", detail: "it is event" })
      assert.deepStrictEqual(
        (yield* eventsIn("runs")).map(({ _tag }) => _tag),
        ["RunFailed"]
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given an event that was set aside and is sent once more, then it is handled", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      const { stage } = failingFor(new Map([[5, { kind: "event", times: 2 }]]))
      yield* Effect.raceFirst(
        serveStage(stage, serving, tolerance),
        Effect.gen(function* () {
          const upToDate = isUpToDate(groupOf(stage.name, serving), topicsOf(stage.consumes))
          yield* eventually(upToDate)
          yield* append([rollouts[5]])
          yield* eventually(upToDate)
        })
      )
      assert.sameMembers([...(yield* gradedSamples)], [0, 1, 2, 3, 4, 5, 6, 7, 8])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a failure that passes, then the batch waits for it and nothing is set aside", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      const { calls, stage } = failingFor(new Map([[2, { kind: "passing", times: 3 }]]))
      yield* inTime(serve(stage))
      assert.lengthOf(yield* eventsIn("rollouts.graded"), 9)
      assert.isEmpty(yield* eventsIn("dead-letters"))
      assert.deepStrictEqual(calls.slice(0, 4), [4, 4, 4, 4])
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect(
    "given an event that a thread crashes over each time, then it is found and set aside, and all others go on",
    () =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append(rollouts)
        const { calls, stage } = failingFor(new Map([[5, { kind: "crash", times: forever }]]))
        yield* inTime(serve(stage))
        assert.deepStrictEqual(yield* gradedSamples, [0, 1, 2, 3, 4, 6, 7, 8])
        const [letter, ...others] = yield* eventsIn("dead-letters")
        assert.isEmpty(others)
        assert.deepInclude(letter, { topic: "rollouts.generated", offset: 5, reason: "Faulty", detail: "it is crash" })
        assert.lengthOf(yield* eventsIn("runs"), 1)
        // The batch of four in vain; then 4, 5 in vain, 6 and 7 alone; then 8.
        assert.deepStrictEqual(calls, [...[4, 4, 4, 4], 1, ...[1, 1, 1, 1, 1], 1, 1, 1])
      }).pipe(Effect.provide(layerMemory))
  )

  it.effect(
    "given a thread that crashes over a batch, and less than five times over an event of it, then nothing is set aside",
    () =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append(rollouts)
        const { stage } = failingFor(new Map([[5, { kind: "crash", times: 3 + 4 }]]))
        yield* inTime(serve(stage))
        assert.deepStrictEqual(yield* gradedSamples, [0, 1, 2, 3, 4, 5, 6, 7, 8])
        assert.isEmpty(yield* eventsIn("dead-letters"))
      }).pipe(Effect.provide(layerMemory))
  )

  const forRuns = [
    ["one run", ["one", "one"], 2, "it may be the run, and both are set aside"],
    ["two runs", ["one", "two"], 1, "it is the machine, and the stage stops"]
  ] as const
  for (const [whose, [first, second], setAside, then] of forRuns)
    it.effect(`given threads that crash over two events in a row, of ${whose}, then ${then}`, () =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append([generated({ runId: RunId.make(first), sampleIndex: 0 })])
        const { stage } = failingFor(new Map([0, 1].map((sample) => [sample, { kind: "crash", times: forever }])))
        const stopped = yield* Effect.forkChild(Effect.flip(serveStage(stage, serving, tolerance)))
        yield* inTime(eventually(Effect.map(eventsIn("dead-letters"), (letters) => letters.length === 1)))
        yield* append([generated({ runId: RunId.make(second), sampleIndex: 1 })])
        if (setAside === 2)
          return yield* inTime(eventually(Effect.map(eventsIn("dead-letters"), (letters) => letters.length === 2)))
        assert.deepInclude(yield* inTime(Fiber.join(stopped)), { _tag: "CrashesOverEverything", stage: "grade" })
        assert.lengthOf(yield* eventsIn("dead-letters"), 1)
      }).pipe(Effect.provide(layerMemory))
    )

  const setAsideToo = [
    ["given an event that is handled between two runs' events that crash, then both are set aside", 1],
    ["given two runs' events that crash in one batch, then both are set aside, for a batch has to end sometime", 4]
  ] as const
  for (const [title, maxBatch] of setAsideToo)
    it.effect(title, () =>
      Effect.gen(function* () {
        yield* emptyLog
        const runs = maxBatch === 1 ? ["one", "one", "two"] : ["one", "two", "two"]
        yield* append(runs.map((run, i) => generated({ runId: RunId.make(run), sampleIndex: i })))
        const crashing = maxBatch === 1 ? [0, 2] : [0, 1]
        const { stage } = failingFor(new Map(crashing.map((sample) => [sample, { kind: "crash", times: forever }])))
        yield* inTime(serve({ ...stage, maxBatch }))
        assert.lengthOf(yield* eventsIn("dead-letters"), 2)
        assert.lengthOf(yield* gradedSamples, 1)
      }).pipe(Effect.provide(layerMemory))
    )

  it.effect("given a failure of the stage itself, then it stops, and the batch leaves nothing", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      const { stage } = failingFor(new Map([[2, { kind: "fatal", times: forever }]]))
      const failure = yield* Effect.flip(serveStage(stage, serving, tolerance))
      assert.deepInclude(failure, { _tag: "Faulty", kind: "fatal" })
      assert.isEmpty(yield* eventsIn("rollouts.graded"))
      assert.isEmpty(yield* eventsIn("dead-letters"))
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a service that is closed under the stage, then nothing is set aside and nothing is committed", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(rollouts)
      const closed = yield* Deferred.make<ReadonlyArray<OnefoldEvent>>()
      const stage = { ...failingFor(new Map()).stage, handle: () => Deferred.await(closed) }
      const serving = yield* Effect.forkChild(serve(stage))
      yield* Effect.yieldNow
      yield* Deferred.interrupt(closed)
      const exit = yield* Fiber.await(serving)
      assert.isTrue(Exit.isFailure(exit) && Cause.squash(exit.cause) instanceof ClosedUnderStage, String(exit))
      assert.isEmpty(yield* eventsIn("dead-letters"))
      assert.isEmpty(yield* eventsIn("runs"))
      assert.isEmpty(yield* eventsIn("rollouts.graded"))
    }).pipe(Effect.provide(layerMemory))
  )
})
