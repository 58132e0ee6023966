/** What an event names may come late, or never; and events may name a run that nobody started. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import { Artifacts } from "../../../learning/artifacts.ts"
import { Runs } from "../../../pipelines/runs.ts"
import { layerLocal, pathIn } from "../../../platform/blobs/local.ts"
import { append, eventsIn } from "../../../platform/stream/log.fixture.ts"
import type { Stage } from "../../../platform/stream/stage.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { GradientRequested } from "../../../schemas/gradient-requested.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunPaused } from "../../../schemas/run-paused.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { shared } from "./services.ts"
import { lettersIn, submittedRun, until, workerOverMemory } from "./worker.fixture.ts"

const scratch = scratchFolder()
const joined = () => Effect.void
const [one, two] = [RunId.make("one"), RunId.make("two")]

/** As every stage: asks for the run, reads what the event names, and leaves word of it. */
const reading = {
  name: "reading",
  consumes: ["GradientRequested"],
  maxBatch: 4,
  handle: (requests) =>
    Effect.forEach(requests, ({ event: { packedHash, runId, shard } }) =>
      Effect.gen(function* () {
        yield* (yield* Runs).of(runId)
        yield* (yield* Artifacts).load(packedHash)
        return new RunPaused({ ...goldenEvents.RunPaused, runId, session: shard + 1 })
      })
    )
} satisfies Stage<"GradientRequested", unknown, Artifacts | Runs>

const packed = (text: string) => new TextEncoder().encode(text)
const first = "c".repeat(64)

const request = (runId: RunId, shard: number, shards: number, packedHash: string) =>
  new GradientRequested({
    ...goldenEvents.GradientRequested,
    ...{ runId, step: 0, rolloutStep: 0, shard, shards, packedHash, referenceHash: null }
  })

/** Both runs, and a request of each for what this gives. */
const asked = Effect.fn("asked")(function* (ofOne: string, ofTwo: string) {
  const { config, started } = yield* submittedRun(one)
  yield* append([started, (yield* submittedRun(two)).started])
  yield* append([request(one, 0, config.shards, ofOne), request(two, 0, config.shards, ofTwo)])
})

const read = Effect.map(eventsIn("runs"), (events) =>
  events.flatMap((event) => (event._tag === "RunPaused" ? [event.runId] : [])).sort()
)
const failed = Effect.map(eventsIn("runs"), (events) =>
  events.flatMap((event) => (event._tag === "RunFailed" ? [`${event.runId} ${event.reason}`] : []))
)

/** Seconds of the stage's own time until it holds, some minutes at most; files take real time. */
const secondsUntil = <E, R>(holds: Effect.Effect<boolean, E, R>) =>
  Effect.gen(function* () {
    for (let seconds = 0; seconds < 600; seconds++) {
      yield* TestClock.withLive(Effect.sleep("5 millis"))
      if (yield* holds) return seconds
      yield* TestClock.adjust("1 second")
    }
    return assert.fail("it did not come to hold")
  })

describe("an artifact that an event names", () => {
  it.effect(
    "given that it is missing for good, then after a minute its event is set aside, and the other run goes on",
    () =>
      Effect.gen(function* () {
        const there = yield* (yield* Artifacts).store(packed("there"))
        yield* asked(first, there)
        const seconds = yield* Effect.raceFirst(
          shared(reading, joined),
          secondsUntil(Effect.map(read, (runs) => runs.length === 1))
        )
        assert.isAtLeast(seconds, 55, "it was waited for")
        assert.deepStrictEqual(yield* read, [two])
        assert.match((yield* lettersIn).join(), /^gradients\.requested\/\d\/\d ArtifactUnreadable$/)
        assert.deepStrictEqual(yield* failed, ["one ArtifactUnreadable"])
      }).pipe(Effect.provide(workerOverMemory(scratch)))
  )

  it.effect("given that it comes half a minute late, then its event is handled", () =>
    Effect.gen(function* () {
      const artifacts = yield* Artifacts
      const late = yield* artifacts.store(packed("late"))
      const there = yield* artifacts.store(packed("there"))
      yield* artifacts.remove(late)
      yield* asked(late, there)
      yield* Effect.raceFirst(
        shared(reading, joined),
        Effect.gen(function* () {
          yield* Effect.raceFirst(secondsUntil(Effect.succeed(false)), Effect.sleep("30 seconds"))
          assert.isEmpty(yield* lettersIn)
          yield* artifacts.store(packed("late"))
          yield* secondsUntil(Effect.map(read, (runs) => runs.length === 2))
        })
      )
      assert.isEmpty(yield* lettersIn)
      assert.isEmpty(yield* failed)
    }).pipe(Effect.provide(workerOverMemory(scratch)))
  )

  it.effect("given other bytes than its hash says, then its event is set aside at once", () =>
    Effect.gen(function* () {
      const artifacts = yield* Artifacts
      const there = yield* artifacts.store(packed("there"))
      const damaged = yield* artifacts.store(packed("whole"))
      writeFileSync(pathIn(join(scratch, "blobs"), damaged), "damaged")
      yield* asked(damaged, there)
      // The stage's own time stands still: what is waited for is never set aside.
      yield* Effect.raceFirst(
        shared(reading, joined),
        TestClock.withLive(until(Effect.map(read, (runs) => runs.length === 1)))
      )
      assert.match((yield* lettersIn).join(), / ArtifactUnreadable$/)
      assert.deepStrictEqual(yield* failed, ["one ArtifactUnreadable"])
    }).pipe(Effect.provide(layerLocal(join(scratch, "blobs"))), Effect.provide(workerOverMemory(scratch)))
  )
})

describe("events of a run that nobody started", () => {
  it.effect("given many, then they hold up others a minute, not a minute each", () =>
    Effect.gen(function* () {
      const there = yield* (yield* Artifacts).store(packed("there"))
      const { config, started } = yield* submittedRun(two)
      yield* append([started])
      const nobodys = Array.from({ length: 20 }, (_, shard) => request(one, shard, 20, there))
      yield* append([...nobodys, request(two, 0, config.shards, there)])
      yield* Effect.raceFirst(
        shared(reading, joined),
        secondsUntil(Effect.map(lettersIn, (letters) => letters.length === 20))
      )
      assert.deepStrictEqual(yield* read, [two])
      assert.isEmpty(yield* failed, "nobody waits for word")
    }).pipe(Effect.provide(workerOverMemory(scratch)))
  )
})
