import { assert, describe, it } from "@effect/vitest"
import { klEstimators } from "./kl.ts"
import { atLastTokens, earned, penalised } from "./token-rewards.ts"

const lengths = [2, 0, 1, 3]

describe("atLastTokens", () => {
  it("given rewards, then each is at the last token of its response, and an empty one earns nothing", () => {
    assert.deepStrictEqual([...atLastTokens([1, 7, -1, 0.5], lengths)], [0, 1, -1, 0, 0, 0.5])
    assert.throws(() => atLastTokens([1], lengths), /rewards has 1 entries, the batch needs 4/)
  })
})

describe("penalised", () => {
  const scores = atLastTokens([1, 7, -1, 0.5], lengths)
  const logProbs = [-1, -2, -0.5, -1, -1, -3]
  const referenceLogProbs = [-1.5, -1, -0.5, -1, -2, -3.25]

  it.each(["k1", "abs", "k2", "k3"] as const)("given %s, then each token is charged for its distance", (estimator) => {
    const found = penalised(scores, { estimator, coefficient: 0.1, logProbs, referenceLogProbs })
    for (const [t, score] of scores.entries()) {
      const distance = klEstimators[estimator](logProbs[t], referenceLogProbs[t]).value
      assert.approximately(found[t], score - 0.1 * distance, 1e-7)
    }
    assert.isBelow(found[4], 0) // the policy likes the token more than the reference does
  })

  it("given no coefficient, then the scores stay as they are", () => {
    const penalty = { estimator: "k3", coefficient: 0, logProbs, referenceLogProbs } as const
    assert.deepStrictEqual(penalised(scores, penalty), scores)
    assert.throws(() => penalised(scores, { ...penalty, logProbs: [] }), /logProbs has 0 entries/)
  })
})

describe("earned", () => {
  it("given what was put at the last tokens, then that is what each response earned", () => {
    assert.deepStrictEqual([...earned(atLastTokens([1, 7, -1, 0.5], lengths), lengths)], [1, 0, -1, 0.5])
  })
})
