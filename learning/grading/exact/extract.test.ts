import { assert, describe, it } from "@effect/vitest"
import { extractAnywhere, extractBoxed } from "./extract.ts"

describe("extractAnywhere", () => {
  it.each([
    ["\\boxed{1} no, \\boxed{2}", "2", "box"],
    ["\\boxed{1} and \\boxed{2}", "1, 2", "boxes"],
    ["\\boxed{1}$, $\\boxed{2}", "1, 2", "boxes"],
    ["\\boxed{1} \\text{ for part (a) and } \\boxed{2}", "1, 2", "boxes"],
    ["\\boxed{1}. And \\boxed{2}", "2", "box"],
    ["\\boxed{{7}.", "{7}.", "unclosed box"],
    ["\\fbox{7}", "7", "box"],
    ["\\boxed 7$ so", "7", "unclosed box"],
    ["\\framebox{7}", "7", "box"],
    ["We compute.\n#### 7", "7", "answer phrase"],
    ["<answer>7</answer>", "7", "answer phrase"],
    ["所以答案为$7$。", "7", "answer phrase"],
    ["Hence\n\\[ 7 \\]", "7", "formula"],
    ["So the answer is 7. I hope so.", "7", "answer phrase"],
    ["Answer: \\frac12\nfor 3 reasons", "\\frac12", "answer phrase"],
    ["所以答案是7", "7", "answer phrase"],
    ["The answer is $7$, for $x=2$ is none.", "x=2", "answer phrase"],
    ["7,425,000", "7,425,000", "whole text"],
    ["$x \\in [-2,7]$", "$x \\in [-2,7]$", "whole text"],
    ["With $b=5$ we are done.\n\nHence we get \\frac{3}{4}", "\\frac{3}{4}", "conclusion"],
    ["With some thought the result $7\\pi$ is had", "7\\pi", "formula"],
    ["There were some 1,000 of them, or so people say", "1000", "number"]
  ] as const)("given %j, then %j by %s", (text, found, by) => {
    assert.deepStrictEqual(extractAnywhere(text), { text: found, by })
  })

  it("given nothing, then nothing", () => {
    assert.isNull(extractAnywhere(""))
    assert.isNull(extractAnywhere("Nobody has ever found out what it could be"))
  })

  it("given a megabyte of boxes, dollars or verbs, then something all the same", () => {
    for (const unit of ["\\boxed{", "\\boxed{1} and ", "$", " is ", "answer is ", "\\boxed", "\n"])
      extractAnywhere(unit.repeat(Math.ceil(1_000_000 / unit.length)))
  })
})

describe("extractBoxed", () => {
  it("given an answer outside a box, then none", () => {
    assert.isNull(extractBoxed("the answer is 7"))
    assert.isNull(extractBoxed("\\boxed{7"))
    assert.deepStrictEqual(extractBoxed("\\boxed{7}"), { text: "7", by: "box" })
  })
})
