import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { TestClock } from "effect/testing"
import { DeadLettered } from "../../schemas/dead-lettered.ts"
import { EventLog } from "../log/event-log.ts"
import { layerMemory } from "../log/memory.ts"
import { scrape } from "../observability/prometheus.fixture.ts"
import { serveHttp } from "../observability/worker-http.ts"
import { eventually, isUpToDate, withLostCommit } from "./cut.fixture.ts"
import { draftOf } from "./deliver.ts"
import { generated, runId } from "./events.fixture.ts"
import { grade, rollouts } from "./grade-stage.fixture.ts"
import { append, emptyLog } from "./log.fixture.ts"
import { groupOf, type Serving, serveDecider, serveStage, topicsOf } from "./serve.ts"
import type { Decider, Stage } from "./stage.ts"

const serving: Serving = { runId, from: [] }

type Grade = Stage<"RolloutGenerated", never, never>

/** Serves until all that lies in the log is handled. */
const serveGrade = (stage: Grade = grade) =>
  Effect.raceFirst(
    serveStage(stage, serving),
    eventually(isUpToDate(groupOf(stage.name, serving), topicsOf(stage.consumes)))
  )

/** Counts rollouts and says nothing. */
const tally = {
  name: "tally",
  consumes: ["RolloutGenerated"],
  initialState: 0,
  evolve: (state) => state + 1,
  decide: () => Effect.succeed([])
} satisfies Decider<number, "RolloutGenerated", never, never>

const serveTally = Effect.raceFirst(
  serveDecider(tally, serving),
  eventually(isUpToDate(groupOf(tally.name, serving), topicsOf(tally.consumes)))
)

/** An empty log, figures of its own, and what a scraper sees once the work is done. */
const scraped = <A, E>(work: Effect.Effect<A, E, EventLog>) =>
  Effect.gen(function* () {
    yield* emptyLog
    yield* work
    const { port } = yield* serveHttp({ host: "127.0.0.1", port: 0 }, { state: "ready" })
    return yield* scrape(port)
  }).pipe(Effect.scoped, Effect.provide(layerMemory), Effect.provideService(Metric.MetricRegistry, new Map()))

