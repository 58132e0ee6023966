import { assert, describe, it } from "@effect/vitest"
import { type Block, cutRanks, packBatch, packPrompts } from "./batch.ts"

const ints = (...values: ReadonlyArray<number>) => Int32Array.from(values)

/** The token of each column of a block, sequence after sequence. */
const columnsOf = (tokens: Int32Array, { firstColumn, positions, prompts, samples }: Block) => [
  ...tokens.subarray(firstColumn, firstColumn + positions * prompts * samples)
]

describe("packBatch", () => {
  // 10 11 12 -> [20 21 22 23], [30];  40 -> [50 51], [60 61 62]
  const batch = packBatch({
    prompts: [ints(10, 11, 12), ints(40)],
    responses: [
      [ints(20, 21, 22, 23), ints(30)],
      [ints(50, 51), ints(60, 61, 62)]
    ]
  })

  it("given prompts of different length, then they end at the same position", () => {
    assert.deepStrictEqual(columnsOf(batch.tokens, batch.promptBlock), [10, 11, 12, 0, 0, 40])
    assert.deepStrictEqual(batch.padding, [0, 2])
  })

  it("given responses, then the longest of each prompt come first and no last token has a column", () => {
    // one block: ranks (20.., 60..) and (30, 50..), three positions
    const [block] = batch.responseBlocks
    assert.strictEqual(batch.responseBlocks.length, 1)
    assert.deepStrictEqual(columnsOf(batch.tokens, block), [20, 21, 22, 0, 0, 0, 60, 61, 0, 50, 0, 0])
    assert.strictEqual(block.firstPosition, 3)
  })

  it("given the columns that predict, then each is the column of the token before, and places are prompt-major", () => {
    const predicted = [...batch.places].map((place, n) => [place, batch.tokens[batch.sources[n]], batch.targets[n]])
    predicted.sort((a, b) => a[0] - b[0])
    assert.deepStrictEqual(
      predicted.map(([, source, target]) => [source, target]),
      [
        [12, 20],
        [20, 21],
        [21, 22],
        [22, 23],
        [12, 30],
        [40, 50],
        [50, 51],
        [40, 60],
        [60, 61],
        [61, 62]
      ]
    )
    assert.deepStrictEqual([...batch.targets.subarray(0, 4)], [20, 30, 50, 60])
  })

  it("given responses of one token only, then there are no response columns", () => {
    const short = packBatch({ prompts: [ints(1, 2)], responses: [[ints(3), ints(4)]] })
    assert.strictEqual(short.columns, 2)
    assert.deepStrictEqual(short.responseBlocks, [])
    assert.deepStrictEqual([...short.sources], [1, 1])
  })
})

describe("packPrompts", () => {
  it("given prompts, then the last column of each predicts", () => {
    const { sources, tokens } = packPrompts([ints(1, 2, 3), ints(4, 5)])
    assert.deepStrictEqual(
      [...sources].map((column) => tokens[column]),
      [3, 5]
    )
  })
})

describe("cutRanks", () => {
  it("given a few short ranks, then one block is cheaper than a cut", () => {
    assert.deepStrictEqual(cutRanks([9, 8, 1, 0, 0], 1), [0])
  })

  it("given long and short ranks, then they are cut where it saves most", () => {
    const needs = [...new Array(30).fill(50), ...new Array(30).fill(10), 0]
    assert.deepStrictEqual(cutRanks(needs, 1), [0, 30])
  })

  it("given ranks that need nothing, then there is no block", () => {
    assert.deepStrictEqual(cutRanks([0, 0], 4), [])
  })
})
