import { assert, describe, it } from "@effect/vitest"
import { answerLimit, compare } from "./compare.ts"

type Same = readonly [answer: string, reference: string, rule: string]
type Different = readonly [answer: string, reference: string]

const numbers: ReadonlyArray<Same> = [
  ["39", "39", "string"],
  [" 39\n", "39", "string"],
  ["x  +\t1", "x + 1", "string"],
  ["039", "39", "integer"],
  ["+39", "39", "integer"],
  ["-0", "0", "integer"],
  ["1,000", "1000", "integer"],
  ["1 000", "1000", "integer"],
  ["11,\\!090", "11090", "string"],
  ["1{,}000", "1000", "integer"],
  ["18\\,108", "18108", "integer"],
  ["x = 58,500", "58500", "integer"],
  ["\\text{x + 5}", "5+x", "expression"],
  ["1e3", "1000", "decimal"],
  ["123456789012345678901234567890", "+123456789012345678901234567890", "integer"],
  ["39.0", "39", "decimal"],
  ["39.", "39", "string"],
  [".5", "0.50", "decimal"],
  ["0.5", "1/2", "fraction"],
  ["1 / 2", "1/2", "string"],
  ["2/4", "1/2", "fraction"],
  ["-1/2", "1/-2", "fraction"],
  ["\\frac12", "1/2", "fraction"],
  ["\\dfrac{2}{4}", "\\tfrac{1}{2}", "fraction"],
  ["\\cfrac{1}{2}", "\\frac{1}{2}", "string"],
  ["{1 \\over 2}", "\\frac{1}{2}", "fraction"],
  ["-\\frac{-1}{2}", "0.5", "fraction"],
  ["22\\frac{1}{2}", "22.5", "expression"],
  ["22 1/2", "22.5", "expression"],
  ["1.7 \\times 10^{4}", "1.70e4", "expression"],
  ["507+3", "510", "expression"],
  ["5!", "120", "expression"],
  ["\\binom{5}{2}", "10", "expression"]
]

const meanings: ReadonlyArray<Same> = [
  ["(x+1)^2", "x^2+2x+1", "expression"],
  ["\\frac{1}{\\sqrt2}", "\\frac{\\sqrt{2}}{2}", "expression"],
  ["3√13", "3\\sqrt{13}", "expression"],
  ["sqrt(2)", "\\sqrt{2}", "expression"],
  ["\\sin^2 x+\\cos^2 x", "1", "expression"],
  ["e^{i\\pi}", "-1", "expression"],
  ["\\tan^{-1}(1)", "\\pi/4", "expression"],
  ["1,2", "2,1", "list"],
  ["2 \\text{ or } 1", "1,2", "list"],
  ["2; 1", "1,2", "list"],
  ["x=1, x=2", "1,2", "list"],
  ["1 \\pm \\sqrt{2}", "1+\\sqrt2, 1-\\sqrt2", "list"],
  ["\\{1,2\\}", "2,1", "set"],
  ["\\emptyset", "\\{\\}", "set"],
  ["7,140", "140, 7", "list"],
  ["((1,2))", "(1,2)", "tuple"],
  ["(1,2) \\text{ units}", "(1,2)", "tuple"],
  ["(1, 2)", "1,2", "tuple without brackets"],
  ["(0.5, 1)", "(\\frac12,1)", "tuple"],
  ["]3,4]", "(3,4]", "tuple"],
  ["3 < x \\le 4", "(3,4]", "tuple"],
  ["4 \\ge x > 3", "(3,4]", "tuple"],
  ["\\{x \\mid 3 < x \\le 4\\}", "(3,4]", "tuple"],
  ["x \\in (3,4]", "(3,4]", "tuple"],
  ["x > 2", "(2,\\infty)", "tuple"],
  ["x \\le 2", "(-\\infty,2]", "tuple"],
  ["\\mathbb{R}", "(-\\infty,\\infty)", "tuple"],
  ["(3,4) \\cup (1,2)", "(1,2) \\cup (3,4)", "union"],
  ["\\begin{bmatrix}1\\\\2\\end{bmatrix}", "\\begin{pmatrix} 1 \\\\ 2 \\\\ \\end{pmatrix}", "matrix"],
  ["(1,2)", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "matrix as tuple"],
  ["x = 5", "5", "integer"],
  ["f(n) = 2n+7", "7+2 n", "expression"],
  ["(x,y)=(1,2)", "(1,2)", "tuple"],
  ["z = f(z)", "f(z) = z", "equation"],
  ["y = 2x+1", "4x-2y+2=0", "equation: the same up to a factor"],
  ["-x > 1", "x < -1", "equation: the same up to a factor"],
  ["\\frac{14}{3} \\approx 4.667", "\\frac{14}{3}", "fraction"]
]

const words: ReadonlyArray<Same> = [
  ["\\text{ Evelyn }", "\\text{Evelyn}", "string"],
  ["evelyn", "\\text{Evelyn}", "words"],
  ['"east"', "\\text{east}", "words"],
  ["\\textbf{(B)}", "\\text{(B)}", "string"],
  ["B", "\\text{(B)}", "words"],
  ["\\text{(B) 12}", "B", "choice"],
  ["The correct option is B", "\\text{(B)}", "choice"],
  ["8 \\text{ cm}", "8", "integer"],
  ["8 cm", "8", "integer"],
  ["1.6 \\mathrm{~m/s}", "1.6", "decimal"],
  ["6 \\times 10^{-3} \\mathrm{~J}", "0.006", "expression"],
  ["65°", "65", "string"],
  ["65^{\\circ}", "65", "string"],
  ["\\$0.49", "0.49", "string"],
  ["50\\%", "0.5", "percent"],
  ["50\\%", "50", "integer"]
]

