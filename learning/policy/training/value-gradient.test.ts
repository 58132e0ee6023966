/** Values and their gradient: against finite differences, other ways to compute them, and what training does with them. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { adamWInto, adamWStep } from "../../objective/adamw.ts"
import { sequence } from "../../random/sequence.ts"
import type { PolicyConfig } from "../config.ts"
import { initialCritic, valueHead } from "../critic.ts"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { layoutOf } from "../parameters.ts"
import { criticOf, deviceFor, forms, randomBatch, randomCritic, randomWeights, testOps } from "../policies-for-tests.ts"
import type { SequenceBatch } from "../requests.ts"
import { wasmOps } from "../tensors/backend-wasm.ts"
import type { Ops } from "../tensors/ops.ts"
import { type Critic, valueGradientOf, valuesOf } from "./value-gradient.ts"

/** Old values near the critic's own, so that the clip holds some; returns and divisors of all kinds. */
const taskFor = (device: Device, { weights }: Critic, batch: SequenceBatch) => {
  const { uniform } = sequence(5, 5)
  const values = valuesOf(device, weights, batch)
  const some = () => Float64Array.from(batch.responses.flat(), () => 8 + 10 * uniform())
  return {
    batch,
    objective: { kind: "value", clip: 0.2 } as const,
    oldValues: values.map((value) => value + uniform() - 0.5),
    returns: values.map((value) => value + 2 * uniform() - 1),
    batchTokens: values.length,
    divisors: { loss: some(), terms: some() }
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

const reasonOf = (compute: () => unknown): string => {
  try {
    compute()
  } catch (error) {
    return error instanceof EngineError ? `${error.reason}: ${error.detail}` : String(error)
  }
  return "accepted"
}

describe.each(forms)("the value gradient with %s", (_, config) => {
  let ops: Ops
  let device: Device
  let critic: Critic
  const flat = randomCritic(config, 1)

  beforeAll(async () => {
    ops = await testOps()
    device = deviceFor(ops, config)
    critic = criticOf(device, flat)
  })

  it("given a clip that holds some tokens, then it agrees with finite differences along random directions", () => {
    const task = taskFor(device, critic, someBatch(config))
    const { gradient, terms } = valueGradientOf(device, critic, task)
    assert.isAbove(terms.clipFraction, 0)
    const { uniform } = sequence(9, 9)
    const step = 3e-3
    const { parameters } = critic.layout
    // at random over all parameters; then over one at a time, so that small ones count: half at random, half as it points
    const places = [null, null, null, ...[0, 1, 2, 3].map((i) => parameters[i]), ...parameters.slice(-2)]
    for (const place of places) {
      const isIn = (i: number) => place === null || (i >= place.offset && i < place.offset + place.size)
      const own = Math.hypot(...gradient.filter((_, i) => isIn(i)))
      const noise = own / Math.sqrt((place?.size ?? flat.length) / 12)
      const lean = place === null ? 0 : 1
      const direction = flat.map((_, i) => (isIn(i) ? lean * gradient[i] + noise * (uniform() - 0.5) : 0))
      const length = Math.hypot(...direction)
      const lossAt = (distance: number): number => {
        const moved = criticOf(
          device,
          flat.map((weight, i) => weight + (distance * direction[i]) / length)
        )
        const { loss } = valueGradientOf(device, moved, task)
        ops.free(moved.weights)
        return loss
      }
      const slope = (lossAt(step) - lossAt(-step)) / (2 * step)
      const expected = gradient.reduce((sum, g, i) => sum + (g * direction[i]) / length, 0)
      assert.approximately(expected, slope, 2e-3 * own + 1e-4, place?.name ?? "all")
    }
  })

  it("given a response cut short, then the values of the tokens that stay are the same: they see only what precedes", () => {
    const batch = randomBatch(config, 4, [[3, 6]])
    const whole = valuesOf(device, critic.weights, batch)
    const [[response]] = batch.responses
    const cut = { prompts: batch.prompts, responses: [[response.slice(0, 4)]] }
    assertClose(valuesOf(device, critic.weights, cut), whole.slice(0, 4), 1e-5)
    const other = {
      prompts: batch.prompts,
      responses: [[response.map((token, t) => (t === 3 ? (token + 1) % 13 : token))]]
    }
    const changed = valuesOf(device, critic.weights, other)
    assertClose(changed.slice(0, 4), whole.slice(0, 4), 1e-5)
    for (const t of [4, 5]) assert.isAbove(Math.abs(changed[t] - whole[t]), 1e-4)
  })

  it("given many sequences at once, then the values are those of each alone, prompt-major", () => {
    const batch = someBatch(config)
    const alone = batch.prompts.flatMap((prompt, p) =>
      batch.responses[p].flatMap((response) => [
        ...valuesOf(device, critic.weights, { prompts: [prompt], responses: [[response]] })
      ])
    )
    assertClose(valuesOf(device, critic.weights, batch), Float32Array.from(alone), 1e-5)
  })

  it("given a critic that training begins with, then every value is 0, and the gradient reaches the head only", () => {
    const initial = criticOf(device, initialCritic(config, layoutOf(config), randomWeights(config, 1)))
    const batch = someBatch(config)
    const task = taskFor(device, initial, batch)
    const { gradient, values } = valueGradientOf(device, initial, task)
    for (const found of [values, valuesOf(device, initial.weights, batch)])
      assert.isTrue(found.every((value) => value === 0))
    for (const { name, offset, size } of initial.layout.parameters) {
      const own = gradient.subarray(offset, offset + size)
      if (name === valueHead) assert.isAbove(largest(own), 1e-3)
      else assert.strictEqual(largest(own), 0, name)
    }
  })

  it.each([1, 3, 4])("given %d sequences at a time, then the same loss, values and gradient", (microBatch) => {
    const task = taskFor(device, critic, someBatch(config))
    const whole = valueGradientOf(device, critic, task)
    const parts = valueGradientOf(device, critic, { ...task, microBatch })
    assertClose(parts.gradient, whole.gradient, 1e-5)
    assertClose(parts.values, whole.values, 1e-5)
    assert.approximately(parts.loss, whole.loss, 1e-5)
    for (const [name, value] of Object.entries(whole.terms)) assert.approximately(parts.terms[name], value, 1e-5, name)
  })

  it("given divisors of each rollout, then it is the sum of the gradients of each alone, divided so", () => {
    const task = taskFor(device, critic, someBatch(config))
    const together = valueGradientOf(device, critic, task)
    const sum = new Float32Array(flat.length)
    const { divisors, ...undivided } = task
    const rollouts = task.batch.prompts.flatMap((prompt, p) =>
      task.batch.responses[p].map((response) => [prompt, response] as const)
    )
    let token = 0
    let loss = 0
    rollouts.forEach(([prompt, response], rollout) => {
      const end = token + response.length
      const alone = valueGradientOf(device, critic, {
        ...undivided,
        batch: { prompts: [prompt], responses: [[response]] },
        oldValues: task.oldValues.slice(token, end),
        returns: task.returns.slice(token, end),
        batchTokens: divisors.loss[rollout]
      })
      loss += alone.loss
      alone.gradient.forEach((g, i) => {
        sum[i] += g
      })
      token = end
    })
    assertClose(together.gradient, sum, 1e-5)
    assert.approximately(together.loss, loss, 1e-5)
  })

  it("given layers that are computed again on the way back, then the same gradient and no tensor left", () => {
    const task = taskFor(device, critic, someBatch(config))
    const kept = valueGradientOf(device, critic, task)
    const before = ops.live()
    assertClose(valueGradientOf(device, critic, { ...task, recompute: true }).gradient, kept.gradient, 1e-6)
    assert.strictEqual(ops.live(), before)
  })

  it("given the WebAssembly backend, or operations run one by one, then values and gradient agree", async () => {
    const task = taskFor(device, critic, someBatch(config))
    const here = valueGradientOf(device, critic, task)
    for (const others of [(await wasmOps()).ops, await testOps(undefined, "eager")]) {
      const other = deviceFor(others, config)
      const there = valueGradientOf(other, criticOf(other, flat), task)
      assertClose(there.gradient, here.gradient, 1e-5)
      assertClose(there.values, here.values, 1e-5)
    }
  })

  it("given matrices in bfloat16, then values are near those in float32, and the gradient points the same way", () => {
    const narrow = deviceFor(ops, config, "bfloat16")
    const task = { ...taskFor(device, critic, someBatch(config)), objective: { kind: "value", clip: 10 } as const }
    const exact = valueGradientOf(device, critic, task)
    const near = valueGradientOf(narrow, criticOf(narrow, flat), task)
    const error = largest(near.values.map((value, t) => value - exact.values[t]))
    assert.isBelow(error, 0.1)
    assert.isAbove(error, 1e-5)
    const dot = near.gradient.reduce((sum, g, i) => sum + g * exact.gradient[i], 0)
    assert.isAbove(dot / (Math.hypot(...near.gradient) * Math.hypot(...exact.gradient)), 0.98)
  })

  it("given 100 steps, then no tensor stays behind, and the bits are the same each time", () => {
    const task = taskFor(device, critic, randomBatch(config, 3, [[2, 3, 1]]))
    const once = valueGradientOf(device, critic, task)
    valuesOf(device, critic.weights, task.batch)
    const before = ops.live()
    for (let step = 0; step < 100; step++) {
      assert.deepStrictEqual(valueGradientOf(device, critic, task), once)
      valuesOf(device, critic.weights, task.batch)
    }
    assert.strictEqual(ops.live(), before)
  })

  it("given some steps of AdamW on a batch from the first critic, then its values are the returns", () => {
    const weights = initialCritic(config, layoutOf(config), randomWeights(config, 1))
    const moments = { firstMoment: weights.map(() => 0), secondMoment: weights.map(() => 0) }
    const settings = { learningRate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0 }
    const batch = randomBatch(config, 6, [[3, 5, 4]])
    const { uniform } = sequence(8, 8)
    const task = {
      ...{ batch, objective: { kind: "value", clip: 10 } as const, batchTokens: 9, oldValues: new Float32Array(9) },
      returns: Float32Array.from({ length: 9 }, uniform)
    }
    task.returns[5] = task.returns[0] // the first tokens of both responses are drawn in one state
    const losses: Array<number> = []
    for (let step = 1; step <= 100; step++) {
      const moving = criticOf(device, weights)
      const { gradient, loss } = valueGradientOf(device, moving, task)
      ops.free(moving.weights)
      losses.push(loss)
      adamWInto({ weights, ...moments }, gradient, 1, adamWStep(settings, step))
    }
    assert.isAbove(losses[0], 0.03)
    assert.isBelow(losses[99], 0.01 * losses[0])
  })

  it("given arrays that do not fit the batch or hold no number, then it refuses by their name", () => {
    const task = taskFor(device, critic, randomBatch(config, 3, [[2, 3, 1]]))
    const refused = (wrong: Partial<typeof task>) =>
      reasonOf(() => valueGradientOf(device, critic, { ...task, ...wrong }))
    const { divisors, oldValues, returns } = task
    assert.include(refused({ oldValues: oldValues.subarray(1) }), "oldValues has 3 entries, the batch needs 4")
    assert.include(refused({ returns: new Float32Array(0) }), "returns has 0 entries")
    assert.include(refused({ divisors: { ...divisors, terms: new Float64Array(3) } }), "divisors has 3 entries")
    assert.include(refused({ returns: returns.with(2, Number.NaN) }), "not-finite: returns holds NaN at 2")
    assert.include(refused({ oldValues: oldValues.with(0, Infinity) }), "not-finite: oldValues holds Infinity at 0")
    const broken = criticOf(device, flat.with(flat.length - 1, Number.NaN))
    assert.include(
      reasonOf(() => valueGradientOf(device, broken, task)),
      "not-finite"
    )
    ops.free(broken.weights)
  })
})
