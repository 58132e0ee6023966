import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../random/sequence.ts"
import { aggregationNames, divisorsOf } from "./aggregation.ts"
import { evaluateValue } from "./evaluate-value.ts"
import type { ValueBatch } from "./token-objective.ts"

const objective = { kind: "value", clip: 0.5 } as const
const { uniform } = sequence(3, 9)
const random = (scale: number) => Float32Array.from({ length: 12 }, () => scale * (2 * uniform() - 1))
const values = random(2)
const someBatch: ValueBatch = {
  lengths: Int32Array.of(4, 1, 7),
  values,
  oldValues: random(1).map((by, t) => values[t] + by),
  returns: random(3),
  batchTokens: 12,
  divisors: null
}
const dividedBatch = (name: (typeof aggregationNames)[number]): ValueBatch => {
  const microBatches = { tokens: 10, ranks: 1, promptLengths: [2, 2, 2] }
  return { ...someBatch, divisors: divisorsOf(name, someBatch.lengths, { constant: 9, width: 7, microBatches }) }
}

describe("evaluateValue", () => {
  it.each(aggregationNames)("given %s, then its derivatives are the slopes of its loss", (name) => {
    const batch = dividedBatch(name)
    const { dValues } = evaluateValue(objective, batch)
    const step = 2 ** -10
    for (let t = 0; t < 12; t++) {
      const lossAt = (by: number) =>
        evaluateValue(objective, { ...batch, values: values.map((v, i) => (i === t ? v + by : v)) }).loss
      const slope = (lossAt(step) - lossAt(-step)) / (2 * step)
      assert.approximately(dValues[t], slope, 1e-6 + 2e-4 * Math.abs(slope), `${t}`)
    }
  })

  it.each(aggregationNames)("given %s and a batch cut in two, then the shards add up to the whole", (name) => {
    const { divisors, ...batch } = dividedBatch(name)
    const shard = (first: number, last: number, from: number, to: number): ValueBatch => ({
      lengths: batch.lengths.subarray(first, last),
      values: batch.values.subarray(from, to),
      oldValues: batch.oldValues.subarray(from, to),
      returns: batch.returns.subarray(from, to),
      batchTokens: 12,
      divisors: divisors && { loss: divisors.loss.subarray(first, last), terms: divisors.terms.subarray(first, last) }
    })
    const whole = evaluateValue(objective, { ...batch, divisors })
    const parts = [evaluateValue(objective, shard(0, 1, 0, 4)), evaluateValue(objective, shard(1, 3, 4, 12))]
    assert.approximately(parts[0].loss + parts[1].loss, whole.loss, 1e-12)
    for (const [term, value] of Object.entries(whole.terms)) {
      assert.approximately(parts[0].terms[term] + parts[1].terms[term], value, 1e-12, term)
    }
    assert.deepStrictEqual([...parts[0].dValues, ...parts[1].dValues], [...whole.dValues])
  })

  it("given its terms, then the explained variance can be computed of them", () => {
    const { returns } = someBatch
    const { terms } = evaluateValue(objective, someBatch)
    const variance = (numbers: Float32Array) => {
      const mean = numbers.reduce((sum, each) => sum + each, 0) / 12
      return numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / 12
    }
    const left = terms.errorSquareMean - (terms.returnMean - terms.valueMean) ** 2
    assert.approximately(left, variance(returns.map((target, t) => target - values[t])), 1e-5)
    assert.approximately(terms.returnSquareMean - terms.returnMean ** 2, variance(returns), 1e-5)
    assert.isAbove(terms.clipFraction, 0)
  })

  it.each([
    ["lengths, summed,", { lengths: Int32Array.of(4, 1, 6) }],
    ["oldValues", { oldValues: new Float32Array(11) }],
    ["returns", { returns: new Float32Array(13) }],
    ["batchTokens", { batchTokens: 11 }],
    ["divisors.loss", { divisors: { loss: new Float64Array(2), terms: new Float64Array(3) } }]
  ])("given %s that do not fit, then they are refused by name", (name, wrong) => {
    assert.throws(() => evaluateValue(objective, { ...someBatch, ...wrong }), RangeError, name)
  })
})
