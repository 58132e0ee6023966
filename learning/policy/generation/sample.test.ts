import { assert, describe, it } from "@effect/vitest"
import { uniformAt } from "../../random/uniform-at.ts"
import { type Choice, type Draw, drawTokens, type HostDistribution, mostLikely } from "./sample.ts"

const logits = [0.5, -1, 2, 2, -30, 0]
const all: Choice = { topP: 1, topK: 0 }

/** Probabilities in the plainest way. */
const softmax = (values: ReadonlyArray<number>, temperature: number): ReadonlyArray<number> => {
  const weights = values.map((value) => Math.exp(value / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

/** Two columns as a device gives them: the logits, and the logits turned around. */
const distributionOf = (temperature: number, isGreedy: boolean): HostDistribution => {
  const columns = [logits, [...logits].reverse()]
  const shifted = columns.map((column) => column.map((value) => (value - 2) / temperature))
  const sums = (term: (s: number) => number) =>
    Float32Array.from(shifted, (column) => column.reduce((sum, s) => sum + term(s), 0))
  return {
    columns: 2,
    values: Float32Array.from(
      logits.flatMap((_, token) => shifted.map((s) => (isGreedy ? s[token] : Math.exp(s[token]))))
    ),
    total: sums(Math.exp),
    weighted: sums((s) => s * Math.exp(s))
  }
}

const at = (uniform: number, change: Partial<Draw> = {}): Draw => ({ column: 0, uniform, banned: [], ...change })

describe("drawTokens", () => {
  const distribution = distributionOf(0.7, false)

  it("given a uniform number, then the token is the first whose cumulative probability exceeds it", () => {
    const probabilities = softmax(logits, 0.7)
    let reached = 0
    probabilities.forEach((probability, token) => {
      if (probability < 1e-9) return
      const [low, high] = drawTokens(distribution, [at(reached + 1e-6), at(reached + probability - 1e-6)], all)
      assert.deepStrictEqual([low.token, high.token], [token, token])
      reached += probability
    })
    assert.strictEqual(drawTokens(distribution, [at(1 - 2 ** -53)], all)[0].token, 5)
  })

  it("given draws from several columns at once, then each is what it is alone", () => {
    const draws = [at(0.3), at(0.3, { column: 1 }), at(0.99, { column: 1 }), at(0)]
    const together = drawTokens(distribution, draws, all)
    draws.forEach((draw, i) => {
      assert.deepStrictEqual(drawTokens(distribution, [draw], all)[0], together[i])
    })
  })

  it("given a temperature, then log-prob and entropy are of the distribution at that temperature", () => {
    const probabilities = softmax(logits, 0.7)
    const entropy = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0)
    const [drawn] = drawTokens(distribution, [at(0.9)], all)
    assert.approximately(drawn.logProb, Math.log(probabilities[drawn.token]), 1e-6)
    assert.approximately(drawn.entropy, entropy, 1e-6)
  })

  it("given banned tokens, then they are never drawn and the others keep their proportions", () => {
    const probabilities = softmax(logits, 0.7)
    const counts = new Array(logits.length).fill(0)
    for (let i = 0; i < 3000; i++)
      counts[drawTokens(distribution, [at((i + 0.5) / 3000, { banned: [2, 5] })], all)[0].token]++
    assert.deepStrictEqual([counts[2], counts[5]], [0, 0])
    assert.approximately(counts[0] / counts[3], probabilities[0] / probabilities[3], 0.01)
  })

  it("given top-k, then only the k most likely are drawn, the lower id first among equals", () => {
    const drawn = (topK: number) =>
      new Set(
        Array.from({ length: 500 }, (_, i) => drawTokens(distribution, [at(i / 500)], { topP: 1, topK })[0].token)
      )
    assert.deepStrictEqual([...drawn(1)], [2])
    assert.deepStrictEqual([...drawn(3)].sort(), [0, 2, 3])
  })

  it("given top-p, then only the fewest that reach it are drawn, and log-probs stay those of all", () => {
    const probabilities = softmax(logits, 0.7)
    const drawn = Array.from(
      { length: 500 },
      (_, i) => drawTokens(distribution, [at(i / 500)], { topP: 0.5, topK: 0 })[0]
    )
    assert.deepStrictEqual([...new Set(drawn.map(({ token }) => token))].sort(), [2, 3]) // 0.44 each
    for (const { logProb, token } of drawn) assert.approximately(logProb, Math.log(probabilities[token]), 1e-6)
  })

  it("given top-k and top-p, then top-p counts among the k", () => {
    const drawn = new Set(
      Array.from({ length: 500 }, (_, i) => drawTokens(distribution, [at(i / 500)], { topP: 0.49, topK: 2 })[0].token)
    )
    assert.deepStrictEqual([...drawn], [2]) // half of the two's mass
  })

  it("given 20,000 draws by coordinates, then their counts fit the distribution", () => {
    const draws = 20000
    const counts = new Array(logits.length).fill(0)
    const plain = distributionOf(1, false)
    for (let position = 0; position < draws; position++) {
      const uniform = uniformAt(7, { stream: 1, step: 2, prompt: 3, sample: 4, position })
      counts[drawTokens(plain, [at(uniform)], all)[0].token] += 1
    }
    const chiSquare = softmax(logits, 1).reduce(
      (sum, p, token) => (p < 1e-6 ? sum : sum + (counts[token] - draws * p) ** 2 / (draws * p)),
      0
    )
    assert.isBelow(chiSquare, 18.5) // 4 degrees of freedom, one in a thousand
  })
})

describe("mostLikely", () => {
  const distribution = distributionOf(1, true)

  it("given equals, then the lowest id, with the numbers at temperature 1", () => {
    const drawn = mostLikely(distribution, { column: 0, banned: [] })
    assert.strictEqual(drawn.token, 2)
    assert.approximately(drawn.logProb, Math.log(softmax(logits, 1)[2]), 1e-6)
    assert.strictEqual(mostLikely(distribution, { column: 1, banned: [] }).token, 2)
  })

  it("given banned tokens, then the most likely of the others", () => {
    assert.strictEqual(mostLikely(distribution, { column: 0, banned: [2, 3] }).token, 0)
  })
})
