import { assert, describe, it } from "@effect/vitest"
import { grade } from "../grade.ts"
import { Steps } from "../steps.ts"
import { extract, lastNumber } from "./extract.ts"
import { strip } from "./strip.ts"
import { withoutUnits } from "./units.ts"
import { withNumberWords } from "./word-numbers.ts"

describe("where Qwen's evaluation finds the answer", () => {
  it.each([
    ["\\boxed{1} no, \\boxed{2}", "2", "box"],
    ["\\boxed{\\frac{1}{2}} so", "\\frac{1}{2}", "box"],
    ["\\boxed{7", "7", "box"],
    ["\\boxed 7$ so", "7", "box"],
    ["boxed{7}", "7", "box"],
    ["\\fbox is no box, 7", "7", "last number"],
    ["\\boxed{a\n   b}", "ab", "box"],
    ["\\boxed{:7.}", "7", "box"],
    ["\\boxed{7/}", "7", "box"],
    ["The answer is 1. The answer is 7.", "7", "answer is"],
    ["my final answer is 7", "7", "final answer is"],
    ["所以答案是7\n\n完", "7", "答案是"],
    ["The final answer is $7$. I hope it is correct. \\boxed{8}", "7", "final answer sentence"],
    ["1,000 of 2", "2", "last number"],
    ["it is 1,234.5", "1234.5", "last number"],
    ["nothing", "", "nothing"]
  ] as const)("given %j, then %j by %s", (completion, text, by) => {
    assert.deepStrictEqual(extract(completion), { text, by })
  })

  it.each([
    ["2-3", "-3"],
    ["1.2.3", ".3"],
    ["5.", "5"],
    ["-x", null]
  ])("given %j, then the last number is %j", (text, expected) => {
    assert.strictEqual(lastNumber(text), expected)
  })
})

describe("how Qwen's evaluation rewrites an answer", () => {
  it.each([
    ["\\dfrac{1}{2}", "\\frac{1}{2}"],
    ["\\frac12", "\\frac{1}{2}"],
    ["\\frac1{72}", "\\frac{1}{72}"],
    ["1/2", "\\frac{1}{2}"],
    ["1/2/3", "1/2/3"],
    ["1\n+2", "1+2"],
    ["11,\\!090", "11,090"],
    ["$5$", "5"],
    ["\\sqrt2", "\\sqrt{2}"],
    ["\\left( 1, 2 \\right)", "(1,2)"],
    ["\\{1\\}", "{1}"],
    ["5 \\text{ cm}", "5"],
    ["5 \\text{ or } 6_{2}", "5"],
    ["\\text{east}", ""],
    ["5 cm", "5"],
    ["120^{\\circ}", "120"],
    ["\\$5", "5"],
    ["5\\%", "5"],
    ["twenty-one apples", "21"],
    ["x=5", "5"],
    ["x\\in[1,2]", "[1,2]"],
    ["k = 5", "5"],
    ["f(x)=5", "f(x)=5"],
    ["infinity", "\\infty"],
    ["inf", "\\infty"],
    ["1 and 2", "12"],
    ["2j", "2i"],
    ["2ij", "2ij"],
    ["3.00", "3"],
    ["3.05", "3.05"],
    [".5", "0.5"],
    ["5...", "5"],
    ["\\begin{array}{cc}1\\end{array}", "\\begin{pmatrix}1\\end{pmatrix}"],
    ["\\mathbf{5}", "{5}"],
    ["\\mbox{no}5", "5"],
    ["(-\\infty,\\infty)", "\\mathbb{R}"]
  ])("given %j, then %j", (answer, expected) => {
    assert.strictEqual(strip(answer, false, new Steps()), expected)
  })

  it("given a benchmark whose units are kept, then only text at the end goes", () => {
    assert.strictEqual(strip("5 cm", true, new Steps()), "5cm")
    assert.strictEqual(strip("5 \\text{ cm}", true, new Steps()), "5")
  })

  it.each([
    ["(a-5)(b+2)", "(-5)(b+2)"],
    ["3 \\pm 2", "3 \\ 2"],
    ["5 m m", "5  "],
    ["m m m", "  "],
    ["m", "m"],
    ["cm5", "cm5"],
    ["5 sq m", "5 "],
    ["5 a x", "5 "]
  ])("given %j with unit words, then %j", (text, expected) => {
    assert.strictEqual(withoutUnits(text, new Steps()), expected)
  })

  it.each([
    ["039", "39"],
    ["twelve", "12"],
    ["two thousand five hundred", "2500"],
    ["one and two", "3"],
    ["three point one four", "3.14"],
    ["hundred", "100"],
    ["one two three four five", "one two three four five"],
    ["apples", "apples"]
  ])("given %j with number words, then %j", (text, expected) => {
    assert.strictEqual(withNumberWords(text), expected)
  })
})

