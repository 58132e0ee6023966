import { assert, describe, it } from "@effect/vitest"
import { sequence } from "./sequence.ts"
import { drawnFirst, shuffled } from "./shuffle.ts"

const items = ["a", "b", "c", "d"]
const drawings = 24_000

/** How often each order came, of many. */
const orders = (draw: (seed: number) => ReadonlyArray<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (let seed = 0; seed < drawings; seed++) {
    const order = draw(seed).join("")
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  return counts
}

describe("an order drawn at random", () => {
  it.each([
    ["all", (seed: number) => shuffled(items, sequence(seed, 1)), 24],
    ["the first two", (seed: number) => drawnFirst(items, 2, sequence(seed, 1)), 12]
  ] as const)("given %s of four, then every order comes equally often", (_, draw, possible) => {
    const counts = orders(draw)
    assert.strictEqual(counts.size, possible)
    const expected = drawings / possible
    // Five standard deviations of a count.
    for (const [order, count] of counts) assert.approximately(count, expected, 5 * Math.sqrt(expected), order)
  })

  it("given fewer, then they are the head of more; given more than there are, then all", () => {
    const of = (count: number) => drawnFirst(items, count, sequence(3, 1))
    for (const count of [0, 1, 2, 3]) assert.deepStrictEqual(of(count), of(4).slice(0, count))
    assert.deepStrictEqual(of(9), of(4))
    assert.sameMembers([...of(4)], items)
  })

  it("leaves what it was given as it was", () => {
    const given = [...items]
    shuffled(given, sequence(1, 1))
    drawnFirst(given, 4, sequence(1, 1))
    assert.deepStrictEqual(given, items)
  })
})
