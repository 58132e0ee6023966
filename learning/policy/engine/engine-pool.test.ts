import { assert, describe, it, layer } from "@effect/vitest"
import { Effect, Fiber, Layer } from "effect"
import { Artifacts } from "../../artifacts.ts"
import { memoryArtifacts } from "../../artifacts-memory.ts"
import { overTokens } from "../../objective/advantages.ts"
import { paperObjective } from "../../objective/objective.ts"
import { encodeParameters } from "../checkpoint/checkpoint.ts"
import { layoutOf } from "../parameters.ts"
import { plainConfig, randomBatch, randomWeights } from "../policies-for-tests.ts"
import { pinnedEnvironment } from "../tensors/environment.ts"
import { adapterLayout, initialAdapter } from "../training/lora.ts"
import { type GenerateRequest, type GradientTask, PolicyEngine } from "./engine.ts"

const engineWith = (workers: number) =>
  PolicyEngine.layer({ config: plainConfig, workers }).pipe(Layer.provideMerge(memoryArtifacts(16)))

const store = (seed: number) =>
  Effect.flatMap(Artifacts, ({ store }) =>
    store(encodeParameters(layoutOf(plainConfig), randomWeights(plainConfig, seed)))
  )

const requestFor = (weights: string, step: number): GenerateRequest => ({
  weights,
  prompts: [{ promptId: "p", tokens: Int32Array.of(5, 6, 7), firstSample: 0, samples: 4 }],
  temperature: 1,
  maxTokens: 20,
  ...{ seed: 1, stream: 1, step }
})

/** Everything the engine answers to a handful of calls made at once. */
const everything = Effect.gen(function* () {
  const engine = yield* PolicyEngine
  const weights = yield* store(1)
  const reference = yield* store(2)
  const batch = randomBatch(plainConfig, 3, [[4, 6, 2]])
  const gradient = engine.gradient({
    weights,
    reference,
    batch,
    temperature: 1,
    objective: { ...paperObjective, klCoefficient: 0.1, entropyCoefficient: 0.1 },
    oldLogProbs: new Float32Array(8).fill(-2),
    advantages: overTokens([1, -1], [6, 2]),
    batchTokens: 8
  })
  const cohorts = [1, 2, 3, 4, 5].map((step) => engine.generate(requestFor(step % 2 === 0 ? weights : reference, step)))
  return yield* Effect.all(
    {
      generated: Effect.all(cohorts, { concurrency: "unbounded" }),
      gradient,
      scores: engine.score(reference, batch, 0.7)
    },
    { concurrency: "unbounded" }
  )
})

