import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { memoryArtifacts } from "../../../learning/artifacts-memory.ts"
import { tokenizerConfigJson, tokenizerJson } from "../../../learning/datasets/miniature/tokenizer-json.ts"
import { foldGradients, initialFold } from "../../../learning/objective/fold.ts"
import { decodeParameters } from "../../../learning/policy/checkpoint/checkpoint.ts"
import { type GradientTask, PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import { initialWeights } from "../../../learning/policy/init.ts"
import { layoutOf } from "../../../learning/policy/parameters.ts"
import { loadTokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import { miniature } from "./miniature.ts"
import { adamW, learningRateAt, type Phase } from "./schedule.ts"
import { type PretrainStep, train } from "./train.ts"

const layout = layoutOf(miniature)
const phases: ReadonlyArray<Phase> = [
  { name: "first", openers: false, steps: 2, learningRate: 1e-3 },
  { name: "second", openers: true, steps: 1, learningRate: 1e-2 }
]

/** A gradient that tells the shards apart: its own batch's prompt tokens, spread over the parameters. */
const gradientOf = ({ batch }: GradientTask): Float32Array =>
  new Float32Array(layout.size).fill(batch.prompts.reduce((sum, prompt) => sum + prompt.length, 0) / 1e5)

/** An engine that keeps what it was asked; `lateShard` of each step answers after the other. */
const stubEngine = (asked: Array<GradientTask>, lateShard: number) =>
  Layer.succeed(PolicyEngine, {
    facts: {
      backend: "wasm",
      mode: "eager",
      precision: "float32",
      why: "a stub",
      version: "0",
      oneDnn: false,
      intraOpThreads: 1,
      instructionSet: "none"
    },
    generate: () => Effect.die("not asked for here"),
    score: () => Effect.die("not asked for here"),
    values: () => Effect.die("not asked for here"),
    valueGradient: () => Effect.die("not asked for here"),
    gradient: (task) =>
      Effect.gen(function* () {
        const shard = asked.push(task) - 1
        if (shard % 2 === lateShard) for (let i = 0; i < 10; i++) yield* Effect.yieldNow
        const none = new Float32Array(0)
        const gradient = gradientOf(task)
        return { gradient, loss: 0.25, terms: {}, logProbs: none, entropies: none, referenceLogProbs: none }
      })
  })

const trained = (asked: Array<GradientTask>, lateShard: number, steps: Array<PretrainStep> = []) =>
  Effect.gen(function* () {
    const tokenizer = yield* loadTokenizer({ tokenizer: tokenizerJson, config: tokenizerConfigJson })
    const onStep = (step: PretrainStep) => Effect.sync(() => void steps.push(step))
    return yield* train({ config: miniature, seed: 3, phases, tokenizer, onStep })
  }).pipe(Effect.provide(stubEngine(asked, lateShard)))

describe("train", () => {
  it.effect("given two phases, then each step is two shards of 32 documents under one set of weights", () =>
    Effect.gen(function* () {
      const asked: Array<GradientTask> = []
      yield* trained(asked, 0)
      assert.strictEqual(asked.length, 6)
      for (let step = 0; step < 3; step++) {
        const shards = asked.slice(2 * step, 2 * step + 2)
        const documents = shards.flatMap(({ batch }) => batch.responses.map(([response]) => response))
        assert.deepStrictEqual(
          shards.map(({ batch }) => batch.prompts.length),
          [32, 32]
        )
        assert.strictEqual(new Set(shards.map(({ weights }) => weights)).size, 1)
        const tokens = documents.reduce((sum, response) => sum + response.length, 0)
        for (const shard of shards) assert.strictEqual(shard.batchTokens, tokens)
      }
      const artifacts = yield* Artifacts
      const first = yield* decodeParameters(layout, yield* artifacts.load(asked[0].weights), "the first weights")
      assert.deepStrictEqual(first, initialWeights(miniature, 3))
    }).pipe(Effect.provide(memoryArtifacts(10)))
  )

  it.effect("given the gradients, then the weights are their fold, with fresh moments for the second phase", () =>
    Effect.gen(function* () {
      const asked: Array<GradientTask> = []
      const steps: Array<PretrainStep> = []
      const weights = yield* trained(asked, 0, steps)
      const shards = (step: number) => asked.slice(2 * step, 2 * step + 2).map(gradientOf)
      const rate = (phase: Phase, step: number) => adamW(learningRateAt(phase, step))
      let state = initialFold(initialWeights(miniature, 3))
      state = foldGradients(state, shards(0), rate(phases[0], 0)).state
      state = foldGradients(state, shards(1), rate(phases[0], 1)).state
      state = foldGradients(initialFold(state.weights), shards(2), rate(phases[1], 0)).state
      assert.deepStrictEqual(weights, state.weights)
      assert.deepStrictEqual(
        steps.map(({ loss, phase, step, steps }) => ({ loss, phase, step, steps })),
        [1, 2, 3].map((step) => ({ loss: 0.5, phase: step < 3 ? "first" : "second", step, steps: 3 }))
      )
    }).pipe(Effect.provide(memoryArtifacts(10)))
  )

  it.effect("given workers that answer in another order, then the same bits", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* trained([], 0), yield* trained([], 1))
    }).pipe(Effect.provide(memoryArtifacts(10)))
  )
})
