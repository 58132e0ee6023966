import { assert, describe, it } from "@effect/vitest"
import { uniformAt } from "../random/uniform-at.ts"
import { sampler } from "./sample.ts"

const logits = Float32Array.of(0.5, -1, 2, 2, -30, 0)

/** Probabilities in the plainest way. */
const softmax = (values: Float32Array, temperature: number): ReadonlyArray<number> => {
  const weights = [...values].map((value) => Math.exp(value / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.map((weight) => weight / total)
}

describe("sampler", () => {
  const { draw } = sampler(logits.length)

  it("given a uniform number, then the token is the first whose cumulative probability exceeds it", () => {
    const probabilities = softmax(logits, 0.7)
    let reached = 0
    probabilities.forEach((probability, token) => {
      if (probability < 1e-9) return
      assert.strictEqual(draw(logits, 0.7, reached + 1e-9).token, token)
      reached += probability
      assert.strictEqual(draw(logits, 0.7, reached - 1e-9).token, token)
    })
    assert.strictEqual(draw(logits, 0.7, 1 - 2 ** -53).token, 5)
  })

  it("given a temperature, then log-prob and entropy are of the distribution at that temperature", () => {
    const probabilities = softmax(logits, 0.7)
    const entropy = -probabilities.reduce((sum, p) => sum + p * Math.log(p), 0)
    const drawn = draw(logits, 0.7, 0.9)
    assert.approximately(drawn.logProb, Math.log(probabilities[drawn.token]), 1e-12)
    assert.approximately(drawn.entropy, entropy, 1e-12)
  })

  it("given temperature 0, then the most likely token of lowest id, with the numbers at temperature 1", () => {
    const drawn = draw(logits, 0, 0.99)
    assert.strictEqual(drawn.token, 2)
    assert.approximately(drawn.logProb, Math.log(softmax(logits, 1)[2]), 1e-12)
  })

  it("given 20,000 draws by coordinates, then their counts fit the distribution", () => {
    const draws = 20000
    const counts = new Array(logits.length).fill(0)
    for (let position = 0; position < draws; position++) {
      counts[draw(logits, 1, uniformAt(7, { stream: 1, step: 2, prompt: 3, sample: 4, position })).token] += 1
    }
    const chiSquare = softmax(logits, 1).reduce(
      (sum, p, token) => (p < 1e-6 ? sum : sum + (counts[token] - draws * p) ** 2 / (draws * p)),
      0
    )
    assert.isBelow(chiSquare, 18.5) // 4 degrees of freedom, one in a thousand
  })
})
