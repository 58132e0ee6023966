/** Events that no stage can handle are set aside, whatever is wrong with them, and everything else goes on. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Metric } from "effect"
import { verify } from "../../../pipelines/verify/stage.ts"
import { encode } from "../../../platform/log/codec.ts"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import { draftOf } from "../../../platform/stream/deliver.ts"
import { generated, graded } from "../../../platform/stream/events.fixture.ts"
import { append, eventsIn } from "../../../platform/stream/log.fixture.ts"
import { RunId } from "../../../schemas/ids.ts"
import { scratchFolder } from "../spawned.fixture.ts"
import { shared, stagesOf } from "./services.ts"
import { lettersIn, promptId, submittedRun, until, workerOverMemory } from "./worker.fixture.ts"

const scratch = scratchFolder()
const joined = () => Effect.void

const one = RunId.make("one")
const two = RunId.make("two")

const rollout = (runId: RunId, sampleIndex: number, fields: Partial<ReturnType<typeof generated>> = {}) =>
  generated({ runId, step: 0, cohort: 0, promptId, sampleIndex, ...fields })

/** The float in an encoded event replaced by another, which no event may hold. */
const withFloat = (value: Uint8Array, from: number, to: number): Uint8Array => {
  const bytes = Buffer.from(value)
  const [old, by] = [Buffer.from(Float32Array.of(from).buffer), Buffer.from(Float32Array.of(to).buffer)]
  by.copy(bytes, bytes.indexOf(old))
  return new Uint8Array(bytes)
}

const withSchemaId = (value: Uint8Array, id: number): Uint8Array => {
  const bytes = Buffer.from(value)
  bytes.writeUInt32BE(id, 1)
  return new Uint8Array(bytes)
}

const odd = rollout(one, 1, { logProbs: Float32Array.of(-0.1171875, -1, -1, -1, -1) })
const fit = encode(odd)

const unreadable = [
  ["a text", new TextEncoder().encode("hello")],
  ["nothing", new Uint8Array(0)],
  ["an event cut short", fit.slice(0, fit.length - 3)],
  ["an event with something behind it", new Uint8Array([...fit, 0])],
  ["a schema that nobody knows", withSchemaId(fit, 77_701)],
  ["a newer version", withSchemaId(fit, 399)],
  ["a log-prob that is no number", withFloat(fit, -0.1171875, Number.NaN)],
  ["a log-prob without bound", withFloat(fit, -0.1171875, Number.NEGATIVE_INFINITY)],
  ["a step below 0", encode({ ...odd, step: -1, eventId: "" })],
  ["a sample below 0", encode({ ...odd, sampleIndex: -1, eventId: "" })],
  ["a cohort below 0", encode({ ...odd, cohort: -1, eventId: "" })],
  ["fewer log-probs than tokens", encode({ ...odd, logProbs: Float32Array.of(-1), eventId: "" })]
] as const

const impossible = [
  ["a prompt that the run has not", rollout(one, 1, { promptId: "chain:39" })],
  ["a sample beyond the batch", rollout(one, 100_000)],
  ["a cohort beyond the run's", rollout(one, 1, { cohort: 77 })],
  ["a step beyond the run", rollout(one, 1, { step: 3 })]
] as const

const lettersTotal = Effect.map(Metric.snapshot, (all) =>
  all
    .filter(({ id }) => id === "onefold_dead_letters_total")
    .reduce((sum, metric) => sum + (metric.type === "Counter" ? Number(metric.state.count) : 0), 0)
)

const placed = (positions: ReadonlyArray<Position>, reason: string) =>
  positions.map(({ offset, partition, topic }) => `${topic}/${partition}/${offset} ${reason}`)

/** Two runs in the log, known to the worker; then the work. */
const withRuns = <A, E, R>(work: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    yield* append([(yield* submittedRun(one)).started, (yield* submittedRun(two)).started])
    return yield* work
  })

const asIs = (values: ReadonlyArray<Uint8Array>) =>
  Effect.flatMap(EventLog, (log) => log.append(values.map((value) => ({ ...draftOf(odd), value }))))

describe("a stage that many runs share", () => {
  it.live("given every kind of event that cannot be, then each becomes a letter, and the others are judged", () =>
    withRuns(
      Effect.gen(function* () {
        yield* append([rollout(one, 0), rollout(two, 0)])
        const bad = yield* asIs(unreadable.map(([, value]) => value))
        yield* append([rollout(one, 2), rollout(two, 2)])
        const strays = yield* append(impossible.map(([, event]) => event))
        yield* append([rollout(one, 3), rollout(two, 3)])
        yield* Effect.raceFirst(
          shared(verify, joined),
          until(Effect.map(eventsIn("rollouts.graded"), ({ length }) => length === 6))
        )
        const expected = [...placed(bad, "EventUnreadable"), ...placed(strays, "ImpossibleCoordinates")]
        assert.sameMembers([...(yield* lettersIn)], expected)
        assert.strictEqual(yield* lettersTotal, expected.length)
        const story = yield* eventsIn("runs")
        assert.isEmpty(
          story.filter(({ _tag }) => _tag === "RunFailed"),
          "nothing of the runs is lost"
        )
      })
    ).pipe(Effect.provide(workerOverMemory(scratch)), Effect.provideService(Metric.MetricRegistry, new Map()))
  )
})

/** Every rollout of a batch with its verdict. */
const batchOf = (runId: RunId, rollouts: number, unknown: boolean) =>
  Array.from({ length: rollouts }, (_, sampleIndex) => [
    rollout(runId, sampleIndex, { policyHash: "a".repeat(64) }),
    graded({ runId, step: 0, promptId, sampleIndex, reward: unknown && sampleIndex === 0 ? null : sampleIndex % 2 })
  ]).flat()

describe("deciders, each run's alone", () => {
  it.live(
    "given records that cannot be and an event that one run fails at, then that run waits and the other goes on",
    () =>
      Effect.gen(function* () {
        const stopping = yield* submittedRun(one, { unknownReward: "stop" })
        const going = yield* submittedRun(two)
        yield* append([stopping.started, going.started])
        const { copies, groupSize } = going.config
        const log = yield* EventLog
        const { key, topic } = draftOf(graded({ runId: two }))
        const reward = encode({ ...graded({ runId: two, promptId }), reward: Number.NaN, eventId: "" })
        const bad = yield* log.append(
          [new TextEncoder().encode("hello"), reward].map((value) => ({ topic, key, value }))
        )
        const strays = yield* append([graded({ runId: two, step: 0, promptId, sampleIndex: 9999 })])
        yield* append([...batchOf(one, copies * groupSize, true), ...batchOf(two, copies * groupSize, false)])
        yield* Effect.raceFirst(
          stagesOf("update", ["schedule"], joined),
          until(
            Effect.gen(function* () {
              const failed = (yield* eventsIn("runs")).some(({ _tag }) => _tag === "RunFailed")
              return failed && (yield* eventsIn("gradients.requested")).length > 0
            })
          )
        )
        const [failed, ...others] = (yield* eventsIn("runs")).filter(({ _tag }) => _tag === "RunFailed")
        assert.deepInclude(failed, { runId: one, reason: "RewardUnknown" })
        assert.isEmpty(others)
        for (const { runId } of yield* eventsIn("gradients.requested")) assert.strictEqual(runId, two)
        const letters = yield* lettersIn
        assert.includeMembers(
          [...letters],
          [...placed(bad, "EventUnreadable"), ...placed(strays, "ImpossibleCoordinates")]
        )
      }).pipe(Effect.provide(workerOverMemory(scratch)))
  )
})
