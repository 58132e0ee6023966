import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../../random/sequence.ts"
import { OutOfSteps, Steps } from "../steps.ts"
import { type Dialect, explicit, loose, ours, strict, symbolic } from "./dialect.ts"
import { equality, realValue } from "./equal.ts"
import { fractionOf } from "./evaluate.ts"
import { parse } from "./parse.ts"
import { exactRoot, integer, rational, reduced, sizeLimit, toFloat, wholePower } from "./rational.ts"
import type { Expression } from "./tree.ts"

const read = (text: string, dialect: Dialect = ours) => parse(text, dialect, new Steps())

const fraction = (text: string, dialect: Dialect = ours): string | null => {
  const parsed = read(text, dialect)
  const value = parsed === null ? null : fractionOf(parsed.expression, new Steps())
  if (value === null) return null
  const { denominator, numerator } = reduced(value)
  return `${numerator}/${denominator}`
}

const same = (a: string, b: string, dialect: Dialect = ours): string => {
  const [left, right] = [read(a, dialect), read(b, dialect)]
  if (left === null || right === null) return "unreadable"
  return equality(left.expression, right.expression, new Steps())
}

describe("parse", () => {
  it.each([
    ["2+3\\cdot 4", "14/1"],
    ["2-3-4", "-5/1"],
    ["12/2/3", "2/1"],
    ["-2^2", "-4/1"],
    ["(-2)^2", "4/1"],
    ["2^{3}", "8/1"],
    ["2^10", "1024/1"],
    ["2^{-3}", "1/8"],
    ["3(4)(5)", "60/1"],
    ["--2", "2/1"],
    ["\\frac{1}{2}\\frac{1}{3}", "1/6"],
    ["\\sqrt{16}", "4/1"],
    ["\\sqrt[3]{27}", "3/1"],
    ["8^{1/3}", "2/1"],
    ["|3-5|", "2/1"],
    ["\\lfloor -3/2 \\rfloor", "-2/1"],
    ["\\lceil 3/2 \\rceil", "2/1"],
    ["3!", "6/1"],
    ["\\binom{4}{2}", "6/1"],
    ["1.25", "5/4"],
    ["7 \\div 2", "7/2"]
  ])("given %s, then it is worth %s", (text, expected) => {
    assert.strictEqual(fraction(text), expected)
  })

  it.each(["", "+", "1+", "(1", "1)", "\\frac{1}", "^2", "1,2", "#", "a<b<c", "\\sqrt", "\\"])(
    "given %j, then it cannot be read",
    (text) => {
      assert.isNull(read(text))
    }
  )

  it("given what a dialect reads from the front, then the rest is left", () => {
    assert.deepInclude(read("1,2", symbolic), { isWhole: false })
    assert.strictEqual(fraction("1,2", symbolic), "1/1")
    assert.strictEqual(fraction("1,234", symbolic), "1234/1")
    assert.isNull(read("1°", symbolic))
    assert.isNull(read("(1,2)", symbolic))
  })

  it("given lines of arithmetic, then products are written out, or not, as the dialect has it", () => {
    assert.strictEqual(fraction("2*3**2", explicit), "18/1")
    assert.strictEqual(fraction("2**-1", explicit), "1/2")
    assert.strictEqual(fraction("2**3**2", explicit), "512/1")
    assert.isNull(read("2(3)", explicit))
    assert.strictEqual(fraction("2(3)", loose), "6/1")
    assert.strictEqual(fraction("6/2(3)", loose), "9/1")
    assert.strictEqual(fraction("2sqrt(9)", loose), "6/1")
  })

  it("given a letter before a parenthesis, then it is a function or a factor, as the dialect has it", () => {
    assert.strictEqual(same("x(y+1)", "xy+x"), "equal")
    assert.strictEqual(same("f(y+1)", "fy+f"), "different")
    assert.strictEqual(same("x(y+1)", "xy+x", symbolic), "different")
    assert.strictEqual(same("x(y+y)", "x(2y)", symbolic), "equal")
  })

  it.each(["(", "{", "\\sqrt{", "\\frac{1}{", "2^{", "\\sin(", "|"])(
    "given %s ten thousand deep, then null",
    (open) => {
      for (const dialect of [ours, symbolic, strict, explicit, loose]) assert.isNull(read(open.repeat(10_000), dialect))
    }
  )

  it.each(["1/", "1!", "x^2", "1+", "2 ", "-"])("given %j five hundred times, then an answer all the same", (unit) => {
    for (const dialect of [ours, symbolic, loose]) read(`${unit.repeat(500)}1`, dialect)
  })
})

