import { assert, describe, it } from "@effect/vitest"
import { grade } from "../grade.ts"
import { extract } from "./extract.ts"
import { normalise } from "./normalise.ts"
import { strip } from "./strip.ts"
import { textOfLatex } from "./text-of-latex.ts"

describe("where DeepScaleR's reward finds the answer", () => {
  it.each([
    ["\\boxed{1} no, \\boxed{2}", "2"],
    ["\\boxed{\\frac{1}{2}} so", "\\frac{1}{2}"],
    ["\\boxed{}", ""],
    ["\\boxed{7", null],
    ["\\boxed {7}", null],
    ["\\boxed 7", null],
    ["\\fbox{7}", null],
    ["boxed{7}", null],
    ["The answer is 7", null],
    ["\\boxed{1} \\boxed", null]
  ])("given %j, then %j", (text, expected) => {
    assert.strictEqual(extract(text), expected)
  })
})

describe("the rules of MATH", () => {
  it.each([
    ["\\text{ east }", "east"],
    ["\\dfrac12", "\\frac{1}{2}"],
    ["1/2", "\\frac{1}{2}"],
    ["0.5", "\\frac{1}{2}"],
    [".5", "\\frac{1}{2}"],
    ["\\sqrt2", "\\sqrt{2}"],
    ["\\sqrt12", "\\sqrt{1}2"],
    ["5 \\text{ or } 6", "5"],
    ["5 \\text{ a } \\text{ b }", "5 \\text{ a } \\text{ b }"],
    ["5^\\circ", "5"],
    ["\\$5", "5"],
    ["5\\%", "5"],
    ["x = 5", "5"],
    ["abc = 5", "abc=5"],
    ["11,\\! 111", "11,111"],
    ["\\left(1, 2\\right)", "(1,2)"]
  ])("given %j, then %j", (answer, expected) => {
    assert.strictEqual(strip(answer), expected)
  })
})

describe("LaTeX as text", () => {
  it.each([
    ["\\frac{1}{2}", "1/2"],
    ["\\frac12", "1/2"],
    ["2\\frac{1}{2}", "2 1/2"],
    ["\\sqrt[3]{5}", "sqrt(5)"],
    ["2\\pi", "2π"],
    ["2 \\times 3 \\cdot 4", "2 ×3 ·4"],
    ["x \\le \\infty", "x ≤∞"],
    ["\\{1\\}", "{1}"],
    ["1\\,2", "1 2"],
    ["\\mbox{no}", ""],
    ["\\textbf{yes}", "yes"],
    ["\\unknown{yes}", "yes"],
    ["(}1\\text{)", "(1)"],
    ["\\therefore 5", "∴5"],
    ["\\lvert x\\rvert", "|x|"],
    ["\\textcolor{red}{5}", "5"],
    ["\\phantom{-}5", "-5"],
    ["\\texttt{5}", ""],
    ["\\sfrac{1}{3}", "13"],
    ["\\mathbf{Ax1}", "𝐀𝐱1"],
    ["\\mathbb{R}", "ℝ"],
    ["\\bar{z}", "z\u0305"],
    ["1~2", "1\u00a02"],
    ["\\begin{array}{cc}1 & 2\\end{array}", "[1 2]"],
    ["\\begin{pmatrix}1\\\\[2pt]2\\end{pmatrix}", "[1;2]"],
    ["\\begin{bmatrix}1 & 2\\\\3 & 4\\end{bmatrix}", "[1 2;3 4]"]
  ])("given %j, then %j", (latex, expected) => {
    assert.strictEqual(textOfLatex(latex), expected)
  })

  it("given groups too deep, then nothing", () => {
    assert.isNull(textOfLatex("{".repeat(10_000)))
    assert.isNull(textOfLatex("\\frac".repeat(10_000)))
  })
})

