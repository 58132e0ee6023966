import { assert, describe, it } from "@effect/vitest"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { GradientComputed } from "../../schemas/gradient-computed.ts"
import type { Origin } from "./block.ts"
import type { Shape } from "./fabricated/names.ts"
import { batchOf } from "./fabricated/training.ts"
import { TokenJoin } from "./token-join.ts"

const shape: Shape = { runId: "run-1", steps: 400, samples: 4, shards: 1, cohorts: 1, longest: 5 }
const twice: Shape = { ...shape, updatesPerBatch: 2 }

const origin = ({ eventId, runId }: OnefoldEvent): Origin => ({
  runId,
  eventId,
  timestamp: 0,
  topic: "gradients.computed",
  partition: 0,
  offset: 0
})

/** Hands events over and says which gradients left. */
const fed = (join: TokenJoin, events: ReadonlyArray<OnefoldEvent>): ReadonlyArray<string> =>
  events.flatMap((event) => {
    if (event._tag === "RolloutGenerated" || event._tag === "RolloutGraded") join.remember(event)
    if (event._tag === "CriticGradientComputed") join.pass(event)
    if (event._tag === "GradientComputed") join.offer(origin(event), event)
    return join.ready().map(({ gradient }) => gradient.eventId)
  })

const isGradient = ({ _tag }: OnefoldEvent): boolean => _tag === "GradientComputed" || _tag === "CriticGradientComputed"
const isAnswer = (event: OnefoldEvent): boolean => !isGradient(event)

const gradientIn = (events: ReadonlyArray<OnefoldEvent>): GradientComputed => {
  const found = events.find((event) => event._tag === "GradientComputed")
  assert(found !== undefined)
  return found
}

describe("the join of gradients with the rollouts of their batch", () => {
  it("given a batch with two updates, then both find their part of it", () => {
    const left = fed(new TokenJoin(), [...batchOf(twice, 0), ...batchOf(twice, 2)])
    assert.deepStrictEqual(
      left,
      [0, 1, 2, 3].map((step) => `run-1/${step}/gradient/0`)
    )
  })

  it("given an update that learns from the same rollouts again, then it finds them", () => {
    const join = new TokenJoin()
    const batch = batchOf(shape, 0)
    fed(join, batch)
    const again = new GradientComputed({ ...gradientIn(batch), step: 1 })
    assert.deepStrictEqual(fed(join, [again]), ["run-1/1/gradient/0"])
  })

  it("given rollouts that are read after gradients of many batches, then gradients leave in their own order", () => {
    const events = [0, 2, 4].flatMap((step) => batchOf(twice, step))
    const join = new TokenJoin()
    assert.deepStrictEqual(fed(join, events.filter(isGradient)), [])
    assert.match(join.missing().join(), /^2 rollouts or verdicts of run-1\/0\/gradient\/0, the first of them two:0\/0$/)
    const left = fed(join, events.filter(isAnswer).toReversed())
    assert.deepStrictEqual(
      left,
      [0, 1, 2, 3, 4, 5].map((step) => `run-1/${step}/gradient/0`)
    )
    assert.deepStrictEqual(join.missing(), [])
  })

  it.each([
    ["one update a batch", shape, 1],
    ["several updates a batch", twice, 2]
  ])("given a long run of %s, then answers of one batch are remembered, or two", (_, run, stride) => {
    const join = new TokenJoin()
    for (let step = 0; step < 200; step += stride) {
      assert.lengthOf(fed(join, batchOf(run, step)), stride)
      assert.isAtMost(join.size, 2 * run.samples)
    }
  })

  it("given batches that only a critic learns from, then their answers are forgotten too", () => {
    const join = new TokenJoin()
    for (let step = 0; step < 100; step++) {
      fed(
        join,
        batchOf({ ...shape, critic: true }, step).filter(({ _tag }) => _tag !== "GradientComputed")
      )
      assert.isAtMost(join.size, 2 * shape.samples)
    }
    assert.lengthOf(fed(join, batchOf({ ...shape, critic: true }, 100)), 1)
  })

  it("given a critic that is ahead while a gradient waits, then what it waits for is kept", () => {
    const join = new TokenJoin()
    const [first, second] = [0, 1].map((step) => batchOf({ ...shape, critic: true }, step))
    fed(join, first.filter(isGradient))
    fed(join, second.filter(isGradient))
    assert.deepStrictEqual(fed(join, [...second, ...first].filter(isAnswer)), [
      "run-1/0/gradient/0",
      "run-1/1/gradient/0"
    ])
  })

  it("given gradients whose rows are in the table, then the answers of earlier batches are not gathered again", () => {
    const join = new TokenJoin()
    const events = [0, 1, 2].flatMap((step) => batchOf(shape, step))
    for (const event of events) if (event._tag === "GradientComputed") join.pass(event)
    fed(join, events.filter(isAnswer))
    assert.strictEqual(join.size, shape.samples)
  })
})
