import { assert, describe, it } from "@effect/vitest"
import { philox } from "./philox.ts"
import { sequence } from "./sequence.ts"

const take = <A>(count: number, draw: () => A): ReadonlyArray<A> => Array.from({ length: count }, draw)

const shareOf = <A>(draws: ReadonlyArray<A>, value: A): number =>
  draws.filter((draw) => draw === value).length / draws.length

describe("sequence", () => {
  it("given the same seed and stream, then the same words; given another of either, then others", () => {
    const words = take(9, sequence(3, 4).uint32)
    assert.deepStrictEqual(take(9, sequence(3, 4).uint32), words)
    assert.notDeepEqual(take(9, sequence(4, 4).uint32), words)
    assert.notDeepEqual(take(9, sequence(3, 5).uint32), words)
  })

  it("given a sequence, then its words are philox's blocks in order", () => {
    const blocks = [0, 1].flatMap((block) => [...philox([3, 4], [block, 0, 0, 0xffffffff])])
    assert.deepStrictEqual(take(8, sequence(3, 4).uint32), blocks)
  })

  it("given between(low, high), then both ends come up and every value is equally likely", () => {
    const random = sequence(1, 1)
    const draws = take(60_000, () => random.between(-2, 3))
    for (const value of [-2, -1, 0, 1, 2, 3]) assert.approximately(shareOf(draws, value), 1 / 6, 0.01)
    assert.isTrue(draws.every((draw) => draw >= -2 && draw <= 3))
  })

  it("given n that does not divide 2^32, then the words that would favour small results are drawn again", () => {
    const n = 3 * 2 ** 30 // without rejection the lowest third would come up half the time
    const random = sequence(2, 1)
    const draws = take(30_000, () => random.below(n))
    assert.approximately(draws.filter((draw) => draw < 2 ** 30).length / draws.length, 1 / 3, 0.01)
  })

  it("given weights, then elements come up in their proportion and one of weight zero never", () => {
    const random = sequence(3, 1)
    const draws = take(60_000, () => random.weighted(["none", "one", "three"], [0, 1, 3]))
    assert.strictEqual(shareOf(draws, "none"), 0)
    assert.approximately(shareOf(draws, "one"), 1 / 4, 0.01)
    assert.approximately(shareOf(draws, "three"), 3 / 4, 0.01)
  })

  it("given uniform(), then a number in [0, 1) with the mean of one", () => {
    const random = sequence(4, 1)
    const draws = take(20_000, random.uniform)
    assert.isTrue(draws.every((draw) => draw >= 0 && draw < 1))
    assert.approximately(draws.reduce((sum, draw) => sum + draw, 0) / draws.length, 1 / 2, 0.01)
  })

  it("given nothing to choose from, or weights that mean nothing, then it is refused", () => {
    const random = sequence(5, 1)
    assert.throws(() => random.choice([]), RangeError)
    assert.throws(() => random.below(0), RangeError)
    assert.throws(() => random.between(3, 2), RangeError)
    assert.throws(() => random.weighted(["a"], [0]), RangeError)
    assert.throws(() => random.weighted(["a", "b"], [1]), RangeError)
    assert.throws(() => random.weighted(["a", "b"], [2, -1]), RangeError)
    assert.throws(() => sequence(-1, 0), RangeError)
  })
})
