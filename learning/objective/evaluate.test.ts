import { assert, describe, it } from "@effect/vitest"
import { philox, unitInterval } from "../random/philox.ts"
import { evaluateObjective } from "./evaluate.ts"
import type { GrpoObjective, Objective } from "./objective.ts"
import type { TokenBatch } from "./token-objective.ts"

const grpo: GrpoObjective = {
  kind: "grpo",
  clip: 0.2,
  policyCoefficient: 1,
  klCoefficient: 0.3,
  entropyCoefficient: 0.7
}
const supervised: Objective = { kind: "supervised" }

/** Numbers in [low, high), the same for the same name. */
const draws = (name: number, count: number, low: number, high: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => {
    const words = philox([name, 0], [i, 0, 0, 0])
    return low + (high - low) * unitInterval(words[0], words[1])
  })

/** 21 tokens of 6 rollouts: ratios from 0.5 to 2, references up to 1 nat away. */
const someBatch = (): TokenBatch => {
  const logProbs = draws(1, 21, -3, -0.2)
  const shift = (name: number, size: number) => draws(name, 21, -size, size).map((d, t) => logProbs[t] + d)
  return {
    lengths: Int32Array.of(1, 5, 2, 7, 3, 3),
    logProbs,
    entropies: draws(2, 21, 0, 3),
    oldLogProbs: shift(3, 0.7),
    referenceLogProbs: shift(4, 1),
    advantages: Float32Array.of(1.5, -0.5, 0.25, -2, 0, 0.8),
    batchTokens: 50
  }
}

const changed = (array: Float32Array, t: number, by: number): Float32Array => {
  const copy = array.slice()
  copy[t] += by
  return copy
}

