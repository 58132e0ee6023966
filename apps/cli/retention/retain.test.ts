/** Artifacts are removed by all that the log says, whatever of it is read first. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { smallRun } from "../../../pipelines/small-run.fixture.ts"
import { apply } from "../../../pipelines/update/apply.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { hash, runId } from "../../../platform/stream/events.fixture.ts"
import { append, emptyLog } from "../../../platform/stream/log.fixture.ts"
import { groupOf } from "../../../platform/stream/serve.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { altered } from "../replay/recorded.fixture.ts"
import { retaining } from "./retain.ts"

const run = smallRun({ keep: "rollouts" })
const what = { run, from: [] }

const { GradientComputed, GradientRequested, PolicyUpdated, RunFinished } = goldenEvents
const gradient = (step: number, gradientHash: string, packedHash: string) =>
  altered(GradientComputed, { runId, step, gradientHash, packedHash })
const request = (step: number, packedHash: string) => altered(GradientRequested, { runId, step, packedHash })
const policy = (step: number, snapshotHash: string | null) =>
  altered(PolicyUpdated, { runId, step, policyHash: hash("f"), snapshotHash })

/** Artifacts of which nothing is known but what was removed. */
const removals = () => {
  const removed: Array<string> = []
  const nothing = () => Effect.die(new Error("only removals are asked for"))
  const remove = (gone: string) => Effect.sync(() => removed.push(gone[0]) > 0)
  return { removed, layer: Layer.succeed(Artifacts, { store: nothing, load: nothing, has: nothing, remove }) }
}

/** The fold's stage has taken note, for good, of everything in the run's story so far. */
const noted = Effect.gen(function* () {
  const log = yield* EventLog
  const ends = yield* log.endOffsets("runs")
  const group = groupOf(apply.name, { runId, from: [] })
  yield* log.commit(
    group,
    ends.map((offset, partition) => ({ topic: "runs", partition, offset }))
  )
})

/** Two steps to the snapshot; after it a gradient and a packed shard that are the very ones of step 0. */
const begun = Effect.gen(function* () {
  yield* emptyLog
  yield* append([gradient(0, hash("1"), hash("a")), gradient(1, hash("2"), hash("b"))])
  yield* append([policy(1, null), policy(2, hash("0"))])
})

const provided = (layer: Layer.Layer<Artifacts>) => Effect.provide(Layer.fresh(Layer.merge(layerMemory, layer)))

describe("a sitting that begins", () => {
  it.effect("removes what an earlier one left, and nothing that a later step names or asks about", () => {
    const { layer, removed } = removals()
    return Effect.gen(function* () {
      yield* begun
      yield* noted
      yield* append([gradient(2, hash("1"), hash("c")), request(2, hash("a"))])
      yield* retaining(what)
      assert.deepStrictEqual(removed.sort(), ["2", "b"])
    }).pipe(provided(layer))
  })

  it.effect("removes nothing while the fold may still begin anew before the snapshot", () => {
    const { layer, removed } = removals()
    return Effect.gen(function* () {
      yield* begun
      const { end } = yield* retaining(what)
      yield* end
      assert.deepStrictEqual(removed, [])
      yield* append([altered(RunFinished, { runId })])
      yield* end
      assert.deepStrictEqual(removed.sort(), ["1", "2", "a", "b"])
    }).pipe(provided(layer))
  })

  it.live("removes along the way once the fold has taken note, each hash once", () => {
    const { layer, removed } = removals()
    return Effect.gen(function* () {
      yield* begun
      const both = yield* retaining(what)
      const along = yield* Effect.forkChild(both.along)
      yield* noted
      yield* append([policy(3, null)])
      while (removed.length < 4) yield* Effect.sleep("5 millis")
      yield* append([policy(4, hash("0"))])
      yield* noted
      yield* append([gradient(4, hash("1"), hash("a")), policy(5, null)])
      yield* Effect.sleep("50 millis")
      yield* Fiber.interrupt(along)
      // Another run may have stored one of them anew, and not said so yet.
      yield* append([altered(RunFinished, { runId })])
      yield* both.end
      assert.deepStrictEqual(removed.sort(), ["1", "2", "a", "b"])
    }).pipe(provided(layer))
  })
})