describe("the engine's pool", () => {
  it.live("given one worker or three, then the same bits", () =>
    Effect.gen(function* () {
      const alone = yield* Effect.provide(everything, engineWith(1))
      const shared = yield* Effect.provide(everything, engineWith(3))
      assert.deepStrictEqual(shared, alone)
    })
  )

  it.live(
    "given adapters and not weights, then a fresh one answers as its base, and the gradient is the adapter's",
    () =>
      Effect.gen(function* () {
        const lora = { rank: 3, alpha: 6, targets: ["q_proj", "v_proj", "down_proj"] } as const
        const layout = adapterLayout(plainConfig, lora)
        const batch = randomBatch(plainConfig, 3, [[4, 6, 2]])
        const flat = initialAdapter(plainConfig, lora, 7)
        const trained = flat.map((value, i) => value + 0.02 * Math.sin(i))
        const { store } = yield* Artifacts
        const base = yield* store(encodeParameters(layoutOf(plainConfig), randomWeights(plainConfig, 1)))
        const expected = yield* Effect.provide(
          Effect.flatMap(PolicyEngine, ({ score }) => score(base, batch, 1)),
          PolicyEngine.layer({ config: plainConfig, workers: 1 })
        )
        const program = Effect.gen(function* () {
          const engine = yield* PolicyEngine
          const fresh = yield* store(encodeParameters(layout, flat))
          assert.deepStrictEqual(yield* engine.score(fresh, batch, 1), expected)
          const task: GradientTask = {
            ...{ weights: yield* store(encodeParameters(layout, trained)), reference: null, batch, temperature: 1 },
            ...{ oldLogProbs: new Float32Array(0), advantages: new Float32Array(0), batchTokens: 8 },
            objective: { kind: "supervised" }
          }
          const { gradient, loss } = yield* engine.gradient(task)
          assert.strictEqual(gradient.length, layout.size)
          const direction = gradient.map((g, i) => g + 0.01 * Math.cos(i))
          const distance = 1e-2 / Math.hypot(...direction)
          const moved = yield* store(
            encodeParameters(
              layout,
              trained.map((w, i) => w + distance * direction[i])
            )
          )
          const there = yield* engine.gradient({ ...task, weights: moved })
          const slope = direction.reduce((sum, d, i) => sum + (d * (gradient[i] + there.gradient[i])) / 2, 0)
          assert.approximately((there.loss - loss) / distance, slope, 1e-2 * Math.abs(slope))
        })
        yield* Effect.provide(program, PolicyEngine.layer({ config: plainConfig, workers: 2, adapted: { lora, base } }))
      }).pipe(Effect.provide(memoryArtifacts(16)))
  )

  it.live("given a backend's thread that dies in a call, then that call fails and the next one is answered", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const weights = yield* store(1)
      const doomed = yield* Effect.flip(engine.generate(requestFor(weights, 666)))
      assert.strictEqual(doomed.reason, "crashed")
      assert.strictEqual((yield* engine.generate(requestFor(weights, 1))).length, 4)
    }).pipe(
      Effect.provide(
        PolicyEngine.layer({
          config: plainConfig,
          workers: 1,
          program: new URL("./mortal-engine-worker.ts", import.meta.url)
        }).pipe(Layer.provideMerge(memoryArtifacts(16)))
      )
    )
  )

  it.live("given a program that ends at once, then the layer fails with crashed", () =>
    Effect.gen(function* () {
      const program = new URL("data:text/javascript,process.exit(1)")
      const engine = PolicyEngine.layer({ config: plainConfig, workers: 2, program }).pipe(
        Layer.provide(memoryArtifacts(1))
      )
      const error = yield* Effect.flip(Effect.scoped(Layer.build(engine)))
      assert.deepStrictEqual([error.operation, error.reason], ["start", "crashed"])
    })
  )
})

