import { assert, describe, it } from "@effect/vitest"
import { philox, unitInterval } from "../random/philox.ts"
import { overTokens } from "./advantages.ts"
import { aggregationNames, divisorsOf } from "./aggregation.ts"
import { evaluateObjective } from "./evaluate.ts"
import { type Objective, type PolicyObjective, paperObjective } from "./objective.ts"
import type { TokenBatch } from "./token-objective.ts"

const grpo: PolicyObjective = { ...paperObjective, klCoefficient: 0.3, entropyCoefficient: 0.7 }
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
  const lengths = Int32Array.of(1, 5, 2, 7, 3, 3)
  return {
    lengths,
    logProbs,
    entropies: draws(2, 21, 0, 3),
    oldLogProbs: shift(3, 0.7),
    behaviourLogProbs: shift(5, 0.6),
    referenceLogProbs: shift(4, 1),
    advantages: overTokens([1.5, -0.5, 0.25, -2, 0, 0.8], lengths),
    batchTokens: 50,
    divisors: null
  }
}

const changed = (array: Float32Array, t: number, by: number): Float32Array => {
  const copy = array.slice()
  copy[t] += by
  return copy
}

/** The batch under a way to aggregate; of the micro-batches' limit, two rollouts of prompts of 4 fill one. */
const dividedBatch = (aggregation: (typeof aggregationNames)[number]): TokenBatch => {
  const batch = someBatch()
  const microBatches = { tokens: 20, ranks: 1, promptLengths: new Int32Array(6).fill(4) }
  return { ...batch, divisors: divisorsOf(aggregation, batch.lengths, { constant: 9, width: 8, microBatches }) }
}

/** The rollouts first … last - 1 of a batch. */
const shardOf = (whole: TokenBatch, first: number, last: number): TokenBatch => {
  const tokensOf = (rollouts: Int32Array) => rollouts.reduce((sum, length) => sum + length, 0)
  const from = tokensOf(whole.lengths.subarray(0, first))
  const to = from + tokensOf(whole.lengths.subarray(first, last))
  const { divisors } = whole
  return {
    lengths: whole.lengths.subarray(first, last),
    logProbs: whole.logProbs.subarray(from, to),
    entropies: whole.entropies.subarray(from, to),
    oldLogProbs: whole.oldLogProbs.subarray(from, to),
    behaviourLogProbs: whole.behaviourLogProbs.subarray(from, to),
    referenceLogProbs: whole.referenceLogProbs.subarray(from, to),
    advantages: whole.advantages.subarray(from, to),
    batchTokens: whole.batchTokens,
    divisors: divisors && { loss: divisors.loss.subarray(first, last), terms: divisors.terms.subarray(first, last) }
  }
}

const variants = [
  ["no policy loss", { ...grpo, policyCoefficient: 0 }, "token-mean"],
  ["a narrow clip", { ...grpo, clipLow: 0.01, clipHigh: 0.01 }, "token-mean"],
  ["a clip of two bounds", { ...grpo, clipHigh: 0.28 }, "token-mean"],
  ["k1", { ...grpo, klEstimator: "k1" }, "token-mean"],
  ["abs", { ...grpo, klEstimator: "abs" }, "token-mean"],
  ["k2", { ...grpo, klEstimator: "k2" }, "token-mean"],
  ["truncated importance weights", { ...grpo, importanceCap: 1.1 }, "token-mean"],
  ["the negative log-likelihood", supervised, "token-mean"],
  ...aggregationNames.map((name) => [name, grpo, name] as const),
  ...aggregationNames.map((name) => [`gspo by ${name}`, { ...grpo, policyLoss: "gspo" }, name] as const),
  ["a narrow gspo", { ...grpo, policyLoss: "gspo", clipLow: 0.003, clipHigh: 0.004 }, "seq-mean-token-mean"]
] as const satisfies ReadonlyArray<readonly [string, Objective, (typeof aggregationNames)[number]]>

