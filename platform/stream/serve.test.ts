import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { GradientRequested } from "../../schemas/gradient-requested.ts"
import { RunId } from "../../schemas/ids.ts"
import { EventLog } from "../log/event-log.ts"
import { layerMemory } from "../log/memory.ts"
import { eventually, isUpToDate, serveUntil, withLostCommit } from "./cut.fixture.ts"
import { generated, graded, play, runId } from "./events.fixture.ts"
import { append, emptyLog, eventsIn, visible } from "./log.fixture.ts"
import { interleaved } from "./order.fixture.ts"
import { groupOf, type Serving, serveDecider, topicsOf } from "./serve.ts"
import type { Decider } from "./stage.ts"

const other = RunId.make("other-run")
const only = (of: RunId | null): Serving => ({ runId: of, from: [] })

const perStep = 4
const steps = 3
/** So many records each lead to one batch. */
const inputCount = 2 * perStep * steps

/** The rollouts of a small run, two cohorts a step, and their grades. */
const rolloutsOf = (of: RunId) =>
  Array.from({ length: steps * perStep }, (_, i) => ({
    runId: of,
    step: Math.floor(i / perStep),
    sampleIndex: i % perStep,
    cohort: i % 2
  }))
const generatedOf = (of: RunId) => rolloutsOf(of).map(generated)
const gradedOf = (of: RunId) => rolloutsOf(of).map(({ cohort: _, ...fields }) => graded(fields))

/** By step, what was seen of it: hash by id. */
type Seen = ReadonlyMap<number, ReadonlyMap<string, string>>

