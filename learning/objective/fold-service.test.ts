import { assert, describe, layer } from "@effect/vitest"
import { Effect, Fiber } from "effect"
import { type Folded, type FoldSettings, foldGradients, initialFold } from "./fold.ts"
import { PolicyFold } from "./fold-service.ts"

const settings: FoldSettings = {
  learningRate: 0.1,
  beta1: 0.9,
  beta2: 0.98,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: 1
}
const gradients = [Float32Array.of(0.1, -0.2), Float32Array.of(0.3, 0.1)]
const start = initialFold(Float32Array.of(1, 2))

/** A fold as the service tells it. */
const described = ({ state, ...figures }: Folded) => ({ ...state, ...figures })

describe("PolicyFold", () => {
  layer(PolicyFold.layer)("in its thread", (it) => {
    it.effect("given two batches, then each step is the fold of the last, and the caller's state is untouched", () =>
      Effect.gen(function* () {
        const fold = yield* PolicyFold
        yield* fold.open("run", start)
        const first = yield* fold.apply("run", gradients, settings)
        const kept = first.weights.slice()
        const second = yield* fold.apply("run", gradients, settings)
        const once = foldGradients(start, gradients, settings)
        const twice = foldGradients(once.state, gradients, settings)
        assert.deepStrictEqual(first, described(once))
        assert.deepStrictEqual(second, described(twice))
        assert.deepStrictEqual(first.weights, kept)
        assert.deepStrictEqual([...start.weights], [1, 2])
      })
    )

    it.effect("given where parts end, then the norm of each comes with the step", () =>
      Effect.gen(function* () {
        const fold = yield* PolicyFold
        yield* fold.open("run", start)
        const { partNorms } = yield* fold.apply("run", [Float32Array.of(3, -4)], settings, [1, 2])
        assert.deepStrictEqual(partNorms, [3, 4])
        assert.deepStrictEqual((yield* fold.read("run")).partNorms, [])
      })
    )

    it.effect("given two runs at once, then neither sees the other", () =>
      Effect.gen(function* () {
        const fold = yield* PolicyFold
        const other = initialFold(Float32Array.of(5))
        yield* fold.open("a", start)
        yield* fold.open("b", other)
        const a = yield* Effect.forkChild(fold.apply("a", gradients, settings))
        const b = yield* fold.apply("b", [Float32Array.of(1)], settings)
        const expected = foldGradients(start, gradients, settings).state.weights
        assert.deepStrictEqual((yield* Fiber.join(a)).weights, expected)
        assert.deepStrictEqual(b.weights, foldGradients(other, [Float32Array.of(1)], settings).state.weights)
      })
    )

    it.effect("given a gradient that is not a number, then the fold fails and the next one goes on from before", () =>
      Effect.gen(function* () {
        const fold = yield* PolicyFold
        yield* fold.open("run", start)
        const failure = yield* Effect.flip(fold.apply("run", [Float32Array.of(Number.NaN, 0)], settings))
        assert.strictEqual(failure.reason, "not-finite")
        const step = yield* fold.apply("run", gradients, settings)
        assert.strictEqual(step.step, 1)
        assert.deepStrictEqual(step.weights, foldGradients(start, gradients, settings).state.weights)
      })
    )

    it.effect("given a policy that was closed, then folding into it fails by name", () =>
      Effect.gen(function* () {
        const fold = yield* PolicyFold
        yield* fold.open("run", start)
        yield* fold.close("run")
        const failure = yield* Effect.flip(fold.apply("run", gradients, settings))
        assert.strictEqual(failure.reason, "not-open")
        assert.include(failure.message, "run")
      })
    )

    it.effect("given a thread that dies, then the calls in flight fail and a policy can be opened again", () =>
      Effect.gen(function* () {
        const fold = yield* PolicyFold
        yield* fold.open("run", start)
        const hole = new Array<Float32Array>(1) // nothing where a gradient should be: the thread throws
        const failures = yield* Effect.all(
          [Effect.flip(fold.apply("run", hole, settings)), Effect.flip(fold.apply("run", gradients, settings))],
          { concurrency: "unbounded" }
        )
        for (const failure of failures) {
          assert.strictEqual(failure.reason, "crashed")
          assert.include(failure.message, "open the policy again")
        }
        yield* fold.open("run", start)
        assert.strictEqual((yield* fold.apply("run", gradients, settings)).step, 1)
      })
    )
  })
})
