/**
 * Greedy continuations, token for token, and their text.
 */
import { Effect } from "effect"
import { PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import type { TextTokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import type { LoadedModel } from "../../cli/model.ts"
import type { Cases } from "./cases.ts"
import { same, sameText } from "./check.ts"

/** All prompts in one cohort, as different as their lengths are, and each of them twice. */
export const checkGreedy = Effect.fn("golden.greedy")(function* (
  name: string,
  { greedy }: Cases,
  { weights }: LoadedModel,
  tokenizer: TextTokenizer
) {
  const engine = yield* PolicyEngine
  const maxTokens = Math.max(...greedy.map(({ continuation }) => continuation.length))
  const prompts = greedy.map(({ prompt }, i) => ({
    promptId: `greedy[${i}]`,
    tokens: Int32Array.from(prompt),
    ...{ firstSample: 0, samples: 2 }
  }))
  const request = { weights, prompts, temperature: 0, maxTokens, ...{ seed: 0, stream: 0, step: 0 } }
  const generated = yield* engine.generate(request)
  return greedy.flatMap(({ continuation, text }, i) => {
    const [tokens, again] = [generated[2 * i], generated[2 * i + 1]].map((each) =>
      each.tokens.subarray(0, continuation.length)
    )
    return [
      same(`${name} greedy[${i}].continuation`, tokens, continuation),
      same(`${name} greedy[${i}].continuation, its second sample`, again, [...tokens]),
      sameText(`${name} greedy[${i}].text`, tokenizer.decodeWithSpecial(tokens), text)
    ]
  })
})
