import { assert, beforeAll, describe, it } from "@effect/vitest"
import { overTokens } from "../../objective/advantages.ts"
import { type Objective, type PolicyObjective, paperObjective } from "../../objective/objective.ts"
import { sequence } from "../../random/sequence.ts"
import type { PolicyConfig } from "../config.ts"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { deviceFor, forms, policyOf, randomBatch, randomWeights, testOps } from "../policies-for-tests.ts"
import type { SequenceBatch } from "../requests.ts"
import { wasmOps } from "../tensors/backend-wasm.ts"
import type { Ops } from "../tensors/ops.ts"
import { gradientOf, type Policy, score } from "./gradient.ts"

const grpo: PolicyObjective = { ...paperObjective, klCoefficient: 0.3, entropyCoefficient: 0.2 }

/** A task whose old and reference log-probs are near the policy's own. */
const taskFor = (device: Device, policy: Policy, batch: SequenceBatch, objective: Objective, temperature: number) => {
  const { uniform } = sequence(5, 5)
  const { logProbs } = score(device, policy.weights, batch, temperature)
  return {
    batch,
    temperature,
    objective,
    oldLogProbs: logProbs.map((logProb) => logProb + 0.1 * uniform() - 0.05),
    advantages: overTokens(
      batch.responses.flat().map(() => 2 * uniform() - 1),
      batch.responses.flat().map(({ length }) => length)
    ),
    batchTokens: logProbs.length
  }
}

/** Prompts of unequal length, responses of one to seven tokens. */
const someBatch = (config: PolicyConfig) =>
  randomBatch(config, 3, [
    [4, 7, 1, 3],
    [2, 2, 5, 6]
  ])

const largest = (values: Float32Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)

const assertClose = (actual: Float32Array, expected: Float32Array, relative: number) => {
  assert.strictEqual(actual.length, expected.length)
  const within = relative * largest(expected)
  for (let i = 0; i < actual.length; i++) assert.approximately(actual[i], expected[i], within, `element ${i}`)
}