layer(engineWith(1), { excludeTestServices: true })("a running engine", (it) => {
  it.effect("given its facts, then they say what bits depend on, and the environment is pinned", () =>
    Effect.gen(function* () {
      const { facts } = yield* PolicyEngine
      assert.strictEqual(facts.intraOpThreads, 1)
      assert.match(facts.version, /^\d+\.\d+\.\d+$/)
      assert.isNotEmpty(facts.why)
      for (const [name, value] of Object.entries(pinnedEnvironment)) assert.strictEqual(process.env[name], value)
    })
  )

  it.effect("given more policies than a worker holds, then each is used as itself", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const batch = randomBatch(plainConfig, 3, [[4, 6]])
      const hashes = yield* Effect.forEach([1, 2, 3, 4, 5, 6], store)
      const ask = (hash: string) => Effect.map(engine.score(hash, batch, 1), ({ logProbs }) => [...logProbs].join())
      const first = yield* Effect.forEach(hashes, ask)
      assert.strictEqual(new Set(first).size, 6)
      assert.deepStrictEqual(yield* Effect.forEach(hashes, ask), first)
    })
  )

  it.effect("given a call that nobody waits for any more, then the next one is still answered rightly", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const weights = yield* store(1)
      const expected = yield* engine.generate(requestFor(weights, 1))
      const left = yield* Effect.forkChild(engine.generate(requestFor(weights, 2)))
      yield* Effect.yieldNow
      yield* Fiber.interrupt(left)
      assert.deepStrictEqual(yield* engine.generate(requestFor(weights, 1)), expected)
    })
  )

  it.effect("given weights that no artifact holds, or that are of another shape, then weights-unreadable", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const missing = yield* Effect.flip(engine.generate(requestFor("00".repeat(32), 1)))
      assert.strictEqual(missing.reason, "weights-unreadable")
      const other = { ...plainConfig, layers: 1 }
      const { store } = yield* Artifacts
      const hash = yield* store(encodeParameters(layoutOf(other), randomWeights(other, 1)))
      const misshapen = yield* Effect.flip(engine.generate(requestFor(hash, 1)))
      assert.strictEqual(misshapen.reason, "weights-unreadable")
      assert.include(misshapen.detail, "model.layers.1")
    })
  )

  it.effect("given requests that cannot be, then bad-input that says why", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const weights = yield* store(1)
      const request = requestFor(weights, 1)
      const [prompt] = request.prompts
      const details = yield* Effect.forEach(
        [
          { ...request, prompts: [] },
          { ...request, maxTokens: 0 },
          { ...request, temperature: -1 },
          { ...request, maxTokens: 126 },
          { ...request, prompts: [{ ...prompt, tokens: new Int32Array(0) }] },
          { ...request, prompts: [{ ...prompt, tokens: Int32Array.of(13) }] },
          { ...request, prompts: [{ ...prompt, samples: 0 }] },
          { ...request, prompts: [prompt, { ...prompt, firstSample: 9 }] },
          { ...request, seed: -1 },
          { ...request, topP: 0 },
          { ...request, topK: -1 },
          { ...request, minTokens: 21 },
          { ...request, slots: 0 },
          { ...request, stopTokens: [13] },
          { ...request, stopStrings: ["x"] },
          { ...request, prompts: [{ ...prompt, maxTokens: 0 }] }
        ],
        (wrong) => Effect.map(Effect.flip(engine.generate(wrong)), ({ detail, reason }) => `${reason}: ${detail}`)
      )
      const expected = [
        "no prompts",
        "maxTokens",
        "temperature",
        "128",
        "empty",
        "token 13",
        "0 samples",
        "same name",
        "seed",
        "topP",
        "topK",
        "minTokens",
        "slots",
        "stop token 13",
        "tokenizer",
        "0 new tokens"
      ]
      details.forEach((detail, i) => {
        assert.match(detail, /^bad-input/)
        assert.include(detail, expected[i])
      })
      const uneven = { prompts: [prompt.tokens, prompt.tokens], responses: [[prompt.tokens], []] }
      assert.strictEqual((yield* Effect.flip(engine.score(weights, uneven, 1))).reason, "bad-input")
      const batch = randomBatch(plainConfig, 1, [[2, 2]])
      assert.strictEqual((yield* Effect.flip(engine.score(weights, batch, 0))).reason, "bad-input")
      const task: GradientTask = {
        ...{ weights, reference: null, batch, temperature: 1, objective: { kind: "supervised" }, batchTokens: 2 },
        ...{ oldLogProbs: new Float32Array(0), advantages: new Float32Array(0) }
      }
      for (const wrong of [
        { microBatch: 0 },
        { microBatch: Number.NaN },
        { batchTokens: 0 },
        { temperature: Infinity }
      ])
        assert.strictEqual((yield* Effect.flip(engine.gradient({ ...task, ...wrong }))).reason, "bad-input")
    })
  )

  it.effect("given one token more than the model has positions, then it is scored; given two more, then refused", () =>
    Effect.gen(function* () {
      const engine = yield* PolicyEngine
      const weights = yield* store(1)
      const { entropies } = yield* engine.score(weights, randomBatch(plainConfig, 1, [[100, 29]]), 1)
      assert.strictEqual(entropies.length, 29)
      const long = yield* Effect.flip(engine.score(weights, randomBatch(plainConfig, 1, [[100, 30]]), 1))
      assert.include(long.message, "needs 129 positions, the model has 128")
    })
  )
})
