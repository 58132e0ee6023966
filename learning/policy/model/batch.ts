/**
 * How sequences become columns: the layout that scoring and training share.
 *
 * Hidden states are [d, columns], one column a token. Each prompt is computed once for all its responses. Columns lie in
 * rectangular blocks, sequence after sequence: first the prompts, padded on the left so that every last prompt token is in
 * the last position, then the responses, padded on the right. Responses are ranked by length within their prompt and
 * neighbouring ranks share a block as long as its longest, so that little is padded. A response's last token is predicted
 * but never read, so it has no column. Everything follows from the lengths alone.
 */
import type { SequenceBatch } from "../requests.ts"

/** Columns firstColumn + (prompt * samples + sample) * positions + position. */
export type Block = {
  readonly firstColumn: number
  readonly positions: number
  readonly prompts: number
  /** Sequences of each prompt in this block. */
  readonly samples: number
  /** Where its first position stands in the sequence, counted from the start of the padded prompt. */
  readonly firstPosition: number
}

export interface PackedBatch {
  /** Its `samples` is 1. */
  readonly promptBlock: Block
  /** Positions at the left of each prompt that hold no token. */
  readonly padding: ReadonlyArray<number>
  readonly responseBlocks: ReadonlyArray<Block>
  readonly columns: number
  /** [columns] token ids, 0 where nothing stands. */
  readonly tokens: Int32Array
  /** Rollouts of each prompt. */
  readonly samples: number
  /**
   * [N] the column that predicts each response token. First come the first tokens of all responses, prompt-major, which
   * the prompts' last columns predict; then the others in the order of their columns.
   */
  readonly sources: Int32Array
  /** [N] the predicted token ids, in the order of sources. */
  readonly targets: Int32Array
  /** [N] each one's place among the response tokens, concatenated prompt-major. */
  readonly places: Int32Array
}

/** What a further block costs beside its columns, in columns: about twenty operations a layer. */
const blockOverhead = 200

/**
 * Cuts ranks into blocks so that columns and overhead are fewest.
 *
 * @param needs columns that each rank needs, falling
 * @returns the ranks at which blocks start; ranks that need none belong to no block
 */
export const cutRanks = (needs: ReadonlyArray<number>, prompts: number): ReadonlyArray<number> => {
  const used = needs.indexOf(0)
  const count = used === -1 ? needs.length : used
  const cost = new Float64Array(count + 1).fill(Infinity)
  const cutBefore = new Int32Array(count + 1)
  cost[0] = 0
  for (let end = 1; end <= count; end++) {
    for (let start = 0; start < end; start++) {
      const candidate = cost[start] + blockOverhead + (end - start) * needs[start] * prompts
      if (candidate < cost[end]) {
        cost[end] = candidate
        cutBefore[end] = start
      }
    }
  }
  const starts: Array<number> = []
  for (let end = count; end > 0; end = cutBefore[end]) starts.unshift(cutBefore[end])
  return starts
}

/** ranked[p][r]: which sample of prompt p has rank r; the longest first, equal ones by index. */
const rank = (responses: SequenceBatch["responses"]): ReadonlyArray<ReadonlyArray<number>> =>
  responses.map((own) => own.map((_, s) => s).sort((a, b) => own[b].length - own[a].length || a - b))

/** Index of each response's first token in the prompt-major concatenation. */
const startsOf = (responses: SequenceBatch["responses"]): ReadonlyArray<ReadonlyArray<number>> => {
  let reached = 0
  return responses.map((own) =>
    own.map(({ length }) => {
      reached += length
      return reached - length
    })
  )
}

const promptTokens = (prompts: SequenceBatch["prompts"], positions: number, tokens: Int32Array): void => {
  prompts.forEach((prompt, p) => {
    tokens.set(prompt, (p + 1) * positions - prompt.length)
  })
}

/** What is written down while the blocks are filled. */
interface Predicted {
  readonly sources: Int32Array
  readonly targets: Int32Array
  readonly places: Int32Array
  count: number
}

const note = (predicted: Predicted, source: number, target: number, place: number): void => {
  predicted.sources[predicted.count] = source
  predicted.targets[predicted.count] = target
  predicted.places[predicted.count] = place
  predicted.count += 1
}

const promptBlockOf = (prompts: SequenceBatch["prompts"]): Block => ({
  firstColumn: 0,
  positions: Math.max(...prompts.map(({ length }) => length)),
  prompts: prompts.length,
  samples: 1,
  firstPosition: 0
})

const paddingOf = (prompts: SequenceBatch["prompts"], { positions }: Block): ReadonlyArray<number> =>
  prompts.map(({ length }) => positions - length)

/** Prompts alone, to start responses from: each prompt's last column predicts one token, which is not known yet. */
export const packPrompts = (prompts: SequenceBatch["prompts"]): PackedBatch => {
  const promptBlock = promptBlockOf(prompts)
  const { positions } = promptBlock
  const columns = positions * prompts.length
  const tokens = new Int32Array(columns)
  promptTokens(prompts, positions, tokens)
  return {
    promptBlock,
    padding: paddingOf(prompts, promptBlock),
    responseBlocks: [],
    columns,
    tokens,
    samples: 1,
    sources: Int32Array.from(prompts, (_, p) => (p + 1) * positions - 1),
    targets: new Int32Array(prompts.length),
    places: Int32Array.from(prompts, (_, p) => p)
  }
}

/** Lays out a batch whose prompts all have equally many, non-empty responses. */
export const packBatch = ({ prompts, responses }: SequenceBatch): PackedBatch => {
  const promptBlock = promptBlockOf(prompts)
  const { positions } = promptBlock
  const samples = responses[0].length
  const ranked = rank(responses)
  const starts = startsOf(responses)
  const needs = Array.from({ length: samples }, (_, r) =>
    Math.max(...ranked.map((order, p) => responses[p][order[r]].length - 1))
  )
  const cuts = cutRanks(needs, prompts.length)
  const live = needs.filter((need) => need > 0).length
  let columns = positions * prompts.length
  const responseBlocks = cuts.map((first, i): Block => {
    const block = {
      firstColumn: columns,
      positions: needs[first],
      prompts: prompts.length,
      samples: (cuts[i + 1] ?? live) - first,
      firstPosition: positions
    }
    columns += block.positions * block.prompts * block.samples
    return block
  })

  const tokens = new Int32Array(columns)
  promptTokens(prompts, positions, tokens)
  const total = responses.flat().reduce((sum, { length }) => sum + length, 0)
  const predicted: Predicted = {
    sources: new Int32Array(total),
    targets: new Int32Array(total),
    places: new Int32Array(total),
    count: 0
  }
  responses.forEach((own, p) => {
    own.forEach((response, s) => {
      note(predicted, (p + 1) * positions - 1, response[0], starts[p][s])
    })
  })
  responseBlocks.forEach((block, i) => {
    for (let p = 0; p < block.prompts; p++) {
      for (let j = 0; j < block.samples; j++) {
        const sample = ranked[p][cuts[i] + j]
        const response = responses[p][sample]
        const first = block.firstColumn + (p * block.samples + j) * block.positions
        tokens.set(response.subarray(0, response.length - 1), first)
        for (let t = 0; t + 1 < response.length; t++)
          note(predicted, first + t, response[t + 1], starts[p][sample] + t + 1)
      }
    }
  })
  const { places, sources, targets } = predicted
  const padding = paddingOf(prompts, promptBlock)
  return { promptBlock, padding, responseBlocks, columns, tokens, samples, sources, targets, places }
}