describe("evaluateObjective", () => {
  it("given two rollouts worked by hand, then loss, terms and derivatives are those", () => {
    const result = evaluateObjective(grpo, {
      lengths: Int32Array.of(1, 2),
      logProbs: Float32Array.of(-1, -2, -1),
      entropies: Float32Array.of(1, 2, 3),
      oldLogProbs: Float32Array.of(-1, -2, -2), // ratios 1, 1, e: the last is held, as its advantage is positive
      referenceLogProbs: Float32Array.of(-1, -1, -1), // distances 0, 1, 0
      advantages: Float32Array.of(-3, 2),
      batchTokens: 4
    })
    const policyLoss = (3 - 2 - 1.2 * 2) / 4
    const kl = (Math.E - 2) / 4
    assert.approximately(result.terms.policyLoss, policyLoss, 1e-12)
    assert.approximately(result.terms.kl, kl, 1e-12)
    assert.strictEqual(result.terms.entropy, 6 / 4)
    assert.strictEqual(result.terms.clipFraction, 1 / 4)
    assert.strictEqual(result.terms.mismatch, 1 / 4)
    assert.approximately(result.loss, policyLoss - 0.7 * 1.5 + 0.3 * kl, 1e-12)
    const expected = [3 / 4, (-2 + 0.3 * (1 - Math.E)) / 4, 0]
    for (const [t, derivative] of expected.entries()) assert.approximately(result.dLogProbs[t], derivative, 1e-7)
    assert.deepStrictEqual([...result.dEntropies], new Array(3).fill(Math.fround(-0.7 / 4)))
  })

  it.each([grpo, { ...grpo, policyCoefficient: 0 }, { ...grpo, clip: 0.01 }, supervised])(
    "given %o, then its derivatives are the slopes of its loss",
    (objective) => {
      const batch = someBatch()
      const { dEntropies, dLogProbs } = evaluateObjective(objective, batch)
      const step = 2 ** -9 // a float32 near 1 keeps steps of this size exactly enough
      for (let t = 0; t < 21; t++) {
        const lossAt = (by: number) =>
          evaluateObjective(objective, { ...batch, logProbs: changed(batch.logProbs, t, by) }).loss
        assert.approximately(dLogProbs[t], (lossAt(step) - lossAt(-step)) / (2 * step), 2e-6, `logProb ${t}`)
        const lossAtEntropy = (by: number) =>
          evaluateObjective(objective, { ...batch, entropies: changed(batch.entropies, t, by) }).loss
        assert.approximately(dEntropies[t], (lossAtEntropy(step) - lossAtEntropy(-step)) / (2 * step), 2e-6)
      }
    }
  )

  it("given a batch cut into two shards, then loss and terms of the shards add up to those of the whole", () => {
    const whole = someBatch()
    const cut = (from: number, to: number, first: number, last: number): TokenBatch => ({
      lengths: whole.lengths.subarray(first, last),
      logProbs: whole.logProbs.subarray(from, to),
      entropies: whole.entropies.subarray(from, to),
      oldLogProbs: whole.oldLogProbs.subarray(from, to),
      referenceLogProbs: whole.referenceLogProbs.subarray(from, to),
      advantages: whole.advantages.subarray(first, last),
      batchTokens: whole.batchTokens
    })
    for (const objective of [grpo, supervised]) {
      const all = evaluateObjective(objective, whole)
      const a = evaluateObjective(objective, cut(0, 8, 0, 3))
      const b = evaluateObjective(objective, cut(8, 21, 3, 6))
      assert.approximately(a.loss + b.loss, all.loss, 1e-12)
      assert.deepStrictEqual(Object.keys(a.terms), Object.keys(all.terms))
      for (const [name, value] of Object.entries(all.terms)) {
        assert.approximately(a.terms[name] + b.terms[name], value, 1e-12, name)
      }
      assert.deepStrictEqual([...a.dLogProbs, ...b.dLogProbs], [...all.dLogProbs])
    }
  })

  it("given a supervised batch, then the loss is the token mean of -logProb", () => {
    const { dLogProbs, loss, terms } = evaluateObjective(supervised, {
      ...someBatch(),
      lengths: Int32Array.of(2),
      logProbs: Float32Array.of(-1, -2),
      entropies: Float32Array.of(1, 3),
      batchTokens: 4
    })
    assert.strictEqual(loss, 3 / 4)
    assert.deepStrictEqual(terms, { negativeLogLikelihood: 3 / 4, entropy: 1 })
    assert.deepStrictEqual([...dLogProbs], [-1 / 4, -1 / 4])
  })

  it("given log-probs that differ both ways, then mismatch counts the distance, not the direction", () => {
    const batch = someBatch()
    const distances = batch.logProbs.map((logProb, t) => Math.abs(logProb - batch.oldLogProbs[t]))
    const mean = distances.reduce((sum, distance) => sum + distance, 0) / batch.batchTokens
    assert.approximately(evaluateObjective(grpo, batch).terms.mismatch, mean, 1e-6)
  })

  it("given no reference and no KL coefficient, then there is no kl term; with a coefficient it is refused", () => {
    const batch = { ...someBatch(), referenceLogProbs: new Float32Array(0) }
    const without = evaluateObjective({ ...grpo, klCoefficient: 0 }, batch)
    assert.notProperty(without.terms, "kl")
    assert.throws(() => evaluateObjective(grpo, batch), /referenceLogProbs has 0 entries, the batch needs 21/)
  })

  it.each([
    ["lengths, summed,", { lengths: Int32Array.of(1, 5, 2, 7, 3, 4) }],
    ["entropies", { entropies: new Float32Array(20) }],
    ["oldLogProbs", { oldLogProbs: new Float32Array(22) }],
    ["referenceLogProbs", { referenceLogProbs: new Float32Array(1) }],
    ["advantages", { advantages: new Float32Array(5) }],
    ["batchTokens", { batchTokens: 20 }]
  ])("given %s that do not fit the batch, then it is refused by name", (name, wrong) => {
    assert.throws(() => evaluateObjective(grpo, { ...someBatch(), ...wrong }), name)
  })
})
