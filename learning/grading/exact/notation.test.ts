/**
 * Ways of writing an answer, each with a wrong neighbour: what `exact` reads, and what it still tells apart.
 */
import { assert, describe, it } from "@effect/vitest"
import { compare } from "../compare.ts"

type Case = readonly [reference: string, right: string, wrong: string]

const layout: ReadonlyArray<Case> = [
  ["5", "\\color{red}5", "\\color{red}6"],
  ["5", "\\textcolor{blue}{5}", "\\textcolor{blue}{6}"],
  ["5", "\\underline{\\Large 5}", "\\underline{\\Large 6}"],
  ["5", "\\therefore 5", "\\therefore 6"],
  ["5", "**5**", "**6**"],
  ["5", "5 \\tag{1}", "6 \\tag{1}"],
  ["5", "\\left. 5 \\right.", "\\left. 6 \\right."],
  ["5", "\\begin{align*}x&=5\\end{align*}", "\\begin{align*}x&=6\\end{align*}"],
  ["5", "５", "６"],
  ["x^{-5}", "x⁻⁵", "x⁵"],
  ["x_1", "x₁", "x₂"],
  ["2\\theta", "2θ", "2φ"],
  ["\\frac23", "⅔", "⅓"],
  ["\\frac12", "1⁄2", "1⁄3"],
  ["\\frac12", "\\sfrac{1}{2}", "\\sfrac{1}{3}"],
  ["|x-1|", "\\lvert x-1\\rvert", "x-1"],
  ["(1,2)", "\\langle 1,2\\rangle", "\\langle 2,1\\rangle"]
]

const numbers: ReadonlyArray<Case> = [
  ["\\frac16", "0.1\\overline{6}", "0.1\\overline{7}"],
  ["\\frac4{33}", "0.\\bar{12}", "0.\\bar{21}"],
  ["\\frac17", "0.\\dot{1}4285\\dot{7}", "0.\\dot{1}4285\\dot{6}"],
  ["0.\\overline{3}", "0.(3)", "0.3"],
  ["\\frac4{11}", "0.3636...", "0.3646..."],
  ["1.5e-3", "1.5 × 10^-3", "1.5 × 10^3"],
  ["1.5e-3", "1.5*10^(-3)", "1.5*10^(-2)"],
  ["2.75e11", "2.75\\mathrm{e}11", "2.75\\mathrm{e}12"],
  ["5000000", "5 million", "5 billion"],
  ["2", "\\text{two}", "\\text{three}"],
  ["17", "17_{10}", "17_{8}"],
  ["12_8", "12 \\text{ (base 8)}", "12 \\text{ (base 9)}"],
  ["-2", "\\sqrt[3]{-8}", "\\sqrt[3]{8}"],
  ["3:4", "3 \\text{ to } 4", "4 \\text{ to } 3"],
  ["1:2:3", "2:4:6", "1:3:2"],
  ["3", "3 \\pmod 7", "4 \\pmod 7"],
  ["x \\equiv 3 \\pmod 7", "10 \\pmod{7}", "3 \\pmod{5}"],
  ["0.5", "50\\%\\text{ increase}", "5\\%\\text{ increase}"]
]

const expressions: ReadonlyArray<Case> = [
  ["\\frac12", "\\sin 30^\\circ", "\\sin 30"],
  ["\\sin x", "\\operatorname{sin} x", "\\operatorname{cos} x"],
  ["\\tan x", "\\mathrm{tg}\\, x", "\\mathrm{ctg}\\, x"],
  ["2", "\\log 100", "\\log 10"],
  ["3", "\\log_28", "\\log_29"],
  ["7\\pi", "\\pi(7)", "\\pi(8)"],
  ["3+4i", "3+4\\mathrm{i}", "3-4\\mathrm{i}"],
  ["6", "\\gcd(12,18)", "\\gcd(12,8)"],
  ["12", "\\operatorname{lcm}(4,6)", "\\operatorname{lcm}(4,5)"],
  ["\\max(a,b)", "\\max\\{b,a\\}", "\\min\\{b,a\\}"],
  ["n!", "n \\cdot (n-1)!", "n \\cdot (n+1)!"],
  ["{n \\choose 2}", "\\frac{n(n-1)}{2}", "\\frac{n(n+1)}{2}"],
  ["\\binom{n}{k}", "\\binom{n}{n-k}", "\\binom{n}{k+1}"]
]

