import { assert, describe, it } from "@effect/vitest"
import { type AggregationName, aggregate, aggregationNames, divisorsOf } from "./aggregation.ts"

const lengths = Int32Array.of(3, 1, 2)
const values = [1, 2, 3, 10, 5, 7]
const settings = {
  constant: 4,
  width: 5,
  microBatches: { tokens: 100, ranks: 1, promptLengths: Int32Array.of(2, 2, 2) }
}
const meanOf = (name: AggregationName, given = settings) =>
  aggregate(values, lengths, divisorsOf(name, lengths, given)?.loss ?? 6)

describe("divisorsOf", () => {
  it.each([
    ["token-mean", 28 / 6],
    ["seq-mean-token-mean", (6 / 3 + 10 + 12 / 2) / 3],
    ["seq-mean-token-sum", 28 / 3],
    ["drgrpo-constant", 28 / 3 / 4],
    ["seq-mean-token-sum-norm", 28 / 5],
    ["verl-microbatch", 28 / 6]
  ] as const)("given %s, then three responses come to %d", (name, expected) => {
    assert.approximately(meanOf(name), expected, 1e-12)
  })

  it("given micro-batches of two sizes, then each is a token mean, weighted by its share of the responses", () => {
    // 5 and 3 + 4 tokens with their prompts: two micro-batches, {0} and {1, 2}
    const microBatches = { ...settings.microBatches, tokens: 7 }
    const divisors = divisorsOf("verl-microbatch", lengths, { ...settings, microBatches })
    assert.deepStrictEqual([...(divisors?.loss ?? [])], [3 * 3, (3 * 3) / 2, (3 * 3) / 2])
    assert.approximately(
      meanOf("verl-microbatch", { ...settings, microBatches }),
      (6 / 3) * (1 / 3) + (22 / 3) * (2 / 3),
      1e-12
    )
    assert.deepStrictEqual(divisors?.terms, divisors?.loss)
  })

  it.each(aggregationNames)("given %s and one response alone, then its terms are a mean over its tokens", (name) => {
    const microBatches = { ...settings.microBatches, promptLengths: [2] }
    const divisors = divisorsOf(name, [6], { ...settings, microBatches })
    assert.deepStrictEqual([...(divisors?.terms ?? [6])], [6])
  })

  it("given responses without a token, then they count among the responses and add nothing", () => {
    const empty = Int32Array.of(0, 2)
    for (const [name, expected] of [
      ["token-mean", 2],
      ["seq-mean-token-mean", 1],
      ["seq-mean-token-sum", 2]
    ] as const) {
      assert.strictEqual(aggregate([1, 3], empty, divisorsOf(name, empty, settings)?.loss ?? 2), expected, name)
    }
  })

  it.each([
    ["drgrpo-constant", { constant: 0 }, /constant, which is 0/],
    ["drgrpo-constant", { constant: Number.NaN }, /constant, which is NaN/],
    ["seq-mean-token-sum-norm", { width: -1 }, /width, which is -1/],
    ["verl-microbatch", { microBatches: { ...settings.microBatches, promptLengths: [1] } }, /promptLengths has 1/]
  ] as const)("given %s with %o, then it refuses", (name, wrong, why) => {
    assert.throws(() => divisorsOf(name, lengths, { ...settings, ...wrong }), RangeError, why)
  })
})