describe("equality", () => {
  it.each([
    ["(x+y)^3", "x^3+3x^2y+3xy^2+y^3"],
    ["\\frac{x^2-1}{x-1}", "x+1"],
    ["\\sqrt{2}\\sqrt{3}", "\\sqrt{6}"],
    ["\\sqrt{3+2\\sqrt{2}}", "1+\\sqrt{2}"],
    ["\\sin 2x", "2\\sin x\\cos x"],
    ["\\log_2 8", "3"],
    ["\\ln e^2", "2"],
    ["\\cosh x", "\\frac{e^x+e^{-x}}{2}"],
    ["\\arctan 1", "\\frac{\\pi}{4}"],
    ["(1+i)^2", "2i"],
    ["x_{1}+x_2", "x_2+x_1"],
    ["\\sqrt{2}-\\sqrt{2}", "0"],
    ["10^{300}\\cdot 10^{-300}", "1"]
  ])("given %s and %s, then they are equal", (a, b) => {
    assert.strictEqual(same(a, b), "equal")
    assert.strictEqual(same(b, a), "equal")
  })

  it.each([
    ["\\sqrt{x^2}", "x"],
    ["x_1", "x_2"],
    ["\\pi", "3.14159265358"],
    ["2^{200}", "2^{200}+1"],
    ["\\sqrt{2}", "1.41421356237"],
    ["\\sin x", "\\cos x"],
    ["e^x", "x^e"],
    ["\\infty", "-\\infty"]
  ])("given %s and %s, then they differ", (a, b) => {
    assert.strictEqual(same(a, b), "different")
  })

  it.each([
    ["9^{9^{9^{9}}}", "1"],
    ["\\frac{1}{0}", "1"],
    ["\\infty-\\infty", "0"],
    ["1000!", "1"],
    ["\\sin(10^{30})", "0.1"]
  ])("given %s and %s, then nobody knows", (a, b) => {
    assert.strictEqual(same(a, b), "unknown")
  })

  it("given sums of random terms in another order, then they are equal, and one term more makes them differ", () => {
    const random = sequence(3, 1)
    const term = () => `${random.between(1, 9)}${random.choice(["x", "y^2", "\\sqrt{3}", "\\pi", "\\sin x", ""])}`
    for (let trial = 0; trial < 200; trial++) {
      const terms = Array.from({ length: random.between(2, 6) }, term)
      assert.strictEqual(same(terms.join("+"), [...terms].reverse().join("+")), "equal")
      assert.strictEqual(same(terms.join("+"), [...terms, "x"].join("+")), "different")
    }
  })

  it("given an expression with a symbol, then it has no real value", () => {
    assert.isNull(realValue({ kind: "symbol", name: "x" }, new Steps()))
    assert.strictEqual(realValue({ kind: "constant", name: "pi" }, new Steps()), Math.PI)
  })

  it("given fewer steps than it takes, then it stops, and always at the same place", () => {
    const x: Expression = { kind: "symbol", name: "x" }
    const expression: Expression = { kind: "sum", parts: Array.from({ length: 50 }, () => x) }
    assert.throws(() => equality(expression, expression, new Steps(100)), OutOfSteps)
    assert.strictEqual(equality(expression, expression, new Steps(1000)), "equal")
  })
})

describe("rational", () => {
  it("given a denominator of 0, or parts beyond the bound, then null", () => {
    assert.isNull(rational(1n, 0n))
    assert.isNull(rational(1n << BigInt(sizeLimit + 1), 1n))
    assert.isNotNull(rational(1n << BigInt(sizeLimit + 1), 1n << BigInt(sizeLimit)))
    assert.isNull(wholePower(integer(9n), 1_000_000n))
    assert.isNull(wholePower(integer(0n), -1n))
    assert.deepStrictEqual(wholePower(integer(-1n), 10n ** 30n + 1n), integer(-1n))
  })

  it("given whole powers, then their roots are exact, and those of others are none", () => {
    for (const base of [2n, 3n, 10n, 12345678901234567890n])
      for (const degree of [2n, 3n, 5n]) {
        assert.deepStrictEqual(exactRoot(integer(base ** degree), degree), integer(base))
        assert.isNull(exactRoot(integer(base ** degree + 1n), degree))
      }
    assert.isNull(exactRoot(integer(-8n), 3n))
  })

  it("given parts no float holds, then the nearest float of the fraction", () => {
    assert.strictEqual(toFloat({ numerator: 3n * 10n ** 400n, denominator: 2n * 10n ** 400n }), 1.5)
    assert.strictEqual(toFloat({ numerator: 1n, denominator: 3n }), 1 / 3)
  })
})
