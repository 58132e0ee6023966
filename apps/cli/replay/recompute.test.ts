/** Gradients computed anew from recorded rollouts are those that were recorded; a rollout that was altered is found. */
import { assert, describe, layer } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { tokenizerConfigJson, tokenizerJson } from "../../../learning/datasets/miniature/tokenizer-json.ts"
import { engineWithBase } from "../../../pipelines/engine.fixture.ts"
import { foldThread } from "../../../pipelines/pipeline.fixture.ts"
import { baseArtifact, baseHash, layout, smallPolicy, tokenizer } from "../../../pipelines/small-run.fixture.ts"
import { FoldChain } from "../../../pipelines/update/fold-chain.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import type { Base } from "../base.ts"
import { findRun } from "../recorded.ts"
import { generationOf } from "./lineage.ts"
import { recomputed } from "./recompute.ts"
import { altered, type Change, logOf, served } from "./recorded.fixture.ts"

const base: Base = {
  ...{ folder: "", config: smallPolicy, layout, weights: baseArtifact, weightsHash: baseHash },
  ...{ tokenizer, tokenizerHash: "", files: new Map() },
  tokenizerFiles: { tokenizer: tokenizerJson, config: tokenizerConfigJson }
}

/** Computed again in an engine that has the base's artifacts and no others, or those of the run. */
const again = Effect.fn("again")(function* (change: Change, options: { to?: number; isWhole?: boolean } = {}) {
  yield* logOf(served, change)
  const generation = yield* generationOf(yield* findRun("last"))
  const { isWhole = true, to = 4 } = options
  const steps: Array<number> = []
  const onStep = (step: number) => Effect.sync(() => void steps.push(step))
  const { refolded } = yield* recomputed({ generation, to, isWhole, base, onStep })
  return { ...refolded, steps }
})

const asItIs: Change = (event) => [event]
const fresh = Effect.provide(
  Layer.fresh(Layer.mergeAll(layerMemory, FoldChain.layer.pipe(Layer.provideMerge(engineWithBase(1)))))
)
const ofTheRun = Effect.provide(Layer.fresh(Layer.mergeAll(layerMemory, FoldChain.layer)))

describe("over memory", () => {
  layer(Layer.merge(engineWithBase(1), foldThread), { timeout: 60_000 })("a run computed again", (it) => {
    // First: whoever asks first serves the run, and its artifacts lie with them.
    it.effect("from the nearest snapshot, then the steps after it", () =>
      Effect.gen(function* () {
        const found = yield* again(asItIs, { isWhole: false })
        assert.deepInclude(found, { equal: 2, of: 2, firstDifferent: null, from: 2, steps: [3, 4] })
      }).pipe(ofTheRun)
    )

    it.effect("with none of its gradients at hand, then every gradient, policy and critic is the recorded one", () =>
      Effect.gen(function* () {
        const found = yield* again(asItIs)
        assert.deepInclude(found, { equal: 4, of: 4, firstDifferent: null, from: 0, steps: [1, 2, 3, 4] })
      }).pipe(fresh)
    )

    it.effect("up to a step amid a batch, then up to that one", () =>
      Effect.gen(function* () {
        assert.deepInclude(yield* again(asItIs, { to: 3 }), { equal: 3, of: 3, firstDifferent: null })
      }).pipe(fresh)
    )

    it.effect("with another reward than the one it was recorded with, then its step's first gradient differs", () =>
      Effect.gen(function* () {
        const { equal, firstDifferent } = yield* again((event) =>
          event._tag === "RolloutGraded" && event.step === 2 && event.sampleIndex === 1
            ? [altered(event, { reward: 1 - (event.reward ?? 0) })]
            : [event]
        )
        assert.strictEqual(equal, 2)
        assert.deepInclude(firstDifferent, { step: 3, shard: 0 })
      }).pipe(fresh)
    )

    it.effect("of which the log names another gradient, then its step and shard are named", () =>
      Effect.gen(function* () {
        const other = "f".repeat(64)
        const { equal, firstDifferent } = yield* again((event) =>
          event._tag === "GradientComputed" && event.step === 1 && event.shard === 1
            ? [altered(event, { gradientHash: other })]
            : [event]
        )
        assert.strictEqual(equal, 1)
        assert.deepInclude(firstDifferent, { step: 2, shard: 1, what: "policy's gradient" })
        assert.include(firstDifferent?.detail, other)
      }).pipe(fresh)
    )

    it.effect("of which a rollout is missing, then its batch is named with what it lacks", () =>
      Effect.gen(function* () {
        const { equal, firstDifferent } = yield* again((event) =>
          event._tag === "RolloutGenerated" && event.step === 2 && event.sampleIndex === 3 ? [] : [event]
        )
        assert.strictEqual(equal, 2)
        assert.deepInclude(firstDifferent, { step: 3, shard: null, what: "batch" })
        assert.include(firstDifferent?.detail, "the log holds 6 rollouts and 8 verdicts of 8")
      }).pipe(fresh)
    )
  })
})
