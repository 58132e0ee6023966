import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { loadTokenizer } from "../../policy/tokenizer/tokenizer.ts"
import { documents } from "./corpus.ts"
import { example, exampleIds, testProblems } from "./problems.ts"
import { tokenizerConfigJson, tokenizerJson } from "./tokenizer-json.ts"
import { contextLength, vocabulary } from "./vocabulary.ts"

/** As a folder gives them: through JSON. */
const load = loadTokenizer({
  tokenizer: JSON.parse(JSON.stringify(tokenizerJson)),
  config: JSON.parse(JSON.stringify(tokenizerConfigJson))
})

/** Greedy longest match, from its definition. */
const cut = (text: string): ReadonlyArray<number> => {
  const ids: Array<number> = []
  for (let at = 0; at < text.length; at += vocabulary[ids[ids.length - 1]].length) {
    const fitting = vocabulary.filter((token) => text.startsWith(token, at))
    ids.push(vocabulary.indexOf(fitting.reduce((longest, token) => (token.length > longest.length ? token : longest))))
  }
  return ids
}

const documentTexts = (count: number): ReadonlyArray<readonly [string, string]> => {
  const source = documents(6, { openers: true })
  return Array.from({ length: count }, () => {
    const { prompt, response } = source.next().value
    return [prompt, response] as const
  })
}

describe("the miniature's tokenizer", () => {
  it.effect("given the vocabulary, then 56 tokens, each encoded as its own place in the list", () =>
    Effect.gen(function* () {
      const tokenizer = yield* load
      assert.strictEqual(vocabulary.length, 56)
      assert.strictEqual(new Set(vocabulary).size, 56)
      assert.deepInclude(tokenizer, { vocabularySize: 56, padId: 0, eosId: 1 })
      for (const [id, token] of vocabulary.entries()) {
        assert.deepStrictEqual(yield* tokenizer.encode(token), Int32Array.of(id))
        assert.strictEqual(tokenizer.token(id), token)
      }
    })
  )

  it.effect("given any document, then its ids are the greedy longest match and decode to the same text", () =>
    Effect.gen(function* () {
      const tokenizer = yield* load
      for (const text of documentTexts(2_000).map((parts) => parts.join(""))) {
        const ids = yield* tokenizer.encode(text)
        assert.deepStrictEqual([...ids], cut(text))
        assert.strictEqual(tokenizer.decode(ids), text)
      }
    })
  )

  it.effect("given texts where tokens begin alike or touch, then the longest is taken", () =>
    Effect.gen(function* () {
      const tokenizer = yield* load
      for (const text of ["so", "sosum of", "andann", "hashow many", "::answer::", " . , ?", "0123", "x=\\boxed{}"]) {
        assert.deepStrictEqual([...(yield* tokenizer.encode(text))], cut(text), text)
      }
    })
  )

  it.effect(
    "given every document with its end token, then it fits into the context, prompt and response cut apart",
    () =>
      Effect.gen(function* () {
        const tokenizer = yield* load
        for (const [prompt, response] of documentTexts(20_000)) {
          const length = (yield* tokenizer.encode(prompt)).length + (yield* tokenizer.encode(response)).length + 1
          assert.isAtMost(length, contextLength, prompt + response)
        }
      })
  )

  it.effect("given every example and many test problems, then prompt and answer can be written", () =>
    Effect.gen(function* () {
      const tokenizer = yield* load
      for (const problem of [...exampleIds().map(example), ...testProblems({ seed: 4, perFamily: 50 })]) {
        if (problem === undefined) throw new Error("an example has no problem")
        assert.isAtMost((yield* tokenizer.encode(problem.prompt)).length, contextLength - 56)
        yield* tokenizer.encode(problem.answer)
      }
    })
  )

  it.effect.each([
    { text: "48+é=?\n", piece: "é" },
    { text: "tom has 12 apples.", piece: "app" },
    { text: "48 % 5", piece: "%" },
    { text: "\ud800", piece: "\ud800" }
  ] as const)("given $text, then it fails and names what has no token", ({ piece, text }) =>
    Effect.gen(function* () {
      const error = yield* Effect.flip((yield* load).encode(text))
      assert.deepInclude(error, { _tag: "TextNotWritable", text })
      assert.isTrue(error.piece.startsWith(piece), error.message)
      assert.include(error.message, JSON.stringify(error.piece))
    })
  )
})