const right: ReadonlyArray<readonly [answer: string, gold: string, rule: string]> = [
  ["\\frac12", "1/2", "string"],
  ["EVELYN", "Evelyn", "string"],
  ["1,000", "1000", "number"],
  ["10001", "10000", "number"],
  ["5000", "50", "number: a hundred times more or less"],
  ["0.5", "50", "number: a hundred times more or less"],
  ["[1,2]", "(1,2)", "parts of a tuple"],
  ["(x+1)^2", "(x+1)^3", "parts of a tuple"],
  ["(1,2)", "1,2", "string: brackets ignored"],
  ["\\begin{bmatrix}1&\\frac24\\end{bmatrix}", "\\begin{pmatrix}1&0.5\\end{pmatrix}", "parts of a matrix"],
  ["y+1=z+w", "y+1-w=z+0", "equation: difference of sides"],
  ["5", "t=5", "string"],
  ["1,\\frac13", "1,\\frac12", "expression"],
  ["9_{8}", "9", "expression"],
  ["120'", "120", "expression"],
  ["(5,\\infty+1)", "(5,\\infty)", "parts of a tuple"],
  ["x+x", "2x", "expression"],
  ["\\sqrt{4.0004}", "2", "value: relative tolerance"],
  ["n<3", "n>3", "relation: its direction ignored"],
  ["{1,2}", "{2,1}", "sets of a line"],
  ['"E"', "(E)", "string: quotes ignored"]
]

const wrong: ReadonlyArray<readonly [answer: string, gold: string]> = [
  ["10002", "10000"],
  ["0.0051", "50"],
  ["\\cfrac{1}{2}", "\\frac{1}{2}"],
  ["{1 \\over 2}", "\\frac{1}{2}"],
  ["22\\frac12", "22.5"],
  ["3\\pi", "9.42478"],
  ["1.7 \\times 10^{4}", "1.70e4"],
  ["\\mathrm{5}", "5"],
  ["65°", "65"],
  ["(1,\\,2)", "(1,2)"],
  ["\\frac{14}{3} \\approx 4.667", "\\frac{14}{3}"],
  ["2,1", "1,2"],
  ["1,3", "1,2"],
  ["9_8", "9"],
  ["e^{i\\pi}", "-1"]
]

const verdict = (answer: string, gold: string, dataName = "math500") =>
  grade({ id: "a", text: `\\boxed{${answer}}`, reference: gold, mode: "qwen", dataName })

describe("broken and joined LaTeX, to Qwen's evaluation", () => {
  it.each([
    ["5\\cdot", "5"],
    ["5+", "5"],
    ["5^", "5"],
    ["5\\frac{}{}", "5"],
    ["5~", "5"],
    ["5:", "5"],
    ["1\\,998", "1998"],
    ["2\\quad5", "25"],
    ["3", "\\log_2 8"],
    ["n\\cdot(n-1)!", "n!"]
  ])("given %j for %j, then it is right", (answer, reference) => {
    assert.strictEqual(grade({ id: "", text: `\\boxed{${answer}}`, reference, mode: "qwen" }).verdict, "correct")
  })

  it.each([
    ["2\\,5", "10"],
    ["~5", "5"],
    ["+", "5"],
    ["1~998", "1998"]
  ])("given %j for %j, then it is wrong", (answer, reference) => {
    assert.strictEqual(grade({ id: "", text: `\\boxed{${answer}}`, reference, mode: "qwen" }).verdict, "incorrect")
  })
})

describe("what Qwen's evaluation takes for the same", () => {
  it.each(right)("given %j for %j, then it is right by the rule %s", (answer, gold, rule) => {
    const { rule: decided, verdict: found } = verdict(answer, gold)
    assert.deepStrictEqual([found, decided], ["correct", `box; ${rule}`])
  })

  it.each(wrong)("given %j for %j, then it is wrong", (answer, gold) => {
    assert.strictEqual(verdict(answer, gold).verdict, "incorrect")
  })

  it("given a choice, then it is the last letter that stands alone in the whole completion", () => {
    const chosen = (text: string) => grade({ id: "a", text, reference: "B", mode: "qwen", dataName: "math500" }).verdict
    assert.strictEqual(chosen("A or B? \\boxed{\\text{the second}} B"), "correct")
    assert.strictEqual(chosen("B or A? \\boxed{\\text{the first}} A"), "incorrect")
  })

  it("given a reference that is nothing once units are gone, then so is every answer without a choice's letter", () => {
    assert.strictEqual(verdict("\\textbf{west}", "\\text{east}").verdict, "correct")
    assert.strictEqual(verdict("B", "\\text{east}").verdict, "incorrect")
  })

  it("given a benchmark whose units are kept, then they make a difference", () => {
    assert.strictEqual(verdict("5 cm", "5").verdict, "correct")
    assert.strictEqual(verdict("5 cm", "5", "minerva_math").verdict, "incorrect")
  })

  it("given an answer that changes when it is rewritten once more, then the reference is not, and it is refused", () => {
    assert.strictEqual(verdict("x \\in [-2,7]", "x \\in [-2,7]").verdict, "incorrect")
  })

  it("given nothing to find, then there is no answer", () => {
    const { extracted, verdict: found } = grade({ id: "a", text: "nothing", reference: "5", mode: "qwen" })
    assert.deepStrictEqual([found, extracted], ["no-answer", null])
  })
})