describe("a stage's figures", () => {
  it.effect("given rollouts, then what went in and came out is counted under the stage's name", () =>
    Effect.gen(function* () {
      const seen = yield* scraped(Effect.andThen(append(rollouts), serveGrade()))
      assert.strictEqual(seen.types.get("onefold_stage_events_total"), "counter")
      assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "grade" }), rollouts.length)
      assert.strictEqual(seen.value("onefold_stage_outputs_total", { stage: "grade" }), rollouts.length)
      assert.strictEqual(seen.value("onefold_stream_repeats_total", { stage: "grade" }), 0)
      assert.strictEqual(seen.value("onefold_stream_conflicts_total", { stage: "grade" }), 0)
      assert.deepStrictEqual(seen.samples("onefold_dead_letters_total"), [])
    })
  )

  it.effect("given a stage that has nothing to do, then its counters stand at 0", () =>
    Effect.gen(function* () {
      const seen = yield* scraped(serveGrade())
      assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "grade" }), 0)
      assert.strictEqual(seen.value("onefold_stage_batch_seconds_count", { stage: "grade" }), 0)
    })
  )

  it.effect("given batches that take two seconds each, then the histogram holds them where they belong", () =>
    Effect.gen(function* () {
      const slow: Grade = {
        ...grade,
        handle: (deliveries) => Effect.andThen(TestClock.adjust("2 seconds"), grade.handle(deliveries))
      }
      const cohort = rollouts.filter(({ cohort }) => cohort === 0)
      const seen = yield* scraped(Effect.andThen(append(cohort), serveGrade(slow)))
      const batches = cohort.length / grade.maxBatch
      assert.strictEqual(seen.types.get("onefold_stage_batch_seconds"), "histogram")
      assert.strictEqual(seen.value("onefold_stage_batch_seconds_count", { stage: "grade" }), batches)
      assert.strictEqual(seen.value("onefold_stage_batch_seconds_sum", { stage: "grade" }), 2 * batches)
      assert.strictEqual(seen.value("onefold_stage_batch_seconds_bucket", { stage: "grade", le: "1" }), 0)
      assert.strictEqual(seen.value("onefold_stage_batch_seconds_bucket", { stage: "grade", le: "2.5" }), batches)
      assert.strictEqual(seen.value("onefold_stage_batch_seconds_bucket", { stage: "grade", le: "+Inf" }), batches)
    })
  )

  it.effect("given every record twice, then the repeats are counted and nothing is handled twice", () =>
    Effect.gen(function* () {
      const seen = yield* scraped(Effect.andThen(append([...rollouts, ...rollouts]), serveGrade()))
      assert.strictEqual(seen.value("onefold_stream_repeats_total", { stage: "grade" }), rollouts.length)
      assert.strictEqual(seen.value("onefold_stream_conflicts_total", { stage: "grade" }), 0)
      assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "grade" }), rollouts.length)
    })
  )

  it.effect("given a second record of an id with other content, then it is a repeat and a conflict", () =>
    Effect.gen(function* () {
      const both = [generated({ text: "one" }), generated({ text: "two" })]
      const seen = yield* scraped(Effect.andThen(append(both), serveGrade()))
      assert.strictEqual(seen.value("onefold_stream_repeats_total", { stage: "grade" }), 1)
      assert.strictEqual(seen.value("onefold_stream_conflicts_total", { stage: "grade" }), 1)
      assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "grade" }), 1)
    })
  )

  it.effect(
    "given a record that cannot be read, then it is counted as a dead letter, by its reason, and as no output",
    () =>
      Effect.gen(function* () {
        const draft = draftOf(rollouts[0])
        const damaged = Effect.flatMap(EventLog, (log) =>
          log.append([{ ...draft, value: draft.value.slice(0, 40) }, draft])
        )
        const seen = yield* scraped(Effect.andThen(damaged, serveGrade()))
        assert.strictEqual(seen.value("onefold_dead_letters_total", { stage: "grade", reason: "EventUnreadable" }), 1)
        assert.strictEqual(seen.value("onefold_stage_outputs_total", { stage: "grade" }), 1)
        assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "grade" }), 1)
      })
  )

  it.effect("given a stage that sets an event aside itself, then that is a dead letter too", () =>
    Effect.gen(function* () {
      const place = { topic: "rollouts.generated", partition: 0, offset: 0 }
      const letter = new DeadLettered({ runId, ...place, reason: "Hopeless", detail: "", record: new Uint8Array() })
      const resigned: Grade = { ...grade, handle: () => Effect.succeed([letter]) }
      const seen = yield* scraped(Effect.andThen(append([rollouts[0]]), serveGrade(resigned)))
      assert.strictEqual(seen.value("onefold_dead_letters_total", { stage: "grade", reason: "Hopeless" }), 1)
      assert.strictEqual(seen.value("onefold_stage_outputs_total", { stage: "grade" }), 0)
    })
  )

  it.effect("given a commit that is lost, then the batch that is handled again is counted again", () =>
    Effect.gen(function* () {
      const seen = yield* scraped(Effect.andThen(append(rollouts), withLostCommit(1, serveGrade())))
      assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "grade" }), rollouts.length + 1)
    })
  )

  it.effect("given a stage that fails, then nothing counts as handled", () =>
    Effect.gen(function* () {
      const failing = { ...grade, handle: () => Effect.fail("no" as const) }
      const seen = yield* scraped(Effect.andThen(append(rollouts), Effect.flip(serveStage(failing, serving))))
      assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "grade" }), 0)
      assert.strictEqual(seen.value("onefold_stage_batch_seconds_count", { stage: "grade" }), 0)
    })
  )

  it.effect("given a decider that starts again, then what it reads back is not counted anew", () =>
    Effect.gen(function* () {
      const twice = append([...rollouts, ...rollouts])
      const seen = yield* scraped(twice.pipe(Effect.andThen(serveTally), Effect.andThen(serveTally)))
      assert.strictEqual(seen.value("onefold_stage_events_total", { stage: "tally" }), rollouts.length)
      assert.strictEqual(seen.value("onefold_stream_repeats_total", { stage: "tally" }), rollouts.length)
      assert.strictEqual(seen.value("onefold_stage_outputs_total", { stage: "tally" }), 0)
    })
  )

  it.effect("given two stages in one process, then each has figures of its own", () =>
    Effect.gen(function* () {
      const seen = yield* scraped(append(rollouts).pipe(Effect.andThen(serveGrade()), Effect.andThen(serveTally)))
      assert.strictEqual(seen.value("onefold_stage_outputs_total", { stage: "grade" }), rollouts.length)
      assert.strictEqual(seen.value("onefold_stage_outputs_total", { stage: "tally" }), 0)
      assert.lengthOf(seen.samples("onefold_stage_events_total"), 2)
    })
  )
})
