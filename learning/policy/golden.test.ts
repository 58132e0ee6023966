/**
 * The decoder against Hugging Face transformers: log-probs, entropies, greedy continuations and gradients.
 */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { type Checkpoint, readCheckpoint } from "./checkpoint/checkpoint.ts"
import { generateCohort } from "./generation/generate.ts"
import type { Device } from "./model/device.ts"
import { deviceFor, goldenJson, goldenPath, goldenTitle, hasGolden, policyOf, testOps } from "./policies-for-tests.ts"
import { gradientOf, type Policy, score } from "./training/gradient.ts"

const Numbers = Schema.Array(Schema.Finite)
const Cases = Schema.Struct({
  sequences: Schema.Array(
    Schema.Struct({
      ids: Numbers,
      logprobs_t1: Numbers,
      logprobs_t06: Numbers,
      entropy_t1: Numbers,
      entropy_t06: Numbers
    })
  ),
  long: Schema.Struct({ ids: Numbers, logprobs_t1_last32: Numbers, entropy_t1_last32: Numbers }),
  greedy: Schema.Array(Schema.Struct({ prompt: Numbers, continuation: Numbers }))
})
const Grads = Schema.Struct({
  batch: Schema.Array(Schema.Struct({ ids: Numbers, prompt_len: Schema.Int })),
  response_tokens: Schema.Int,
  loss: Schema.Finite,
  params: Schema.Array(Schema.Struct({ name: Schema.String, grad_l2: Schema.Finite, grad_first8: Numbers }))
})

/** As the reference's own notes give them. */
const tolerance = 2e-4
const longTolerance = 5e-4

const close = (actual: ArrayLike<number>, expected: ReadonlyArray<number>, within: number) => {
  assert.strictEqual(actual.length, expected.length)
  for (const [i, value] of expected.entries()) assert.approximately(actual[i], value, within)
}

/** Everything after the first token, as the response to it. */
const afterFirst = (ids: ReadonlyArray<number>) => ({
  prompts: [Int32Array.from(ids.slice(0, 1))],
  responses: [[Int32Array.from(ids.slice(1))]]
})

const models = ["qwen2-tied", "qwen2-untied-gqa7", "llama-plain-sharded", "llama-rope3-tied", "qwen3-qknorm"]

describe.runIf(hasGolden).each(models)(goldenTitle("%s against transformers"), (model) => {
  let checkpoint: Checkpoint
  let device: Device
  let policy: Policy
  const cases = hasGolden ? Schema.decodeUnknownSync(Cases)(goldenJson(`models/${model}/cases.json`)) : null

  beforeAll(async () => {
    checkpoint = await Effect.runPromise(readCheckpoint(goldenPath(`models/${model}`)))
    device = deviceFor(await testOps(), { ...checkpoint.config, eosIds: [] })
    policy = policyOf(device, checkpoint.weights)
  })

  it("given sequences, then log-probs and entropies agree at temperatures 1 and 0.6", () => {
    for (const { entropy_t06, entropy_t1, ids, logprobs_t06, logprobs_t1 } of cases?.sequences ?? []) {
      if (ids.length < 2) continue
      const plain = score(device, policy.weights, afterFirst(ids), 1)
      close(plain.logProbs, logprobs_t1, tolerance)
      close(plain.entropies, entropy_t1.slice(0, -1), tolerance)
      const cold = score(device, policy.weights, afterFirst(ids), 0.6)
      close(cold.logProbs, logprobs_t06, tolerance)
      close(cold.entropies, entropy_t06.slice(0, -1), tolerance)
    }
  })

  it("given 700 tokens, then the last 32 log-probs agree", () => {
    const { ids, logprobs_t1_last32 } = cases?.long ?? { ids: [], logprobs_t1_last32: [] }
    close(score(device, policy.weights, afterFirst(ids), 1).logProbs.slice(-32), logprobs_t1_last32, longTolerance)
  })

  it("given prompts of different lengths in one cohort, then greedy continuations agree token for token", () => {
    const greedy = cases?.greedy ?? []
    const generated = generateCohort(device, policy.weights, {
      weights: "",
      prompts: greedy.map(({ prompt }, p) => ({
        promptId: `p${p}`,
        tokens: Int32Array.from(prompt),
        firstSample: 0,
        samples: 2
      })),
      temperature: 0,
      maxTokens: 24,
      ...{ seed: 0, stream: 0, step: 0 }
    })
    generated.forEach(({ tokens }, i) => {
      assert.deepStrictEqual([...tokens], greedy[Math.floor(i / 2)].continuation)
    })
  })

  it("given the supervised objective, then loss and every parameter's gradient agree", () => {
    const grads = Schema.decodeUnknownSync(Grads)(goldenJson(`models/${model}/grads.json`))
    const { gradient, loss } = gradientOf(device, policy, null, {
      batch: {
        prompts: grads.batch.map(({ ids, prompt_len }) => Int32Array.from(ids.slice(0, prompt_len))),
        responses: grads.batch.map(({ ids, prompt_len }) => [Int32Array.from(ids.slice(prompt_len))])
      },
      temperature: 1,
      objective: { kind: "supervised" },
      oldLogProbs: new Float32Array(0),
      advantages: new Float32Array(0),
      batchTokens: grads.response_tokens
    })
    assert.approximately(loss, grads.loss, 1e-5)
    assert.strictEqual(grads.params.length, policy.layout.parameters.length)
    for (const { grad_first8, grad_l2, name } of grads.params) {
      const place = policy.layout.parameters.find((parameter) => parameter.name === name)
      const own = gradient.subarray(place?.offset ?? 0, (place?.offset ?? 0) + (place?.size ?? 0))
      const within = 1e-5 + 1e-3 * grad_l2
      assert.approximately(Math.sqrt(own.reduce((sum, g) => sum + g * g, 0)), grad_l2, within, name)
      close(own.subarray(0, grad_first8.length), grad_first8, within)
    }
  })
})
