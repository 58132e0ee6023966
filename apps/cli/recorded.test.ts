import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { EventLog } from "../../platform/log/event-log.ts"
import { layerMemory } from "../../platform/log/memory.ts"
import { draftOf } from "../../platform/stream/deliver.ts"
import { type OnefoldEvent, topics } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RunPaused } from "../../schemas/run-paused.ts"
import { findRun, type RunStatus, statusOf } from "./recorded.ts"
import { type ListedRun, listed, type Standing } from "./worker/directory.ts"

const { RunCancelled, RunFailed, RunFinished, RunResumed, RunStarted } = goldenEvents
const paused = (session: number) => new RunPaused({ ...goldenEvents.RunPaused, session })

const first: ListedRun = { started: RunStarted, partition: 0, standing: "live", pausedAt: null, step: 0, session: 1 }

const stories: ReadonlyArray<readonly [RunStatus, Standing, ReadonlyArray<OnefoldEvent>]> = [
  ["unfinished", "live", []],
  ["paused", "paused", [paused(1)]],
  ["unfinished", "live", [paused(1), RunResumed]],
  ["failed", "failed", [RunFailed]],
  ["failed", "failed", [paused(1), RunFailed]],
  ["unfinished", "live", [RunFailed, RunResumed]],
  ["cancelled", "cancelled", [RunCancelled]],
  ["cancelled", "cancelled", [paused(1), RunCancelled, RunResumed]],
  ["cancelled", "cancelled", [RunCancelled, RunFailed]],
  ["finished", "finished", [RunFinished]],
  // The words crossed: all was done.
  ["finished", "finished", [RunCancelled, RunFinished]],
  ["finished", "finished", [RunFinished, RunCancelled]]
]

describe("how a run stands", () => {
  it.effect.each(stories)("%s (%s to workers) is what its story comes to", ([status, standing, story]) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      yield* log.createTopics(topics)
      yield* log.append([RunStarted, ...story].map(draftOf))
      assert.strictEqual(statusOf(yield* findRun("last")), status)
      assert.strictEqual(story.reduce(listed, first).standing, standing)
    }).pipe(Effect.provide(Layer.fresh(layerMemory)))
  )
})
