/**
 * Documents as batches of tokens, those of nearly equal length together, so that little is padded.
 */
import { Effect } from "effect"
import { documents } from "../../../learning/datasets/miniature/corpus.ts"
import type { TextNotWritable, Tokenizer } from "../../../learning/policy/tokenizer/tokenizer.ts"
import { sequence } from "../../../learning/random/sequence.ts"
import { shuffled } from "../../../learning/random/shuffle.ts"
import { hashOf } from "../../../learning/random/uniform-at.ts"

export interface TokenDocument {
  /** Token ids, not empty. */
  readonly prompt: Int32Array
  /** Token ids, the end-of-sequence token last. */
  readonly response: Int32Array
}

export interface BatchSource {
  readonly seed: number
  readonly openers: boolean
  /** Documents of one batch. */
  readonly size: number
}

/** So many batches are drawn and sorted by length at a time. */
const batchesPerPool = 40

const lengthOf = ({ prompt, response }: TokenDocument): number => prompt.length + response.length

/**
 * An effect that draws the next 40 batches each time it is run: documents in the corpus's order, sorted by length (equal
 * lengths keep their order), cut, and the batches shuffled. A function of the seed and of how often it was run.
 */
export const batchPools = (
  source: BatchSource,
  tokenizer: Tokenizer
): Effect.Effect<ReadonlyArray<ReadonlyArray<TokenDocument>>, TextNotWritable> => {
  const corpus = documents(source.seed, { openers: source.openers })
  const random = sequence(source.seed, hashOf("batches"))

  const drawDocument = Effect.gen(function* () {
    const { prompt, response } = corpus.next().value
    const answer = yield* tokenizer.encode(response)
    const tokens: TokenDocument = {
      prompt: yield* tokenizer.encode(prompt),
      response: Int32Array.of(...answer, tokenizer.eosId)
    }
    return tokens
  })

  return Effect.gen(function* () {
    const drawn = yield* Effect.replicateEffect(drawDocument, source.size * batchesPerPool)
    const sorted = drawn.sort((a, b) => lengthOf(a) - lengthOf(b))
    const batches = Array.from({ length: batchesPerPool }, (_, i) =>
      sorted.slice(i * source.size, (i + 1) * source.size)
    )
    return shuffled(batches, random)
  })
}
