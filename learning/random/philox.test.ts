import { assert, describe, it } from "@effect/vitest"
import { type Counter, type Key, philox, unitInterval } from "./philox.ts"
import { type Coordinates, hashOf, sequenceWord, uniformAt } from "./uniform-at.ts"

const all = 0xffffffff

/** Random123's kat_vectors, philox4x32 with 10 rounds. */
const knownAnswers: ReadonlyArray<readonly [string, Key, Counter, ReadonlyArray<number>]> = [
  ["zeros", [0, 0], [0, 0, 0, 0], [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8]],
  ["ones", [all, all], [all, all, all, all], [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd]],
  [
    "the digits of pi",
    [0xa4093822, 0x299f31d0],
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1]
  ]
]

/** The same function over BigInt, where a 64-bit product needs no care. */
const philoxByBigInt = (key: Key, counter: Counter): ReadonlyArray<number> => {
  const word = (value: bigint) => value & 0xffffffffn
  let [k0, k1] = key.map(BigInt)
  let x = counter.map(BigInt)
  for (let round = 0; round < 10; round++) {
    const a = 0xd2511f53n * x[0]
    const b = 0xcd9e8d57n * x[2]
    x = [(b >> 32n) ^ x[1] ^ k0, word(b), (a >> 32n) ^ x[3] ^ k1, word(a)]
    k0 = word(k0 + 0x9e3779b9n)
    k1 = word(k1 + 0xbb67ae85n)
  }
  return x.map(Number)
}

describe("philox", () => {
  for (const [name, key, counter, expected] of knownAnswers) {
    it(`given the published vector of ${name}, then the published words come out`, () => {
      assert.deepStrictEqual([...philox(key, counter)], [...expected])
    })
  }

  it("given any key and counter, then the words equal those of exact integer arithmetic", () => {
    let [a, b, c, d] = philox([7, 7], [7, 7, 7, 7])
    for (let trial = 0; trial < 2_000; trial++) {
      const key: Key = [a, b]
      const counter: Counter = [b, c, d, trial]
      const words = philox(key, counter)
      assert.deepStrictEqual([...words], [...philoxByBigInt(key, counter)])
      ;[a, b, c, d] = words
    }
  })

  it("given the extreme words, then the unit interval holds zero and stays below one", () => {
    assert.strictEqual(unitInterval(0, 0), 0)
    assert.strictEqual(unitInterval(all, all), 1 - 2 ** -53)
    assert.strictEqual(unitInterval(0x80000000, 0), 0.5)
  })
})

const origin: Coordinates = { stream: 1, step: 2, prompt: hashOf("two:0"), sample: 3, position: 4 }

describe("uniformAt", () => {
  it("given the same coordinates, then the same number, whatever was drawn between", () => {
    const first = uniformAt(0, origin)
    for (let position = 0; position < 10; position++) uniformAt(9, { ...origin, position })
    assert.strictEqual(uniformAt(0, origin), first)
  })

  it("given key (seed, stream) and counter (step, prompt, sample, position), then philox's first words decide", () => {
    const words = philox([5, 1], [2, hashOf("two:0"), 3, 4])
    assert.strictEqual(uniformAt(5, origin), unitInterval(words[0], words[1]))
  })

  it("given any one coordinate changed, then another number", () => {
    const variants = [
      uniformAt(1, origin),
      uniformAt(0, { ...origin, stream: 2 }),
      uniformAt(0, { ...origin, step: 3 }),
      uniformAt(0, { ...origin, prompt: hashOf("two:1") }),
      uniformAt(0, { ...origin, sample: 4 }),
      uniformAt(0, { ...origin, position: 5 }),
      uniformAt(0, origin)
    ]
    assert.strictEqual(new Set(variants).size, variants.length)
  })

  it("given many positions, then mean and variance are those of a uniform number", () => {
    const draws = Array.from({ length: 20_000 }, (_, position) => uniformAt(0, { ...origin, position }))
    const mean = draws.reduce((sum, draw) => sum + draw, 0) / draws.length
    const variance = draws.reduce((sum, draw) => sum + (draw - mean) ** 2, 0) / draws.length
    assert.approximately(mean, 1 / 2, 0.01)
    assert.approximately(variance, 1 / 12, 0.005)
  })

  it.each([-1, 0.5, 2 ** 32, Number.NaN])("given %d as a coordinate, then it is refused", (bad) => {
    assert.throws(() => uniformAt(bad, origin), /seed must be an integer/)
    assert.throws(() => uniformAt(0, { ...origin, step: bad }), /step must be an integer/)
    assert.throws(() => uniformAt(0, { ...origin, position: bad }), /position must be an integer/)
  })

  it("given the position that marks a sequence, then it is refused", () => {
    assert.throws(() => uniformAt(0, { ...origin, position: sequenceWord }), /position must be below/)
  })
})