describe("evaluateObjective", () => {
  it("given two rollouts worked by hand, then loss, terms and derivatives are those", () => {
    const result = evaluateObjective(grpo, {
      lengths: Int32Array.of(1, 2),
      logProbs: Float32Array.of(-1, -2, -1),
      entropies: Float32Array.of(1, 2, 3),
      oldLogProbs: Float32Array.of(-1, -2, -2), // ratios 1, 1, e: the last is held, as its advantage is positive
      behaviourLogProbs: new Float32Array(0),
      referenceLogProbs: Float32Array.of(-1, -1, -1), // distances 0, 1, 0
      advantages: Float32Array.of(-3, 2, 2),
      batchTokens: 4,
      divisors: null
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

  it.each(variants)("given %s, then its derivatives are the slopes of its loss", (_, objective, aggregation) => {
    const batch = dividedBatch(aggregation)
    const { dEntropies, dLogProbs } = evaluateObjective(objective, batch)
    const step = 2 ** -9 // a float32 near 1 keeps steps of this size exactly enough
    for (let t = 0; t < 21; t++) {
      const lossAt = (by: number) =>
        evaluateObjective(objective, { ...batch, logProbs: changed(batch.logProbs, t, by) }).loss
      const slope = (lossAt(step) - lossAt(-step)) / (2 * step)
      assert.approximately(dLogProbs[t], slope, 2e-6 + 2e-5 * Math.abs(slope), `logProb ${t}`)
      const lossAtEntropy = (by: number) =>
        evaluateObjective(objective, { ...batch, entropies: changed(batch.entropies, t, by) }).loss
      const bend = (lossAtEntropy(step) - lossAtEntropy(-step)) / (2 * step)
      assert.approximately(dEntropies[t], bend, 2e-6 + 2e-5 * Math.abs(bend), `entropy ${t}`)
    }
  })

  it.each(variants)(
    "given %s and a batch cut in two, then the shards add up to the whole",
    (_, objective, aggregation) => {
      const whole = dividedBatch(aggregation)
      const all = evaluateObjective(objective, whole)
      for (const cutAt of [1, 3, 5]) {
        const a = evaluateObjective(objective, shardOf(whole, 0, cutAt))
        const b = evaluateObjective(objective, shardOf(whole, cutAt, 6))
        assert.approximately(a.loss + b.loss, all.loss, 1e-12)
        assert.deepStrictEqual(Object.keys(a.terms), Object.keys(all.terms))
        for (const [name, value] of Object.entries(all.terms)) {
          assert.approximately(a.terms[name] + b.terms[name], value, 1e-12, name)
        }
        assert.deepStrictEqual([...a.dLogProbs, ...b.dLogProbs], [...all.dLogProbs])
        assert.deepStrictEqual([...a.dEntropies, ...b.dEntropies], [...all.dEntropies])
      }
    }
  )

  it("given weights by importance, then they multiply the policy loss alone, and the share that was cut is told", () => {
    const [logProbs, oldLogProbs] = [Float32Array.of(-1, -1), Float32Array.of(-1, -1)]
    const batch: TokenBatch = {
      ...{ logProbs, oldLogProbs, referenceLogProbs: Float32Array.of(-1, -1), entropies: Float32Array.of(1, 1) },
      lengths: Int32Array.of(2),
      behaviourLogProbs: Float32Array.of(-3, -1 + Math.log(2)), // e² is cut to 2; and 1/2
      advantages: Float32Array.of(1, 1),
      ...{ batchTokens: 2, divisors: null }
    }
    const { dLogProbs, terms } = evaluateObjective({ ...grpo, importanceCap: 2 }, batch)
    assert.approximately(terms.policyLoss, -(2 + 0.5) / 2, 1e-7)
    assert.strictEqual(terms.truncatedFraction, 1 / 2)
    assert.approximately(dLogProbs[0], -2 / 2, 1e-7)
    assert.approximately(dLogProbs[1], -0.5 / 2, 1e-7)
    assert.notProperty(evaluateObjective(grpo, batch).terms, "truncatedFraction")
    const none = { ...batch, behaviourLogProbs: new Float32Array(0) }
    assert.strictEqual(evaluateObjective({ ...grpo, importanceCap: 2 }, none).terms.policyLoss, -1)
  })

  it("given the paper's objective, then a derivative is one sum, one division and one rounding", () => {
    const batch = someBatch()
    const { dLogProbs } = evaluateObjective(grpo, batch)
    for (let t = 0; t < 21; t++) {
      const [logProb, advantage] = [batch.logProbs[t], batch.advantages[t]]
      const ratio = Math.exp(logProb - batch.oldLogProbs[t])
      const isHeld = advantage * ratio > advantage * Math.min(Math.max(ratio, 0.8), 1.2)
      const own = isHeld ? 0 : -advantage * ratio
      const expected = Math.fround((1 * own + 0.3 * -Math.expm1(batch.referenceLogProbs[t] - logProb)) / 50)
      assert.strictEqual(dLogProbs[t], expected)
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

  it.each([true, false])("given what the sampler recorded: %s, then mismatch is the distance from it", (isRecorded) => {
    const batch = { ...someBatch(), ...(!isRecorded && { behaviourLogProbs: new Float32Array(0) }) }
    const sampled = isRecorded ? batch.behaviourLogProbs : batch.oldLogProbs
    const distances = batch.logProbs.map((logProb, t) => Math.abs(logProb - sampled[t]))
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
    ["behaviourLogProbs", { behaviourLogProbs: new Float32Array(3) }],
    ["advantages", { advantages: new Float32Array(6) }],
    ["divisors.loss", { divisors: { loss: new Float64Array(5), terms: new Float64Array(6) } }],
    ["divisors.terms", { divisors: { loss: new Float64Array(6), terms: new Float64Array(21) } }],
    ["batchTokens", { batchTokens: 20 }]
  ])("given %s that do not fit the batch, then it is refused by name", (name, wrong) => {
    assert.throws(() => evaluateObjective(grpo, { ...someBatch(), ...wrong }), name)
  })
})
