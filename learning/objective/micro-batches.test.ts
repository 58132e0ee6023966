import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../random/sequence.ts"
import { balancedParts, microBatches } from "./micro-batches.ts"

const sumOf = (sizes: ReadonlyArray<number>, part: ReadonlyArray<number>) => part.reduce((sum, i) => sum + sizes[i], 0)
const sorted = (parts: ReadonlyArray<ReadonlyArray<number>>) => parts.flat().toSorted((a, b) => a - b)
const { below } = sequence(7, 5)
const random = (count: number) => Array.from({ length: count }, () => 100 + below(3000))

describe("balancedParts", () => {
  it("given the textbook's numbers, then the largest differences are paired off", () => {
    // 8 7 6 5 4: 8-7, 6-5, then 4 against 1 and 1: sums 16 and 14, which is what the method comes to
    const parts = balancedParts([8, 7, 6, 5, 4], 2, false)
    assert.deepStrictEqual(
      parts.map((part) => sumOf([8, 7, 6, 5, 4], part)),
      [16, 14]
    )
  })

  it.each([
    [64, 8, true],
    [128, 16, false],
    [30, 7, false],
    [5, 5, true],
    [9, 1, true]
  ])(
    "given %d random sizes in %d parts (equal numbers: %s), then all are dealt once and sums are near",
    (n, k, isEqual) => {
      const sizes = random(n)
      const parts = balancedParts(sizes, k, isEqual)
      assert.deepStrictEqual(
        sorted(parts),
        sizes.map((_, i) => i)
      )
      assert.lengthOf(parts, k)
      const sums = parts.map((part) => sumOf(sizes, part))
      if (n / k >= 4) assert.isBelow(Math.max(...sums) - Math.min(...sums), 3100 / 2)
      if (isEqual) assert.isTrue(parts.every(({ length }) => length === n / k))
      assert.deepStrictEqual(balancedParts(sizes, k, isEqual), parts)
    }
  )

  it("given equal sizes, then parts are as even as can be", () => {
    const parts = balancedParts(new Array<number>(12).fill(5), 4, false)
    assert.deepStrictEqual(
      parts.map(({ length }) => length),
      [3, 3, 3, 3]
    )
  })

  it("given fewer members than parts, or numbers that do not divide, then it refuses", () => {
    assert.throws(() => balancedParts([1, 2], 3, false), RangeError, /2 sequences cannot be dealt into 3 parts/)
    assert.throws(() => balancedParts([1, 2, 3], 2, true), RangeError, /into 2 equal parts/)
    assert.throws(() => balancedParts([1, 2, 3], 0, false), RangeError)
  })
})

describe("microBatches", () => {
  const lengths = Int32Array.from(random(32))
  const promptLengths = new Int32Array(32).fill(150)

  it("given ranks, then each has as many rollouts and all as many micro-batches", () => {
    const batches = microBatches(lengths, { tokens: 8000, ranks: 4, promptLengths })
    assert.deepStrictEqual(
      sorted(batches),
      Array.from(lengths, (_, i) => i)
    )
    const each = batches.length / 4
    const sizes = Array.from(lengths, (length) => length + 150)
    const total = sumOf(sizes, sorted(batches))
    assert.isAtLeast(each, Math.ceil(total / 4 / 8000))
    for (let rank = 0; rank < 4; rank++) {
      assert.lengthOf(batches.slice(rank * each, (rank + 1) * each).flat(), 8)
    }
  })

  it("given room for all, then one micro-batch a rank; prompts count", () => {
    assert.lengthOf(microBatches([10, 10], { tokens: 40, ranks: 1, promptLengths: [10, 10] }), 1)
    assert.lengthOf(microBatches([10, 10], { tokens: 40, ranks: 1, promptLengths: [11, 10] }), 2)
    assert.lengthOf(microBatches([10, 10], { tokens: 40, ranks: 2, promptLengths: [11, 10] }), 2)
  })

  it("given a sequence longer than a micro-batch or prompts that are missing, then it refuses", () => {
    assert.throws(
      () => microBatches([10, 10], { tokens: 19, ranks: 1, promptLengths: [10, 9] }),
      RangeError,
      /at most 19 tokens has no room for a sequence of 20/
    )
    assert.throws(() => microBatches([10], { tokens: 40, ranks: 1, promptLengths: [] }), /promptLengths has 0 entries/)
  })
})
