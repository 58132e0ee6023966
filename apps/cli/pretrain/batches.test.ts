import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { documents } from "../../../learning/datasets/miniature/corpus.ts"
import { splitOf } from "../../../learning/datasets/miniature/problem.ts"
import { tokenizerConfigJson, tokenizerJson } from "../../../learning/datasets/miniature/tokenizer-json.ts"
import { loadTokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import { batchPools } from "./batches.ts"

const tokenizer = loadTokenizer({ tokenizer: tokenizerJson, config: tokenizerConfigJson })

describe("batchPools", () => {
  it.effect("given two pools of four, then they hold the corpus's first documents, each once, and the eos", () =>
    Effect.gen(function* () {
      const tokens = yield* tokenizer
      const next = batchPools({ seed: 5, openers: true, size: 4 }, tokens)
      const pools = [yield* next, yield* next]
      const corpus = documents(5, { openers: true })
      for (const pool of pools) {
        const expected = Array.from({ length: 160 }, () => corpus.next().value)
        const read = pool.flat().map(({ prompt, response }) => {
          assert.strictEqual(response[response.length - 1], tokens.eosId)
          return `${tokens.decode(prompt)}${tokens.decode(response)}`
        })
        assert.deepStrictEqual(read.sort(), expected.map(({ prompt, response }) => prompt + response).sort())
        assert.isTrue(pool.flat().every(({ prompt }) => splitOf(tokens.decode(prompt)) === "pretrain"))
      }
    })
  )

  it.effect("given a pool, then the batches partition it by length and come in no order of length", () =>
    Effect.gen(function* () {
      const pool = yield* batchPools({ seed: 5, openers: false, size: 4 }, yield* tokenizer)
      const spans = pool.map((batch) => {
        const lengths = batch.map(({ prompt, response }) => prompt.length + response.length)
        assert.strictEqual(lengths.length, 4)
        return [Math.min(...lengths), Math.max(...lengths)] as const
      })
      const sorted = spans.toSorted(([a, b], [c, d]) => a - c || b - d)
      for (let i = 1; i < sorted.length; i++) assert.isAtMost(sorted[i - 1][1], sorted[i][0])
      assert.notDeepEqual(spans, sorted)
    })
  )

  it.effect("given the same seed, then the same batches; given another, then others", () =>
    Effect.gen(function* () {
      const tokens = yield* tokenizer
      const draw = (seed: number) => batchPools({ seed, openers: false, size: 2 }, tokens)
      assert.deepStrictEqual(yield* draw(5), yield* draw(5))
      assert.notDeepEqual(yield* draw(5), yield* draw(6))
    })
  )
})
