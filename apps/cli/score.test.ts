import { assert, describe, it } from "@effect/vitest"
import { batchesOf } from "./score.ts"

describe("batchesOf", () => {
  it("given rows of all lengths, then each is in one batch, within the limit or alone, the longest first", () => {
    const lengths = [3, 10, 1, 7, 7, 25, 2, 9]
    const batches = batchesOf(lengths, 20)
    assert.deepStrictEqual(batches, [[5], [1, 7], [3, 4], [0, 6, 2]])
    assert.deepStrictEqual(batches.flat().sort(), [0, 1, 2, 3, 4, 5, 6, 7])
  })

  it("given no rows, then no batches", () => {
    assert.deepStrictEqual(batchesOf([], 20), [])
  })
})