describe("the last rewriting", () => {
  it.each([
    ["5 degrees", "5"],
    ["5 cm^2", "5"],
    ["5 \\text{ inches}", "5"],
    ["5.0", "5"],
    ["1,000", "1000"],
    ["1.99999999", "2"],
    ["2_8", "28"],
    ["7 3/4", "7+3/4"],
    ["- 3", "-3"],
    ["X", "x"],
    ["2 million", "2*10^6"],
    ["1 or 2", "1,2"],
    ["{5}", "5"],
    ["50\\%", "50"]
  ])("given %j, then %j", (answer, expected) => {
    assert.strictEqual(normalise(answer), expected)
  })
})

const verdict = (answer: string, gold: string) =>
  grade({ id: "a", text: `\\boxed{${answer}}`, reference: gold, mode: "deepscaler" })

describe("what DeepScaleR's reward takes for the same", () => {
  it.each([
    ["5 \\text{ or } 6", "5", "string by the rules of MATH"],
    ["0.5", "\\frac12", "string by the rules of MATH"],
    ["\\sqrt[3]{5}", "\\sqrt5", "string"],
    ["5.0", "5", "string"],
    ["(2, 0.25)", "(2, 1/4)", "parts of a tuple"],
    ["\\frac{\\sqrt{8}}{2}", "\\sqrt{2}", "arithmetic"],
    ["3/7x+x", "x+3x/7", "arithmetic"],
    ["\\frac{\\pi}{4}", "\\frac{pi}{4}", "string"]
  ] as const)("given %j for %j, then it is right by the rule %s", (answer, gold, rule) => {
    const { rule: decided, verdict: found } = verdict(answer, gold)
    assert.deepStrictEqual([found, decided], ["correct", rule])
  })

  it.each([
    ["\\frac{2}{6}", "\\frac{1}{3}"],
    ["2/7x", "2x/7"],
    ["\\frac{12}{4}", "3"],
    ["507+3", "510"],
    ["1.7 \\times 10^{4}", "1.70e4"],
    ["x+y+z", "z+y+x"],
    ["x^{10}+1", "1+x^{10}"],
    ["x^(3)+1", "1+x^(3)"],
    ["(1,2)", "[1,2]"],
    ["(1,2)", "1,2"],
    ["1,2", "2,1"],
    ["x=5, y=6", "5,6"],
    ["", "5"],
    ["1.9*10^0j", "1.9"],
    ["√2", "\\sqrt2"]
  ])("given %j for %j, then it is wrong", (answer, gold) => {
    assert.strictEqual(verdict(answer, gold).verdict, "incorrect")
  })

  it("given a reference with a box, then it is what stands in it", () => {
    assert.strictEqual(verdict("5", "so \\boxed{5}").verdict, "correct")
  })

  it("given no box, then there is no answer", () => {
    assert.deepStrictEqual(grade({ id: "a", text: "5", reference: "5", mode: "deepscaler" }), {
      extracted: null,
      verdict: "no-answer",
      rule: "no box"
    })
  })
})

describe("words and signs, to DeepScaleR's reward", () => {
  const verdict = (answer: string, reference: string) =>
    grade({ id: "", text: `\\boxed{${answer}}`, reference, mode: "deepscaler" }).verdict

  it("given letters side by side, then they are factors", () => {
    assert.strictEqual(verdict("ba", "ab"), "correct")
    assert.strictEqual(verdict("3yx^2", "3x^2y"), "correct")
    assert.strictEqual(verdict("2\\ln2", "\\ln4"), "correct")
    assert.strictEqual(verdict("3y^2x", "3x^2y"), "incorrect")
  })

  it("given π as a sign beside a command, then it is π", () => {
    assert.strictEqual(verdict("\\frac{1}{π}", "\\frac{1}{\\pi}"), "correct")
  })

  it("given a bold letter for a plain one, then it is another", () => {
    assert.strictEqual(verdict("\\mathbf{x}", "x"), "incorrect")
    assert.strictEqual(verdict("\\mathbf{2}", "2"), "correct")
  })
})