describe.each(forms)("the gradient with %s", (_, config) => {
  let ops: Ops
  let device: Device
  const flat = randomWeights(config, 1)
  const reference = randomWeights(config, 2)

  beforeAll(async () => {
    ops = await testOps()
    device = deviceFor(ops, config)
  })

  it.each([1, 0.7])(
    "given GRPO at temperature %d, then it agrees with finite differences along random directions",
    (temperature) => {
      const policy = policyOf(device, flat)
      const frozen = policyOf(device, reference).weights
      const task = taskFor(device, policy, someBatch(config), grpo, temperature)
      const { gradient } = gradientOf(device, policy, frozen, task)
      const { uniform } = sequence(9, 9)
      const step = 3e-3
      for (let trial = 0; trial < 6; trial++) {
        // a direction over one parameter at a time now and then, so that small ones count
        const { offset, size } = policy.layout.parameters[trial % policy.layout.parameters.length]
        const isWhole = trial < 3
        const direction = flat.map((_, i) => (isWhole || (i >= offset && i < offset + size) ? uniform() - 0.5 : 0))
        const length = Math.hypot(...direction)
        const lossAt = (distance: number): number => {
          const moved = policyOf(
            device,
            flat.map((weight, i) => weight + (distance * direction[i]) / length)
          )
          const { loss } = gradientOf(device, moved, frozen, task)
          ops.free(moved.weights)
          return loss
        }
        const slope = (lossAt(step) - lossAt(-step)) / (2 * step)
        const expected = gradient.reduce((sum, g, i) => sum + (g * direction[i]) / length, 0)
        assert.approximately(expected, slope, 2e-3 * Math.hypot(...gradient) + 1e-4, `direction ${trial}`)
      }
    }
  )

  it("given responses that share a prompt, then it is the sum of the gradients of each sequence alone", () => {
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 0.8)
    const together = gradientOf(device, policy, null, { ...task, objective: { ...grpo, klCoefficient: 0 } })
    const sum = new Float32Array(flat.length)
    let token = 0
    task.batch.prompts.forEach((prompt, p) => {
      for (const response of task.batch.responses[p]) {
        const alone = gradientOf(device, policy, null, {
          ...task,
          objective: { ...grpo, klCoefficient: 0 },
          batch: { prompts: [prompt], responses: [[response]] },
          oldLogProbs: task.oldLogProbs.slice(token, token + response.length),
          advantages: task.advantages.slice(token, token + response.length)
        })
        alone.gradient.forEach((g, i) => {
          sum[i] += g
        })
        assertClose(alone.logProbs, together.logProbs.slice(token, token + response.length), 1e-5)
        token += response.length
      }
    })
    assertClose(together.gradient, sum, 1e-5)
  })

  it("given a much longer neighbour without advantage, then padding changes no gradient", () => {
    const policy = policyOf(device, flat)
    const objective = { ...grpo, klCoefficient: 0, entropyCoefficient: 0 }
    const batch = randomBatch(config, 4, [[3, 4, 2]])
    const task = taskFor(device, policy, batch, objective, 1)
    const alone = gradientOf(device, policy, null, task)
    const [longPrompt] = randomBatch(config, 5, [[9, 1]]).prompts
    const [neighbours] = randomBatch(config, 6, [[1, 14, 11]]).responses
    const beside = gradientOf(device, policy, null, {
      ...task,
      batch: { prompts: [...batch.prompts, longPrompt], responses: [...batch.responses, neighbours] },
      oldLogProbs: Float32Array.of(...task.oldLogProbs, ...new Float32Array(25)),
      advantages: Float32Array.of(...task.advantages, ...new Float32Array(25)),
      batchTokens: 31
    })
    assertClose(
      beside.gradient.map((g) => (g * 31) / 6),
      alone.gradient,
      1e-5
    )
  })

  it("given the WebAssembly backend, then scores and gradient agree with this one's", async () => {
    const wasm = deviceFor((await wasmOps()).ops, config)
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 0.9)
    const here = gradientOf(device, policy, policyOf(device, reference).weights, task)
    const there = gradientOf(wasm, policyOf(wasm, flat), policyOf(wasm, reference).weights, task)
    assertClose(there.gradient, here.gradient, 1e-5)
    assertClose(there.referenceLogProbs, here.referenceLogProbs, 1e-5)
    assertClose(there.entropies, here.entropies, 1e-5)
  })

  it("given operations run one by one and not as graphs, then scores and gradient agree", async () => {
    const eager = deviceFor(await testOps(undefined, "eager"), config)
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 0.9)
    const graph = gradientOf(device, policy, policyOf(device, reference).weights, task)
    const alone = gradientOf(eager, policyOf(eager, flat), policyOf(eager, reference).weights, task)
    assertClose(alone.gradient, graph.gradient, 1e-5)
    assertClose(alone.entropies, graph.entropies, 1e-5)
  })

  it("given matrices in bfloat16, then log-probs are near those in float32, and the gradient points the same way", () => {
    const narrow = deviceFor(ops, config, "bfloat16")
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 1)
    const exact = gradientOf(device, policy, policy.weights, task)
    const narrowed = policyOf(narrow, flat)
    const near = gradientOf(narrow, narrowed, narrowed.weights, task)
    const errors = near.logProbs.map((logProb, t) => Math.abs(logProb - exact.logProbs[t]))
    assert.isBelow(largest(errors), 0.2)
    assert.isAbove(largest(errors), 1e-5)
    const dot = near.gradient.reduce((sum, g, i) => sum + g * exact.gradient[i], 0)
    assert.isAbove(dot / (Math.hypot(...near.gradient) * Math.hypot(...exact.gradient)), 0.98)
  })

  it("given layers that are computed again on the way back, then the same gradient and no tensor left", () => {
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 0.9)
    const kept = gradientOf(device, policy, policy.weights, task)
    const before = ops.live()
    assertClose(gradientOf(device, policy, policy.weights, { ...task, recompute: true }).gradient, kept.gradient, 1e-6)
    assert.strictEqual(ops.live(), before)
  })

  it.each([1, 3, 4])("given %d sequences at a time, then the same loss, numbers and gradient", (microBatch) => {
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 0.9)
    const whole = gradientOf(device, policy, policy.weights, task)
    const parts = gradientOf(device, policy, policy.weights, { ...task, microBatch })
    assertClose(parts.gradient, whole.gradient, 1e-5)
    assertClose(parts.logProbs, whole.logProbs, 1e-5)
    assertClose(parts.entropies, whole.entropies, 1e-5)
    assertClose(parts.referenceLogProbs, whole.referenceLogProbs, 1e-5)
    assert.approximately(parts.loss, whole.loss, 1e-5)
    for (const [name, value] of Object.entries(whole.terms)) assert.approximately(parts.terms[name], value, 1e-5, name)
  })

  it("given the reference's log-probs from before, then the same as when it computes them", () => {
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 0.9)
    const frozen = policyOf(device, reference).weights
    const computed = gradientOf(device, policy, frozen, task)
    const { referenceLogProbs } = computed
    assert.deepStrictEqual(gradientOf(device, policy, null, { ...task, referenceLogProbs }), computed)
  })

  it("given 200 steps, then no tensor stays behind", () => {
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, randomBatch(config, 3, [[2, 3, 1]]), grpo, 1)
    gradientOf(device, policy, policy.weights, task)
    const before = ops.live()
    for (let step = 0; step < 200; step++) gradientOf(device, policy, policy.weights, task)
    assert.strictEqual(ops.live(), before)
  })

  it("given the same task twice, then the bits are the same", () => {
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), grpo, 1)
    const once = gradientOf(device, policy, policy.weights, task)
    assert.deepStrictEqual(gradientOf(device, policy, policy.weights, task), once)
  })

  it("given an advantage that is not a number, then it refuses with not-finite", () => {
    const policy = policyOf(device, flat)
    const task = taskFor(device, policy, someBatch(config), { ...grpo, klCoefficient: 0 }, 1)
    try {
      gradientOf(device, policy, null, { ...task, advantages: task.advantages.fill(Number.NaN, 2, 3) })
      assert.fail("it was accepted")
    } catch (error) {
      assert.instanceOf(error, EngineError)
      assert.strictEqual(error instanceof EngineError ? error.reason : "", "not-finite")
    }
  })
})
