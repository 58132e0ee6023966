import { assert, describe, it } from "@effect/vitest"
import { answerLimit, compare } from "./compare.ts"

const same: ReadonlyArray<readonly [string, string, string]> = [
  ["39", "39", "string"],
  [" 39\n", "39", "string"],
  ["x  +\t1", "x + 1", "string"],
  ["039", "39", "integer"],
  ["+39", "39", "integer"],
  ["-0", "0", "integer"],
  ["123456789012345678901234567890", "+123456789012345678901234567890", "integer"],
  ["39.0", "39", "decimal"],
  ["39.", "39", "decimal"],
  [".5", "0.50", "decimal"],
  ["-.5", "-0.5", "decimal"],
  ["0.5", "1/2", "fraction"],
  ["2/4", "1/2", "fraction"],
  ["6/2", "3", "fraction"],
  ["1 / 2", "1/2", "fraction"],
  ["-1/2", "1/-2", "fraction"],
  ["\\frac{1}{2}", "1/2", "fraction"],
  ["\\dfrac{2}{4}", "\\tfrac{1}{2}", "fraction"],
  ["-\\frac{1}{2}", "-0.5", "fraction"],
  ["-\\frac{-1}{2}", "0.5", "fraction"],
  ["\\frac{ 1 } { 2 }", "0.5", "fraction"],
  ["-0.0", "0/5", "fraction"]
]

const different: ReadonlyArray<readonly [string, string]> = [
  ["38", "39"],
  ["-39", "39"],
  ["3 9", "39"],
  ["1,000", "1000"],
  ["39%", "39"],
  ["x", "39"],
  ["", "39"],
  ["", ""],
  [".", "0"],
  ["1/0", "1"],
  ["1/0", "2/0"],
  ["0/0", "0"],
  ["1/3", "0.333333333333333333333"],
  ["10000000000000000000000", "10000000000000000000001"],
  ["0.1", "0.1000000000000000055511151231257827"],
  ["1e3", "1000"],
  ["0x10", "16"],
  ["--1", "1"],
  ["1/2/3", "1/6"],
  ["\\frac{1}{2", "1/2"],
  ["constructor", "39"],
  ["１", "1"]
]

describe("compare", () => {
  it.each(same)("given %j and %j, then they are the same by the rule %s, either way round", (left, right, rule) => {
    assert.deepStrictEqual(compare(left, right), { verdict: "correct", rule })
    assert.deepStrictEqual(compare(right, left), { verdict: "correct", rule })
  })

  it.each(different)("given %j and %j, then they differ, either way round", (left, right) => {
    assert.deepStrictEqual(compare(left, right), { verdict: "incorrect", rule: "different" })
    assert.deepStrictEqual(compare(right, left), { verdict: "incorrect", rule: "different" })
  })

  it("given answers at the limit of length, then they are still compared by value", () => {
    const nines = "9".repeat(answerLimit)
    assert.deepStrictEqual(compare(nines, `+${nines.slice(1)}`), { verdict: "incorrect", rule: "different" })
    assert.deepStrictEqual(compare(`0${nines.slice(1)}`, nines.slice(1)), { verdict: "correct", rule: "integer" })
  })

  it("given a longer one, then the same text is right and anything else is given up, whichever is long", () => {
    const long = "9".repeat(answerLimit + 1)
    const gaveUp = { verdict: "unknown", rule: "gave up: longer than 1000 characters" }
    assert.deepStrictEqual(compare(long, long), { verdict: "correct", rule: "string" })
    assert.deepStrictEqual(compare(long, "9"), gaveUp)
    assert.deepStrictEqual(compare("9", long), gaveUp)
  })

  it("given a megabyte of spaces or signs, then a verdict all the same", () => {
    const megabyte = (unit: string) => unit.repeat(1_000_000)
    assert.strictEqual(compare(`${megabyte(" ")}39${megabyte("\n")}`, "39").verdict, "correct")
    assert.strictEqual(compare(`1${megabyte(" ")}2`, "1 2").verdict, "correct")
    assert.strictEqual(compare(megabyte("-"), "39").verdict, "unknown")
  })
})