const kinds: ReadonlyArray<Case> = [
  ["1,2", "x=1 \\lor x=2", "x=1 \\lor x=3"],
  ["1,2", "\\{1\\}\\cup\\{2\\}", "\\{1\\}\\cup\\{3\\}"],
  ["(2,5)", "x>2 \\text{ and } x<5", "x>2 \\text{ or } x<5"],
  ["(-\\infty,-1)\\cup(1,\\infty)", "x<-1 \\text{ or } x>1", "x \\le -1 \\text{ or } x>1"],
  ["(-\\infty,-1)\\cup(1,\\infty)", "|x|>1", "|x|<1"],
  ["[-3,3]", "|x| \\le 3", "|x|<3"],
  ["(-\\infty,3)\\cup(3,\\infty)", "\\mathbb{R}\\setminus\\{3\\}", "\\mathbb{R}\\setminus\\{2\\}"],
  ["(-\\infty,1)\\cup(1,3)\\cup(3,\\infty)", "\\mathbb{R}\\setminus\\{3,1\\}", "\\mathbb{R}\\setminus\\{3\\}"],
  ["(-\\infty,0]\\cup[2,\\infty)", "x \\le 0, x \\ge 2", "x \\ge 0, x \\le 2"],
  ["(-\\infty,0)\\cup(0,\\infty)", "x \\ne 0", "x \\ne 1"],
  ["\\mathbb{R}", "\\text{all real numbers}", "\\text{no solution}"],
  ["\\emptyset", "\\text{no solution}", "\\text{all real numbers}"],
  [
    "\\begin{pmatrix}2&0\\\\0&2\\end{pmatrix}",
    "2\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}",
    "\\begin{pmatrix}1&0\\\\0&1\\end{pmatrix}"
  ],
  ["\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}", "[[1,2],[3,4]]", "[[1,3],[2,4]]"],
  [
    "\\begin{pmatrix}1\\\\2\\end{pmatrix}",
    "\\begin{pmatrix}1\\\\[2pt]2\\end{pmatrix}",
    "\\begin{vmatrix}1\\\\2\\end{vmatrix}"
  ],
  [
    "\\begin{cases}x&x>0\\\\-x&x\\le0\\end{cases}",
    "\\begin{cases}x,&\\text{if }x>0\\\\-x,&\\text{if }x\\le0\\end{cases}",
    "\\begin{cases}x&x>0\\\\x&x\\le0\\end{cases}"
  ],
  ["f(x)=x^2", "y=x^2", "y=x^3"],
  ["f(x)=x", "f(x) = x \\text{ for all } x", "f(x) = 2x \\text{ for all } x"],
  ["8", "a+b = 8", "2x = 8"],
  ["12", "2+10=12", "2+11=12"],
  ["0.3", "P(X=2) = 0.3", "P(X=2) = 0.4"],
  ["\\frac12", "\\frac24 = \\frac12", "\\frac14 = \\frac12"],
  ["94.5", "x \\approx 94.5", "x \\approx 94.6"],
  ["x-1", "f^{-1}(x) = x-1", "f^{-1}(x) = x+1"]
]

const words: ReadonlyArray<Case> = [
  ["5", "\\text{The answer is } 5", "\\text{It is not } 5"],
  ["(1,2)", "P(1,2)", "P(2,1)"],
  ["5", "5\\ \\mathrm{m\\,s^{-1}}", "6\\ \\mathrm{m\\,s^{-1}}"],
  ["5", "5 \\frac{\\text{m}}{\\text{s}}", "\\frac{5\\text{m}}{2\\text{s}}"],
  ["5", "5\\,\\mathrm{k}\\Omega", "6\\,\\mathrm{k}\\Omega"],
  ["5 \\text{ hours}", "5 \\text{ hrs}", "5 \\text{ min}"],
  ["5 \\text{ cubic feet}", "5 \\text{ ft}^3", "5 \\text{ ft}^2"],
  ["5", "5 pairs", "5 not"],
  ["12", "\\text{12 cm}", "\\text{13 cm}"],
  ["\\text{ellipse}", "\\text{an ellipse}", "\\text{a circle}"],
  ["\\text{10:30 a.m.}", "10:30 \\text{ AM}", "10:30 \\text{ PM}"],
  ["\\text{Alice, Bob}", "\\text{Bob and Alice}", "\\text{Alice and Tom}"],
  ["\\text{A, C}", "\\text{C and A}", "\\text{C and B}"],
  ["A", "\\textbf{(A)}\\ 12", "\\textbf{(B)}\\ 12"],
  ["C", "C. 12", "\\text{(C)s}"]
]

describe("ways of writing an answer", () => {
  const cases = [...layout, ...numbers, ...expressions, ...kinds, ...words]

  it.each(cases)("given %j for %j, then it is right", (reference, right) => {
    assert.strictEqual(compare(right, reference).verdict, "correct", right)
  })

  it.each(cases)("given the neighbour of an answer for %j, then it is not right", (reference, _, wrong) => {
    assert.notStrictEqual(compare(wrong, reference).verdict, "correct", wrong)
  })

  it("given a matrix of nothing, a ratio of nothing or a residue of nothing, then a verdict all the same", () => {
    for (const text of ["\\begin{pmatrix}\\end{pmatrix}", "::", "\\pmod{}", "\\setminus", "0.\\overline{}", "\\max()"])
      assert.notStrictEqual(compare(text, "1").verdict, "correct", text)
  })
})
