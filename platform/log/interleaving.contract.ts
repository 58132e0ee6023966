/**
 * The event log contract under random interleavings: appends, members that come, fail and are interrupted. Whatever
 * happens, every record is copied exactly once and in the order of its key.
 */
import { assert } from "@effect/vitest"
import { Deferred, Effect, Fiber, Schema, Stream } from "effect"
import { draft, type It, readAll, textOf, topicOf, unused } from "./contract.fixture.ts"
import { type Batch, EventLog } from "./event-log.ts"

const partitions = 3

/** Append `count` records, or let `members` consume until one of them meets its `batches`-th batch, then end it so. */
const Act = Schema.Union([
  Schema.Struct({
    kind: Schema.Literal("append"),
    count: Schema.Literals([1, 2, 7, 40]),
    keys: Schema.Literals([1, 3, 8])
  }),
  Schema.Struct({
    kind: Schema.Literal("consume"),
    members: Schema.Literals([1, 2, 3]),
    batches: Schema.Literals([1, 2, 5]),
    end: Schema.Literals(["interrupt inside", "interrupt outside", "fail"])
  })
])

type Consume = Extract<typeof Act.Type, { kind: "consume" }>

interface World {
  readonly input: string
  readonly output: string
  readonly group: string
}

const copy = (world: World, batch: Batch) =>
  batch.records.map((record) => draft(world.output, record.key, textOf(record)))

const append = Effect.fn("append")(function* (world: World, first: number, count: number, keys: number) {
  const numbers = Array.from({ length: count }, (_, index) => first + index)
  yield* (yield* EventLog).append(numbers.map((number) => draft(world.input, `key ${number % keys}`, `${number}`)))
})

/** Runs members until they have met so many batches or nothing is left, and ends them in the given way. */
const consumeFor = Effect.fn("consumeFor")(function* (world: World, act: Consume, left: number) {
  const log = yield* EventLog
  const over = yield* Deferred.make<void>()
  let met = 0
  let copied = 0
  const handle = (batch: Batch) =>
    Effect.gen(function* () {
      met++
      copied += batch.records.length
      const isLast = met >= act.batches
      if (isLast && act.end === "fail") return yield* Effect.fail("failed on purpose")
      if (isLast || copied >= left) yield* Deferred.succeed(over, undefined)
      if (isLast && act.end === "interrupt inside") return yield* Effect.never
      return copy(world, batch)
    })
  const member = log.consume({ group: world.group, topics: [world.input], maxBatch: 4, handle })
  const fibers = yield* Effect.forEach(Array.from({ length: act.members }), () => Effect.forkChild(member))
  const failed = Effect.raceAll(fibers.map((fiber) => Fiber.await(fiber)))
  if (left > 0) yield* Effect.race(Deferred.await(over), failed)
  yield* Fiber.interruptAll(fibers)
})

export const interleavingContract = (it: It, runs: number): void => {
  it.effect.prop(
    "given any interleaving, then each record is copied once and in order",
    { acts: Schema.Array(Act).check(Schema.isMinLength(2), Schema.isMaxLength(8)) },
    ({ acts }) =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const world: World = {
          input: yield* topicOf(partitions),
          output: yield* topicOf(partitions),
          group: unused("group")
        }
        const countOf = (topic: string) => Effect.map(readAll(topic), (records) => records.flat().length)
        let appended = 0
        for (const act of acts) {
          if (act.kind === "consume") {
            yield* consumeFor(world, act, appended - (yield* countOf(world.output)))
          } else {
            yield* append(world, appended, act.count, act.keys)
            appended += act.count
          }
        }
        const consumer = yield* Effect.forkChild(
          log.consume({
            group: world.group,
            topics: [world.input],
            handle: (batch) => Effect.succeed(copy(world, batch))
          })
        )
        const from = Array.from({ length: partitions }, (_, partition) => ({
          topic: world.output,
          partition,
          offset: 0
        }))
        yield* Effect.scoped(Stream.runDrain(Stream.take(log.tail([world.output], from), appended)))
        yield* Fiber.interrupt(consumer)
        const values = (topic: string) => Effect.map(readAll(topic), (all) => all.map((records) => records.map(textOf)))
        const [inputs, outputs] = [yield* values(world.input), yield* values(world.output)]
        assert.deepEqual(outputs, inputs)
        assert.lengthOf(inputs.flat(), appended)
      }),
    { arbitrary: { runs }, timeout: 120_000 }
  )
}
