import { assert, describe, it } from "@effect/vitest"
import { defaultReflectionWords, reflects } from "./reflection.ts"

describe("reflects", () => {
  it.each([
    "Let me rethink this.",
    "RECHECK: 4",
    "As recalculated, x = 2",
    "\n\nRe-do. We recheck,recheck",
    "unrethinkable"
  ])("given %j, then it reflects", (text) => assert.isTrue(reflects(text)))

  it.each(["", "We think and check and calculate.", "re-check", "recalculating", "re\ncheck", "rechec"])(
    "given %j, then it does not",
    (text) => assert.isFalse(reflects(text))
  )

  it("given words of one's own, then only they count, in any case and as they stand", () => {
    assert.isTrue(reflects("Wait, no.", ["WAIT"]))
    assert.isFalse(reflects("rethink", ["wait"]))
    assert.isFalse(reflects("aaa", ["a+", ".*", "(a+)+$"]))
    assert.isTrue(reflects("is a+ a pattern?", ["(", "a+"]))
  })

  it("given no words, or blank ones, then nothing reflects", () => {
    for (const words of [[], [""], [" "]]) assert.isFalse(reflects("rethink this", words))
  })

  it("has the paper's three words unless told", () => {
    assert.deepStrictEqual(defaultReflectionWords, ["rethink", "recheck", "recalculate"])
  })
})
