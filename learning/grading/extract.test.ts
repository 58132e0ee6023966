import { assert, describe, it } from "@effect/vitest"
import { answerIsBoxed, lastBoxed } from "./extract.ts"

const cases: ReadonlyArray<readonly [string, string | null]> = [
  ["\\boxed{39}", "39"],
  ["13-10=3;34+2=36;\\boxed{39} and more", "39"],
  ["\\boxed{1} no, \\boxed{2}", "2"],
  ["\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"],
  ["\\boxed{\\boxed{5}}", "5"],
  ["\\boxed{\\{1,2\\}}", "\\{1,2\\}"],
  ["\\boxed{\\}", null],
  ["\\boxed{a\\\\}", "a\\\\"],
  ["\\boxed{ 7 }", " 7 "],
  ["\\boxed{}", ""],
  ["\\boxed{7", null],
  ["\\boxed{1} and then \\boxed{2", null],
  ["\\boxed{{7}", null],
  ["}\\boxed 7}", null],
  ["boxed{7}", null],
  ["so 7.", null],
  ["", null],
  ["\\boxed{", null]
]

describe("lastBoxed", () => {
  it.each(cases)("given %j, then %j", (text, expected) => {
    assert.strictEqual(lastBoxed(text), expected)
  })

  it("given braces nested ten thousand deep, then all of them", () => {
    const nest = `${"{".repeat(10_000)}7${"}".repeat(10_000)}`
    assert.strictEqual(lastBoxed(`\\boxed{${nest}}`), nest)
    assert.isNull(lastBoxed(`\\boxed{${nest}`))
  })

  it("given a megabyte of openings, of braces or of backslashes, then an answer all the same", () => {
    const megabyte = (unit: string) => unit.repeat(Math.ceil(1_000_000 / unit.length))
    assert.isNull(lastBoxed(megabyte("\\boxed{")))
    assert.isNull(lastBoxed(`\\boxed{${megabyte("{")}`))
    assert.isNull(lastBoxed(`\\boxed{${megabyte("{}")}`))
    assert.strictEqual(lastBoxed(`${megabyte("\\boxed{")}7}`), "7")
    assert.strictEqual(lastBoxed(`\\boxed{${megabyte("\\\\")}}`), megabyte("\\\\"))
  })
})

describe("answerIsBoxed", () => {
  it.each([
    ["\\boxed{7}", true],
    ["\\boxed{wrong}", true],
    ["\\boxed{}", false],
    ["\\boxed{ }", false],
    ["\\boxed{7", false],
    ["so 7.", false]
  ] as const)("given %j, then %s", (text, expected) => {
    assert.strictEqual(answerIsBoxed(text), expected)
  })
})