/** Writes one request when all rollouts of a step and all their grades are there. */
const pair = {
  name: "pair",
  consumes: ["RolloutGenerated", "RolloutGraded"],
  initialState: new Map(),
  evolve: (state, { event, id, sha256 }) =>
    new Map(state).set(event.step, new Map(state.get(event.step)).set(id, sha256)),
  decide: (state, { event }) =>
    Effect.sync(() => {
      const seen = [...(state.get(event.step) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
      const packedHash = createHash("sha256").update(JSON.stringify(seen)).digest("hex")
      const request = { ...goldenEvents.GradientRequested, runId: event.runId, step: event.step, shard: 0, packedHash }
      return seen.length === 2 * perStep ? [new GradientRequested(request)] : []
    })
} satisfies Decider<Seen, "RolloutGenerated" | "RolloutGraded", never, never>

/** Serves until all that lies in the log is handled. */
const servePair = (serving: Serving = only(runId)) =>
  Effect.raceFirst(
    serveDecider(pair, serving),
    eventually(isUpToDate(groupOf(pair.name, serving), topicsOf(pair.consumes)))
  )

/** What the decider must write, whatever happens to those who serve it. */
const expected = visible(Effect.runSync(play(pair, [...generatedOf(runId), ...gradedOf(runId)])).outputs)

const everyCut = Array.from({ length: inputCount }, (_, i) => i + 1)

describe("serveDecider", () => {
  it.effect("given all rollouts and grades of three steps, then it writes one request for each, where it belongs", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append([...generatedOf(runId), ...gradedOf(runId)])
      yield* servePair()
      const requests = yield* eventsIn("gradients.requested")
      assert.sameMembers(
        requests.map(({ eventId }) => eventId),
        [0, 1, 2].map((step) => `${runId}/${step}/shard/0`)
      )
      assert.deepStrictEqual(visible(requests), expected)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given every record twice, then each is handled once", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const inputs = [...generatedOf(runId), ...gradedOf(runId)]
      yield* append([...inputs, ...inputs])
      yield* servePair()
      yield* append(inputs)
      yield* servePair()
      const requests = yield* eventsIn("gradients.requested")
      assert.lengthOf(requests, steps)
      assert.deepStrictEqual(visible(requests), expected)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect.prop(
    "given any order of arrival across partitions, then it writes the same",
    { seed: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 1e6 })) },
    ({ seed }) =>
      Effect.gen(function* () {
        yield* emptyLog
        const cohorts = [0, 1].map((cohort) => generatedOf(runId).filter((event) => event.cohort === cohort))
        for (const event of interleaved<OnefoldEvent>([...cohorts, gradedOf(runId)], seed)) {
          yield* append([event])
          yield* servePair()
        }
        assert.deepStrictEqual(visible(yield* eventsIn("gradients.requested")), expected)
      }).pipe(Effect.provide(layerMemory)),
    { arbitrary: { runs: 10 } }
  )

  for (const othersGoOn of [false, true])
    it.effect.each(everyCut)(
      `given a kill at batch %d, ${othersGoOn ? "after the other partitions went on" : "all at once"}, then a new start makes it good`,
      (at) =>
        Effect.gen(function* () {
          yield* emptyLog
          yield* append([...generatedOf(runId), ...gradedOf(runId)])
          yield* serveUntil({ at, othersGoOn }, servePair())
          const before = yield* eventsIn("gradients.requested")
          yield* servePair()
          const after = yield* eventsIn("gradients.requested")
          assert.deepStrictEqual(visible(after), expected)
          const again = after.filter(({ eventId }) => before.some((event) => event.eventId === eventId))
          for (const event of again) assert.deepInclude(before, event, "what is written again is the same")
        }).pipe(Effect.provide(layerMemory))
    )

  it.effect.each(everyCut)(
    "given a commit that fails at batch %d, then the batch that comes again makes it good",
    (at) =>
      Effect.gen(function* () {
        yield* emptyLog
        yield* append([...generatedOf(runId), ...gradedOf(runId)])
        yield* withLostCommit(at, servePair())
        assert.deepStrictEqual(visible(yield* eventsIn("gradients.requested")), expected)
      }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given commits that fail for good, then it gives up and says where", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append(generatedOf(runId))
      const log = yield* EventLog
      const consume: typeof log.consume = (consumption) =>
        log.consume({
          ...consumption,
          handle: (batch) => Effect.andThen(consumption.handle(batch), consumption.handle(batch))
        })
      const failure = yield* Effect.flip(servePair().pipe(Effect.provideService(EventLog, { ...log, consume })))
      assert.strictEqual(failure._tag, "AheadOfLog")
      assert.include(failure.message, "rollouts.generated/")
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a decision that takes its time, then no other is begun before it is made", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append([...generatedOf(runId), ...gradedOf(runId)])
      let deciding = 0
      const slow: typeof pair = {
        ...pair,
        decide: (state, delivered) =>
          Effect.gen(function* () {
            assert.strictEqual(++deciding, 1)
            for (let turn = 0; turn < 5; turn++) yield* Effect.yieldNow
            deciding--
            return yield* pair.decide(state, delivered)
          })
      }
      yield* Effect.raceFirst(
        serveDecider(slow, only(runId)),
        eventually(isUpToDate(groupOf(pair.name, only(runId)), topicsOf(pair.consumes)))
      )
      assert.deepStrictEqual(visible(yield* eventsIn("gradients.requested")), expected)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given a kill after every single batch, then in the end the log is the same and nothing came twice", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append([...generatedOf(runId), ...gradedOf(runId)])
      // The second batch of each start is lost, so each start gets one further.
      for (let start = 0; start < inputCount; start++) yield* serveUntil({ at: 2, othersGoOn: false }, servePair())
      assert.isTrue(yield* isUpToDate(groupOf(pair.name, only(runId)), topicsOf(pair.consumes)))
      const requests = yield* eventsIn("gradients.requested")
      assert.lengthOf(requests, steps)
      assert.deepStrictEqual(visible(requests), expected)
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given two runs in one log, then a loop for one run writes for that run alone", () =>
    Effect.gen(function* () {
      yield* emptyLog
      yield* append([...generatedOf(other), ...generatedOf(runId), ...gradedOf(runId), ...gradedOf(other)])
      yield* servePair(only(runId))
      assert.deepStrictEqual(visible(yield* eventsIn("gradients.requested")), expected)
      yield* servePair(only(other))
      const requests = yield* eventsIn("gradients.requested")
      assert.lengthOf(
        requests.filter((event) => event.runId === other),
        steps
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given two runs and a loop for all, then each run has a state of its own, also after a kill", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const events = interleaved<OnefoldEvent>(
        [generatedOf(other), generatedOf(runId), gradedOf(runId), gradedOf(other)],
        1
      )
      yield* append(events)
      yield* serveUntil({ at: inputCount, othersGoOn: false }, servePair(only(null)))
      yield* servePair(only(null))
      const requests = visible(yield* eventsIn("gradients.requested"))
      assert.lengthOf(requests, 2 * steps)
      assert.deepStrictEqual(
        requests.filter((event) => event.runId === runId),
        expected
      )
    }).pipe(Effect.provide(layerMemory))
  )

  it.effect("given offsets before which nothing of the run lies, then a new start reads no further back", () =>
    Effect.gen(function* () {
      yield* emptyLog
      const log = yield* EventLog
      yield* append([...generatedOf(other), ...gradedOf(other)])
      const from: Array<{ topic: string; partition: number; offset: number }> = []
      for (const topic of topicsOf(pair.consumes))
        for (const [partition, offset] of (yield* log.endOffsets(topic)).entries())
          from.push({ topic, partition, offset })
      const serving: Serving = { runId, from }
      yield* log.commit(groupOf(pair.name, serving), from)
      yield* append([...generatedOf(runId), ...gradedOf(runId)])
      yield* serveUntil({ at: inputCount - 1, othersGoOn: false }, servePair(serving))
      const readFrom: Array<string> = []
      const watched = {
        ...log,
        read: (topic: string, partition: number, offset: number) => {
          readFrom.push(`${topic}/${partition}/${offset}`)
          return log.read(topic, partition, offset)
        }
      }
      yield* servePair(serving).pipe(Effect.provideService(EventLog, watched))
      assert.isNotEmpty(readFrom)
      assert.includeMembers(
        from.map(({ offset, partition, topic }) => `${topic}/${partition}/${offset}`),
        readFrom
      )
      const requests = yield* eventsIn("gradients.requested")
      assert.deepStrictEqual(visible(requests), expected)
    }).pipe(Effect.provide(layerMemory))
  )
})

describe("serving", () => {
  it("gives a run that is served alone groups of its own", () => {
    assert.strictEqual(groupOf("pair", only(null)), "pair")
    assert.strictEqual(groupOf("pair", only(runId)), `pair/${runId}`)
  })

  it("names each topic once", () => {
    assert.deepStrictEqual(topicsOf(["RunStarted", "PolicyUpdated", "RolloutGraded"]), ["runs", "rollouts.graded"])
  })
})
