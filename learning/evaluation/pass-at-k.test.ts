import { assert, describe, it } from "@effect/vitest"
import { attemptsTold, passAtK } from "./pass-at-k.ts"

/** The part of all choices of k among n answers, the first c of them right, that have a right one. */
const byEnumeration = (n: number, c: number, k: number): number => {
  let choices = 0
  let withRight = 0
  for (let choice = 0; choice < 2 ** n; choice++) {
    const members = Array.from({ length: n }, (_, i) => i).filter((i) => (choice >> i) & 1)
    if (members.length !== k) continue
    choices += 1
    if (members.some((i) => i < c)) withRight += 1
  }
  return withRight / choices
}

describe("passAtK", () => {
  it.each([
    [8, 3, 4, 13 / 14], // 1 - C(5,4) / C(8,4) = 1 - 5/70
    [8, 1, 4, 1 / 2],
    [4, 2, 2, 5 / 6], // 1 - C(2,2) / C(4,2)
    [10, 1, 1, 1 / 10],
    [200, 1, 100, 1 / 2]
  ])("given %d answers with %d right ones, then pass@%d is %d", (n, c, k, expected) => {
    assert.approximately(passAtK(n, c, k), expected, 1e-14)
  })

  it("given any small numbers, then it is what counting all choices of k answers gives", () => {
    for (let n = 1; n <= 9; n++)
      for (let c = 0; c <= n; c++)
        for (let k = 1; k <= n; k++)
          assert.approximately(passAtK(n, c, k), byEnumeration(n, c, k), 1e-13, `${n} ${c} ${k}`)
  })

  it("given k = n, then it is exactly whether any answer is right", () => {
    for (const n of [1, 8, 64, 1000]) {
      assert.strictEqual(passAtK(n, 0, n), 0)
      assert.strictEqual(passAtK(n, 1, n), 1)
    }
  })

  it("given numbers whose binomials are beyond a double, then it is finite and right", () => {
    // 1 - C(2000-c, 1000) / C(2000, 1000) for c = 2: 1 - (1000 · 999) / (2000 · 1999)
    assert.approximately(passAtK(2000, 2, 1000), 1 - 999 / (2 * 1999), 1e-12)
  })

  it.each([
    [8, 9, 1],
    [8, -1, 1],
    [8, 3, 0],
    [8, 3, 9],
    [8, 2.5, 2],
    [0, 0, 1]
  ])("given %d answers with %d right ones, then pass@%d is refused", (n, c, k) => {
    assert.throws(() => passAtK(n, c, k), RangeError)
  })
})

describe("attemptsTold", () => {
  it.each([
    [1, []],
    [2, [2]],
    [3, [2, 3]],
    [8, [2, 4, 8]],
    [12, [2, 4, 8, 12]]
  ] as const)("given %d answers, then pass@k is told for %j", (n, expected) => {
    assert.deepStrictEqual(attemptsTold(n), expected)
  })
})
