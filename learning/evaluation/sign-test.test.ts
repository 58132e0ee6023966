import { assert, describe, it } from "@effect/vitest"
import { signTest } from "./sign-test.ts"

describe("signTest", () => {
  it.each([
    [0, 0, 1],
    [1, 0, 1],
    [5, 0, 1 / 16],
    [1, 8, 20 / 512], // 2 · (C(9,0) + C(9,1)) / 2^9
    [7, 3, 352 / 1024],
    [4, 4, 1],
    [5, 4, 1]
  ])("given %d better and %d worse, then %d", (better, worse, expected) => {
    assert.approximately(signTest(better, worse), expected, 1e-13)
  })

  it("given better for worse, then the same", () => {
    for (let better = 0; better < 30; better++)
      for (let worse = 0; worse < 30; worse++) assert.strictEqual(signTest(better, worse), signTest(worse, better))
  })

  it("given the sums of Pascal's triangle, then the p-value is theirs", () => {
    let row = [1n]
    for (let n = 1; n <= 60; n++) {
      row = [1n, ...row.slice(1).map((value, i) => value + row[i]), 1n]
      let tail = 0n
      for (let fewer = 0; 2 * fewer <= n; fewer++) {
        tail += row[fewer]
        const expected = Math.min(1, (2 * Number(tail)) / 2 ** n)
        assert.approximately(signTest(n - fewer, fewer) / expected, 1, 1e-12)
      }
    }
  })

  it("given so many that 2^-n is no double, then it is near normal theory and below one", () => {
    // 2,100 against 1,900: z = 199 / sqrt(4000) with the continuity correction
    assert.approximately(signTest(2100, 1900), 0.00165, 5e-5)
    assert.approximately(signTest(2000, 2000), 1, 1e-12)
    assert.isAbove(signTest(1000, 0), 0)
  })
})
