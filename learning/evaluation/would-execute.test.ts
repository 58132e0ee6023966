import { assert, describe, it } from "@effect/vitest"
import { wouldExecute } from "./would-execute.ts"

const program = "Let us compute.\n```python\nprint(2 + 2)\n```"

describe("wouldExecute", () => {
  it.each([
    ["a program at its end", program],
    ["white space after it", `${program} \n\t\n`],
    ["what Python alone takes for white space after it", `${program}\x1c\x85`],
    ["a fence and nothing else", "```"],
    ["a fence that opens and no program", "so\n```"],
    ["a stop word and more after it", `${program}\n<|im_end|>\n\\boxed{4}`],
    ["stop words, of which the first counts", `${program}</s> So it is 4. <|im_end|>`],
    ["Boxed in another case", `Boxed ${program}`]
  ])("given %s, then the script would have run it", (_, text) => assert.isTrue(wouldExecute(text)))

  it.each([
    ["no text", ""],
    ["text after the program", `${program}\nSo it is 4.`],
    ["the word boxed anywhere", `\\boxed{4} by ${program}`],
    ["boxed without a backslash", `to be boxed: ${program}`],
    ["two backticks", "``"],
    ["what JavaScript alone takes for white space after it", `${program}\ufeff`],
    ["a stop word before the fence ends", "```python\nprint(1)\n</s>```"]
  ])("given %s, then not", (_, text) => assert.isFalse(wouldExecute(text)))

  it("given much white space, then it takes no time to speak of", () => {
    assert.isTrue(wouldExecute(`${program}${" \n".repeat(500_000)}`))
    assert.isFalse(wouldExecute(`${" \n".repeat(500_000)}x`))
  })
})
