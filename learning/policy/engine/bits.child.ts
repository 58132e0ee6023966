/**
 * For the tests: an engine in a process of its own, which prints the SHA-256 of all that it answers to several cohorts and
 * gradients asked for at once.
 *
 *   node bits.child.ts WORKERS
 */

import { createHash } from "node:crypto"
import { Console, Effect, Layer } from "effect"
import { Artifacts } from "../../artifacts.ts"
import { memoryArtifacts } from "../../artifacts-memory.ts"
import { overTokens } from "../../objective/advantages.ts"
import { paperObjective } from "../../objective/objective.ts"
import { encodeParameters } from "../checkpoint/checkpoint.ts"
import { criticLayoutOf } from "../critic.ts"
import { layoutOf } from "../parameters.ts"
import { groupedConfig, randomBatch, randomCritic, randomWeights } from "../policies-for-tests.ts"
import { type GenerateRequest, type GradientTask, PolicyEngine } from "./engine.ts"

/** Wide enough for kernels of one graph to run beside each other. */
const config = { ...groupedConfig, vocabularySize: 300, hiddenSize: 96, headSize: 16, feedForwardSize: 256, layers: 4 }

const bits = Effect.gen(function* () {
  const engine = yield* PolicyEngine
  const { store } = yield* Artifacts
  const weights = yield* store(encodeParameters(layoutOf(config), randomWeights(config, 1)))
  const { prompts } = randomBatch(config, 2, [
    [9, 1],
    [40, 1]
  ])
  const requests = [0, 1, 2].map((step): GenerateRequest => {
    const cohort = prompts.map((tokens, p) => ({ promptId: `p${p}`, tokens, firstSample: 0, samples: 5 }))
    return { weights, prompts: cohort, temperature: 1, maxTokens: 40, slots: 6, seed: 1, stream: 1, step }
  })
  const cohorts = yield* Effect.forEach(requests, engine.generate, { concurrency: "unbounded" })
  const tasks = cohorts.map((samples): GradientTask => {
    const responses = prompts.map((_, p) => samples.slice(5 * p, 5 * p + 5).map(({ tokens }) => tokens))
    return {
      ...{ weights, reference: weights, batch: { prompts, responses }, temperature: 1, microBatch: 6 },
      objective: { ...paperObjective, klCoefficient: 0.1, entropyCoefficient: 0.1 },
      oldLogProbs: Float32Array.from(samples.flatMap(({ logProbs }) => [...logProbs])),
      advantages: overTokens(
        samples.map((_, i) => (i % 3) - 1),
        samples.map(({ tokens }) => tokens.length)
      ),
      batchTokens: responses.flat().reduce((sum, { length }) => sum + length, 0)
    }
  })
  const gradients = yield* Effect.forEach(tasks, engine.gradient, { concurrency: "unbounded" })
  const critic = yield* store(encodeParameters(criticLayoutOf(config), randomCritic(config, 1)))
  const fits = yield* Effect.forEach(
    tasks,
    ({ advantages, batch, batchTokens }) =>
      Effect.flatMap(engine.values(critic, batch), (oldValues) =>
        engine.valueGradient({
          ...{ critic, batch, batchTokens, microBatch: 6, oldValues },
          objective: { kind: "value", clip: 0.2 },
          returns: oldValues.map((value, t) => value + advantages[t])
        })
      ),
    { concurrency: "unbounded" }
  )
  const hash = createHash("sha256")
  for (const { entropies, logProbs, tokens } of cohorts.flat())
    for (const part of [tokens, logProbs, entropies]) hash.update(part)
  for (const { entropies, gradient, logProbs, loss, referenceLogProbs } of gradients) {
    for (const part of [gradient, logProbs, entropies, referenceLogProbs]) hash.update(part)
    hash.update(String(loss))
  }
  for (const { gradient, loss, values } of fits) {
    for (const part of [gradient, values]) hash.update(part)
    hash.update(String(loss))
  }
  yield* Console.log(hash.digest("hex"))
})

const engine = PolicyEngine.layer({ config, workers: Number(process.argv[2]) })
await Effect.runPromise(Effect.provide(bits, engine.pipe(Layer.provideMerge(memoryArtifacts(4)))))