const decimals: ReadonlyArray<Same> = [
  ["361.01444", "3.61e2", "decimal: rounds to the reference"],
  ["0.33333", "\\frac13", "decimal of the exact value"],
  ["1.41421", "\\sqrt2", "decimal of the exact value"],
  ["\\sqrt2", "1.414", "exact value of the decimal"],
  ["1.333\\ldots", "\\frac43", "decimal with dots"]
]

const different: ReadonlyArray<Different> = [
  ["38", "39"],
  ["-39", "39"],
  ["3 9", "39"],
  ["(7,140)", "7140"],
  ["x", "39"],
  ["", "39"],
  ["", ""],
  [".", "0"],
  ["10000000000000000000000", "10000000000000000000001"],
  ["2^{100}+1", "2^{100}"],
  ["0.1", "0.1000000000000000055511151231257827"],
  ["0x10", "16"],
  ["constructor", "39"],
  ["3900", "39"],
  ["0.39", "39"],
  ["(x+1)^2", "(x+1)^3"],
  ["\\sqrt{x^2}", "x"],
  ["\\sqrt[3]{5}", "\\sqrt{5}"],
  ["5 \\text{ or } 6", "5"],
  ["[1,2]", "(1,2)"],
  ["(1,2)", "(1,2]"],
  ["x<2", "x>2"],
  ["x \\le 2", "x<2"],
  ["x > 2", "(-\\infty, 2)"],
  ["x > 2", "x > 3"],
  ["(2,1)", "(1,2)"],
  ["1,2,2", "1,2"],
  ["1", "1,2"],
  ["\\pm 5", "5"],
  ["(5,\\infty+1)", "(5,\\infty)"],
  ["\\begin{pmatrix}2\\\\1\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"],
  ["y = 2x", "y = 3x"],
  ["9_8", "9"],
  ["120'", "120"],
  ["3 \\text{ cm}", "3 \\text{ m}"],
  ["\\text{easts}", "\\text{east}"],
  ["\\text{not B}", "\\text{(B)}"],
  ["A", "\\text{(B)}"],
  ["0.33", "\\frac13"],
  ["6.3", "2\\sqrt{10}"],
  ["0.42", "\\frac{27}{64}"],
  ["50.0025", "50.0"],
  ["10.14", "10.1"],
  ["29", "28.71"],
  ["1.4\\ldots", "\\sqrt2"],
  ["\\sqrt2", "1.4"],
  ["1.3335\\ldots", "\\frac43"]
]

describe("compare", () => {
  it.each([...numbers, ...meanings, ...words, ...decimals])(
    "given %j for %j, then it is right by the rule %s",
    (answer, reference, rule) => {
      const { rule: decided, verdict } = compare(answer, reference)
      assert.deepStrictEqual({ verdict, rule: decided }, { verdict: "correct", rule })
    }
  )

  it.each([...numbers, ...meanings])(
    "given %j and %j the other way round, then they are the same",
    (answer, reference) => {
      assert.strictEqual(compare(reference, answer).verdict, "correct")
    }
  )

  it.each(different)("given %j for %j, then it is wrong", (answer, reference) => {
    const { rule, verdict } = compare(answer, reference)
    assert.deepStrictEqual({ verdict, rule }, { verdict: "incorrect", rule: "different" })
  })

  it("given two texts, then it says how both were written for the comparison", () => {
    assert.deepStrictEqual(compare("$\\dfrac12$ \\text{ cm}", "0.5").compared, {
      answer: "\\frac {1}{2}  cm",
      reference: "0.5"
    })
  })

  it("given answers at the limit of length, then they are still compared by value", () => {
    const nines = "9".repeat(answerLimit)
    assert.strictEqual(compare(nines, `+${nines.slice(1)}`).verdict, "incorrect")
    assert.strictEqual(compare(`0${nines.slice(1)}`, nines.slice(1)).verdict, "correct")
  })

  it("given a longer one, then the same text is right and anything else is given up, whichever is long", () => {
    const long = "9".repeat(answerLimit + 1)
    const gaveUp = { verdict: "unknown", rule: "gave up: longer than 1000 characters" }
    assert.strictEqual(compare(long, long).verdict, "correct")
    assert.deepStrictEqual(compare(long, "9"), gaveUp)
    assert.deepStrictEqual(compare("9", long), gaveUp)
  })

  it("given a megabyte of spaces or signs, then a verdict all the same", () => {
    const megabyte = (unit: string) => unit.repeat(1_000_000)
    assert.strictEqual(compare(`${megabyte(" ")}39${megabyte("\n")}`, "39").verdict, "correct")
    assert.strictEqual(compare(`1${megabyte(" ")}2`, "1 2").verdict, "correct")
    assert.strictEqual(compare(megabyte("-"), "39").verdict, "unknown")
  })

  it.each(["9^{9^{9^{9}}}", "1000000!", "2^{1000000}-1", "\\sin(10^{400})"])(
    "given %s for 1, then the grader gives up and says why",
    (answer) => {
      assert.deepStrictEqual(compare(answer, "1"), {
        verdict: "unknown",
        rule: "gave up: no value could be computed"
      })
    }
  )
})
