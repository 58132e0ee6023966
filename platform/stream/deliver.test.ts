import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { RunId } from "../../schemas/ids.ts"
import { encode, payloadHash } from "../log/codec.ts"
import type { LogRecord } from "../log/event-log.ts"
import { Deduplication } from "./deduplication.ts"
import { deliver, draftOf } from "./deliver.ts"
import { generated, graded, runId } from "./events.fixture.ts"
import type { Tag } from "./stage.ts"

const other = RunId.make("other-run")

const record = (value: Uint8Array, offset = 0): LogRecord => ({
  topic: "rollouts.generated",
  partition: 3,
  offset,
  key: "k",
  headers: {},
  timestamp: 0,
  value
})

/** What comes of these values, lying one after the other in one partition. */
const deliverAll = (
  values: ReadonlyArray<Uint8Array>,
  { from = 0, of = runId, seen = new Deduplication() }: { from?: number; of?: RunId | null; seen?: Deduplication } = {}
) =>
  deliver<"RolloutGenerated">(
    values.map((value, i) => record(value, from + i)),
    new Set<Tag>(["RolloutGenerated"]),
    of,
    seen
  )

/** Bytes that begin as this run's event and end too early. */
const cutShort = (value: Uint8Array): Uint8Array => value.slice(0, value.length - 3)

/** Runs an effect and returns the warnings it logged. */
const warningsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) => {
  const messages: Array<string> = []
  const logger = Logger.make(({ message }) => {
    messages.push(String(message))
  })
  return effect.pipe(Effect.provide(Logger.layer([logger])), Effect.as(messages))
}

describe("deliver", () => {
  it.effect("given an event that is asked for, then it comes with its id and the hash of its bytes", () =>
    Effect.gen(function* () {
      const event = generated({ sampleIndex: 4 })
      const { deadLetters, deliveries } = yield* deliverAll([encode(event)])
      assert.deepStrictEqual(deadLetters, [])
      assert.deepStrictEqual(deliveries, [{ event, id: event.eventId, sha256: payloadHash(encode(event)) }])
    })
  )

  it.effect("given events of other kinds and of other runs, then they are passed over in silence", () =>
    Effect.gen(function* () {
      const { deadLetters, deliveries } = yield* deliverAll([encode(graded()), encode(generated({ runId: other }))])
      assert.deepStrictEqual([deliveries, deadLetters], [[], []])
    })
  )

  it.effect("given no run in particular, then every run's events come", () =>
    Effect.gen(function* () {
      const { deliveries } = yield* deliverAll([encode(generated()), encode(generated({ runId: other }))], { of: null })
      assert.deepStrictEqual(
        deliveries.map(({ event }) => event.runId),
        [runId, other]
      )
    })
  )

  it.effect(
    "given a record that ends too early, then it is set aside with its place and reason, and the rest comes",
    () =>
      Effect.gen(function* () {
        const [first, second] = [generated({ sampleIndex: 0 }), generated({ sampleIndex: 1 })]
        const broken = cutShort(encode(second))
        const { deadLetters, deliveries } = yield* deliverAll([encode(first), broken, encode(second)])
        assert.deepStrictEqual(
          deliveries.map(({ id }) => id),
          [first.eventId, second.eventId]
        )
        assert.lengthOf(deadLetters, 1)
        const [letter] = deadLetters
        assert.deepInclude(letter, { runId, topic: "rollouts.generated", partition: 3, offset: 1 })
        assert.strictEqual(letter.eventId, "dead-letter/rollouts.generated/3/1")
        assert.strictEqual(letter.reason, "EventUnreadable")
        assert.include(letter.detail, "RolloutGenerated")
        assert.deepStrictEqual(letter.record, broken)
      })
  )

  it.effect("given a broken record of another run, then it is left to that run", () =>
    Effect.gen(function* () {
      const { deadLetters } = yield* deliverAll([cutShort(encode(generated({ runId: other })))])
      assert.deepStrictEqual(deadLetters, [])
    })
  )

  it.effect.each([
    ["nothing", new Uint8Array(0)],
    ["another program's message", new TextEncoder().encode('{"hello":1}')]
  ] as const)("given %s, of which nobody can say whose it is, then it is set aside as unknown", ([, value]) =>
    Effect.gen(function* () {
      const { deadLetters } = yield* deliverAll([value])
      assert.lengthOf(deadLetters, 1)
      assert.strictEqual(deadLetters[0].runId, "unknown")
      const { topic, value: bytes } = draftOf(deadLetters[0])
      assert.strictEqual(topic, "dead-letters")
      assert.isAbove(bytes.length, 0, "and can be written")
    })
  )

  it.effect("given a repeat, in this batch or a later one, then it is dropped without a word", () =>
    Effect.gen(function* () {
      const seen = new Deduplication()
      const value = encode(generated())
      const warnings = yield* warningsOf(
        Effect.gen(function* () {
          assert.lengthOf((yield* deliverAll([value, value], { seen })).deliveries, 1)
          assert.lengthOf((yield* deliverAll([value], { from: 2, seen })).deliveries, 0)
          assert.lengthOf((yield* deliverAll([value], { seen })).deliveries, 1, "the first one, handed out again")
        })
      )
      assert.deepStrictEqual(warnings, [])
    })
  )

  it.effect("given a second record of an id with other content, then the first stays and a warning names the id", () =>
    Effect.gen(function* () {
      const [first, second] = [generated({ text: "one" }), generated({ text: "two" })]
      const warnings = yield* warningsOf(
        Effect.gen(function* () {
          const { deliveries } = yield* deliverAll([encode(first), encode(second)])
          assert.deepStrictEqual(
            deliveries.map(({ event }) => event.text),
            ["one"]
          )
        })
      )
      assert.lengthOf(warnings, 1)
      assert.include(warnings[0], first.eventId)
    })
  )

  it("given an event, then its draft goes where the catalogue says", () => {
    const draft = draftOf(generated({ step: 2, cohort: 5 }))
    assert.deepInclude(draft, { topic: "rollouts.generated", key: `${runId}/2/5` })
    assert.deepStrictEqual(draft.value, encode(generated({ step: 2, cohort: 5 })))
  })
})
