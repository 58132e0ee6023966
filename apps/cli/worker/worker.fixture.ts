/**
 * What a worker's stages stand on, over a log in memory: runs of the miniature, as submitted.
 */
import { assert } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { memoryArtifacts } from "../../../learning/artifacts-memory.ts"
import { Grader } from "../../../learning/grading/grader.ts"
import { PolicyFold } from "../../../learning/objective/fold-service.ts"
import { Rewards } from "../../../learning/rewards/rewards.ts"
import { FoldChain } from "../../../pipelines/update/fold-chain.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { makeMissing } from "../../../platform/log/missing-topics.ts"
import { eventsIn } from "../../../platform/stream/log.fixture.ts"
import { type OnefoldEvent, topics } from "../../../schemas/catalogue.ts"
import type { DeadLettered } from "../../../schemas/dead-lettered.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import { RunStarted } from "../../../schemas/run-started.ts"
import { loadBase, miniatureBase } from "../base.ts"
import { configText } from "../begin-run.ts"
import { findExample } from "../examples.ts"
import { configOf, defaultExample } from "../presets.ts"
import { Directory } from "./directory.ts"
import { Engines } from "./engines.ts"
import { layerRuns, RunLibrary } from "./run-library.ts"

/** The prompt that every such run trains on. */
export const promptId = defaultExample

/** A run of the smoke preset, three steps, with some choices made otherwise. */
export const submittedRun = Effect.fn("submittedRun")(function* (name: string, choices: Partial<RunConfig> = {}) {
  const base = yield* loadBase(miniatureBase)
  const model = { name: "miniature", hash: base.weightsHash }
  const prompts = [yield* findExample(defaultExample)] as const
  const preset = yield* configOf({ preset: "smoke", prompts, model, steps: 3, seed: 0, testSeed: 2026 })
  const config = new RunConfig({ ...preset, ...choices })
  const started = new RunStarted({
    ...goldenEvents.RunStarted,
    ...{ runId: RunId.make(name), baseHash: base.weightsHash, config: configText(config), logStart: [] }
  })
  return { started, config }
})

/** @param folder the worker's own */
export const workerOverMemory = (folder: string) => {
  const topicsMade = Layer.effectDiscard(makeMissing(topics)).pipe(Layer.provideMerge(Layer.fresh(layerMemory)))
  const outside = Layer.mergeAll(topicsMade, Layer.fresh(memoryArtifacts(1000)))
  const known = RunLibrary.layer(folder).pipe(Layer.provideMerge(Directory.layer), Layer.provideMerge(outside))
  return Layer.mergeAll(
    Grader.layer,
    Rewards.layer,
    layerRuns,
    Engines.layer({ threads: 1, allowDrift: true }),
    FoldChain.layer.pipe(Layer.provideMerge(PolicyFold.layer))
  ).pipe(Layer.provideMerge(known))
}

const isLetter = (event: OnefoldEvent): event is DeadLettered => event._tag === "DeadLettered"

/** Every letter, each id once, as `topic/partition/offset reason`. */
export const lettersIn = Effect.map(eventsIn("dead-letters"), (events) => [
  ...new Set(
    events.filter(isLetter).map(({ offset, partition, reason, topic }) => `${topic}/${partition}/${offset} ${reason}`)
  )
])

/** Looks until it holds; the worker's threads take real time. */
export const until = <E, R>(holds: Effect.Effect<boolean, E, R>) =>
  Effect.gen(function* () {
    for (let looks = 0; looks < 600; looks++) {
      if (yield* holds) return
      yield* Effect.sleep("50 millis")
    }
    assert.fail("it did not come to hold")
  })
