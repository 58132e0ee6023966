/** Critics through the engine: beside policies and adapters, on any number of workers, and what is refused. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Artifacts } from "../../artifacts.ts"
import { memoryArtifacts } from "../../artifacts-memory.ts"
import { encodeParameters } from "../checkpoint/checkpoint.ts"
import { criticLayoutOf, initialCritic } from "../critic.ts"
import { layoutOf } from "../parameters.ts"
import { plainConfig, randomBatch, randomCritic, randomWeights } from "../policies-for-tests.ts"
import { adapterLayout, initialAdapter } from "../training/lora.ts"
import { PolicyEngine, type ValueGradientTask } from "./engine.ts"
import type { PoolOptions } from "./engine-pool.ts"

const engineWith = (options: Omit<PoolOptions, "config">) =>
  PolicyEngine.layer({ config: plainConfig, ...options }).pipe(Layer.provideMerge(memoryArtifacts(16)))

const storeFlat = (layout: ReturnType<typeof layoutOf>, flat: Float32Array) =>
  Effect.flatMap(Artifacts, ({ store }) => store(encodeParameters(layout, flat)))
const storePolicy = (seed: number) => storeFlat(layoutOf(plainConfig), randomWeights(plainConfig, seed))
const storeCritic = (seed: number) => storeFlat(criticLayoutOf(plainConfig), randomCritic(plainConfig, seed))

const batch = randomBatch(plainConfig, 3, [[4, 6, 2]])

const taskFor = (critic: string): ValueGradientTask => ({
  ...{ critic, batch, objective: { kind: "value", clip: 0.2 }, batchTokens: 8 },
  oldValues: new Float32Array(8).fill(0.1),
  returns: Float32Array.from({ length: 8 }, (_, t) => t / 8)
})

/** What the engine answers to policies and critics in turn, all asked at once. */
const everything = Effect.gen(function* () {
  const engine = yield* PolicyEngine
  const answers = [1, 2, 3, 4].map((seed) =>
    Effect.gen(function* () {
      const critic = yield* storeCritic(seed)
      const policy = yield* storePolicy(seed)
      return yield* Effect.all(
        {
          scores: engine.score(policy, batch, 1),
          values: engine.values(critic, batch),
          fit: engine.valueGradient({ ...taskFor(critic), microBatch: 1, recompute: seed % 2 === 0 })
        },
        { concurrency: "unbounded" }
      )
    })
  )
  return yield* Effect.all(answers, { concurrency: "unbounded" })
})

describe("critics in the engine", () => {
  it.live("given one worker or two, then the same bits, and each critic is used as itself", () =>
    Effect.gen(function* () {
      const alone = yield* Effect.provide(everything, engineWith({ workers: 1 }))
      const shared = yield* Effect.provide(everything, engineWith({ workers: 2 }))
      assert.deepStrictEqual(shared, alone)
      assert.strictEqual(new Set(alone.map(({ values }) => values.join())).size, 4)
      for (const { fit, values } of alone) {
        assert.strictEqual(fit.gradient.length, criticLayoutOf(plainConfig).size)
        values.forEach((value, t) => {
          assert.approximately(fit.values[t], value, 1e-5)
        })
      }
    })
  )

  it.live("given policies that are adapters, then a critic is whole weights all the same", () =>
    Effect.gen(function* () {
      const lora = { rank: 3, alpha: 6, targets: ["q_proj"] } as const
      const base = yield* storePolicy(1)
      const critic = yield* storeCritic(2)
      const both = Effect.gen(function* () {
        const engine = yield* PolicyEngine
        const { gradient } = yield* engine.valueGradient(taskFor(critic)) // before the base was ever needed
        const adapter = yield* storeFlat(adapterLayout(plainConfig, lora), initialAdapter(plainConfig, lora, 7))
        return { gradient, scores: yield* engine.score(adapter, batch, 1), values: yield* engine.values(critic, batch) }
      })
      const plain = Effect.gen(function* () {
        const engine = yield* PolicyEngine
        const { gradient } = yield* engine.valueGradient(taskFor(critic))
        return { gradient, scores: yield* engine.score(base, batch, 1), values: yield* engine.values(critic, batch) }
      })
      const adapted = PolicyEngine.layer({ config: plainConfig, workers: 1, adapted: { lora, base } })
      const whole = PolicyEngine.layer({ config: plainConfig, workers: 1 })
      assert.deepStrictEqual(yield* Effect.provide(both, adapted), yield* Effect.provide(plain, whole))
    }).pipe(Effect.provide(memoryArtifacts(16)))
  )

  it.live("given the base's weights as a policy and its first critic, then the values are 0", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const layout = layoutOf(plainConfig)
      const critic = yield* storeFlat(
        criticLayoutOf(plainConfig),
        initialCritic(plainConfig, layout, randomWeights(plainConfig, 1))
      )
      assert.deepStrictEqual(yield* engine.values(critic, batch), new Float32Array(8))
    }).pipe(Effect.provide(engineWith({ workers: 1 })))
  )

  it.live("given what cannot be, then it is refused with the reason", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const policy = yield* storePolicy(1)
      const critic = yield* storeCritic(1)
      const task = taskFor(critic)
      const tries: ReadonlyArray<readonly [Partial<ValueGradientTask>, string]> = [
        [{ oldValues: new Float32Array(7) }, "bad-input: oldValues has 7 entries, the batch needs 8"],
        [{ returns: new Float32Array(0) }, "bad-input: returns has 0 entries"],
        [{ divisors: { loss: new Float64Array(2), terms: new Float64Array(1) } }, "divisors"],
        [{ returns: new Float32Array(8).fill(Number.NaN) }, "not-finite: returns"],
        [{ objective: { kind: "value", clip: -1 } }, "bad-input: the clip"],
        [{ batchTokens: 0 }, "bad-input: batchTokens"],
        [{ microBatch: 0 }, "bad-input: microBatch"],
        [{ batch: { prompts: batch.prompts, responses: [] } }, "bad-input: there are 1 prompts"],
        [{ critic: "00".repeat(32) }, "weights-unreadable"],
        [{ critic: policy }, "weights-unreadable"]
      ]
      yield* engine.score(policy, batch, 1) // held as a policy, it is no critic
      for (const [wrong, expected] of tries) {
        const { detail, operation, reason } = yield* Effect.flip(engine.valueGradient({ ...task, ...wrong }))
        assert.include(`${reason}: ${detail}`, expected)
        if (reason !== "weights-unreadable") assert.strictEqual(operation, "valueGradient")
      }
      const unknown = yield* Effect.flip(
        engine.values(critic, randomBatch({ ...plainConfig, vocabularySize: 99 }, 1, [[9, 9]]))
      )
      assert.deepStrictEqual([unknown.operation, unknown.reason], ["values", "bad-input"])
      assert.strictEqual((yield* Effect.flip(engine.score(critic, batch, 1))).reason, "weights-unreadable")
      assert.strictEqual((yield* engine.values(critic, batch)).length, 8)
    }).pipe(Effect.provide(engineWith({ workers: 1 })))
  )
})
