/** When an answer ends, token by token. */
import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../../random/sequence.ts"
import type { GenerateRequest } from "../requests.ts"
import { endingOf, generatedOf, rolloutsOf } from "./rollout.ts"

const request: GenerateRequest = {
  ...{ weights: "", temperature: 1, maxTokens: 8, seed: 0, stream: 0, step: 0 },
  prompts: [{ promptId: "p", tokens: Int32Array.of(1), firstSample: 4, samples: 2 }]
}

const letters = (tokens: ReadonlyArray<number>): string => tokens.map((token) => "abcdefghij"[token]).join("")

/** What becomes of these tokens, drawn one after another until the answer ends. */
const ended = (change: Partial<GenerateRequest>, tokens: ReadonlyArray<number>, eos: ReadonlyArray<number> = [1]) => {
  const [rollout] = rolloutsOf(request.prompts[0], { ...request, ...change })
  const { take } = endingOf({ ...request, ...change }, eos, letters)
  for (const token of tokens) {
    if (rollout.stop !== null) break
    take(rollout, { token, logProb: -token, entropy: token })
  }
  return rollout
}
const told = (...given: Parameters<typeof ended>) => {
  const { stop, tokens } = ended(...given)
  return `${letters(tokens)} ${stop}`
}

describe("an answer", () => {
  it("given its tokens, then it is told with all that was noted of them", () => {
    const generated = generatedOf(ended({}, [3, 2, 1, 5]))
    assert.deepStrictEqual([generated.promptId, generated.sampleIndex, generated.stop], ["p", 4, "eos"])
    assert.deepStrictEqual([...generated.tokens], [3, 2, 1])
    assert.deepStrictEqual([...generated.logProbs], [-3, -2, -1])
    assert.deepStrictEqual([...generated.entropies], [3, 2, 1])
  })

  it.each([
    ["the policy's end", {}, [2, 3, 1, 4], "cdb eos"],
    ["as many tokens as are allowed", { maxTokens: 3 }, [2, 3, 4, 5], "cde length"],
    ["the end as the last that is allowed", { maxTokens: 2 }, [2, 1], "cb eos"],
    ["a stop token", { stopTokens: [4] }, [2, 4, 4], "ce stop"],
    ["a stop token that is the policy's end too", { stopTokens: [1] }, [2, 1], "cb eos"],
    ["a stop text within a token's text and over tokens", { stopStrings: ["de"] }, [2, 3, 4, 5], "cde stop"],
    ["one of two stop texts", { stopStrings: ["zz", "c"] }, [3, 2, 4], "dc stop"],
    ["a stop text before the fewest tokens", { stopStrings: ["de"], minTokens: 4 }, [3, 4, 5, 6, 7], "defg stop"],
    ["a stop text that ends with the fewest tokens", { stopStrings: ["de"], minTokens: 2 }, [3, 4, 5], "de stop"],
    ["no stop text", { stopStrings: ["ed"], maxTokens: 4 }, [3, 4, 3, 3], "deddd".slice(0, 3)]
  ] as const)("ends with %s", (_, change, tokens, expected) => {
    assert.include(told(change, tokens), expected)
  })

  it("given fewest tokens, then all that could end it is banned until there are so many", () => {
    const { banned } = endingOf({ ...request, minTokens: 2, stopTokens: [7, 9] }, [1, 3], null)
    const [rollout] = rolloutsOf(request.prompts[0], request)
    assert.sameMembers([...banned(rollout)], [1, 3, 7, 9])
    rollout.tokens.push(5)
    assert.sameMembers([...banned(rollout)], [1, 3, 7, 9])
    rollout.tokens.push(5)
    assert.deepStrictEqual(banned(rollout), [])
  })

  it("given 300 random answers, then each ends at the first token with which its text holds a stop text", () => {
    for (let seed = 0; seed < 300; seed++) {
      const { below } = sequence(seed, 3)
      const tokens = Array.from({ length: 200 }, () => below(4))
      const stop = letters(Array.from({ length: 1 + below(6) }, () => below(4)))
      const at = letters(tokens).indexOf(stop)
      const { tokens: own } = ended({ stopStrings: [stop], maxTokens: 200 }, tokens, [])
      assert.strictEqual(own.length, at === -1 ? 200 : at + stop.length)
    }
  })

  it("given text that is read, then only a stretch at the end, however long the answer is", () => {
    let longest = 0
    const { take } = endingOf({ ...request, maxTokens: 5000, stopStrings: ["abcdef"] }, [], (tokens) => {
      longest = Math.max(longest, tokens.length)
      return letters(tokens)
    })
    const [rollout] = rolloutsOf(request.prompts[0], { maxTokens: 5000 })
    for (let t = 0; t < 4000; t++) take(rollout, { token: 9, logProb: 0, entropy: 0 })
    assert.isNull(rollout.stop)
    assert.isAtMost(longest, 20)
  })

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])(
    "given a log-prob of %d, then it is refused by name and place",
    (logProb) => {
      const [, rollout] = rolloutsOf(request.prompts[0], request)
      const { take } = endingOf(request, [], null)
      assert.throws(() => take(rollout, { token: 1, logProb, entropy: 0 }), "p/5 at token 0 are not finite")
      const held = endingOf({ ...request, minTokens: 3 }, [], null)
      assert.throws(() => held.take(rollout, { token: 1, logProb, entropy: 0 }), "nothing but an end has a probability")
      assert.throws(() => held.take(rollout, { token: 1, logProb, entropy: Number.NaN }), "are not finite")
      assert.deepStrictEqual(rollout.tokens, [])
    }
  )
})
