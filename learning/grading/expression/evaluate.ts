/**
 * What an expression is worth: as an exact fraction where it is one, and at fixed points otherwise.
 */
import type { Steps } from "../steps.ts"
import { call, symbolAt } from "./functions.ts"
import type { Rational } from "./rational.ts"
import * as exact from "./rational.ts"
import type { Expression } from "./tree.ts"
import { complex, exponential, infinity, minus, over, plus, power, real, times, type Value } from "./value.ts"

const factorialLimit = 300n

const exactFactorial = (n: Rational): Rational | null => {
  if (n.denominator !== 1n || n.numerator < 0n || n.numerator > factorialLimit) return null
  let product = 1n
  for (let factor = 2n; factor <= n.numerator; factor++) product *= factor
  return exact.integer(product)
}

const exactBinomial = (n: Rational, k: Rational): Rational | null => {
  if (n.denominator !== 1n || k.denominator !== 1n) return null
  if (n.numerator < 0n || k.numerator < 0n || n.numerator > factorialLimit) return null
  if (k.numerator > n.numerator) return exact.integer(0n)
  let product = 1n
  for (let at = 1n; at <= k.numerator; at++) product = (product * (n.numerator - at + 1n)) / at
  return exact.integer(product)
}

const exactFloor = (of: Rational, up: boolean): Rational => {
  const { denominator, numerator } = of
  const cut = numerator / denominator
  const isWhole = cut * denominator === numerator
  if (isWhole) return exact.integer(cut)
  if (up) return exact.integer(numerator > 0n ? cut + 1n : cut)
  return exact.integer(numerator < 0n ? cut - 1n : cut)
}

/** Of odd degree, a negative number has a real root. */
const exactRealRoot = (degree: Rational, of: Rational): Rational | null => {
  if (degree.denominator !== 1n) return null
  const isTurned = of.numerator < 0n && degree.numerator % 2n === 1n
  const root = exact.exactRoot(isTurned ? exact.negate(of) : of, degree.numerator)
  return root !== null && isTurned ? exact.negate(root) : root
}

const exactDivisor = (name: "gcd" | "lcm", parts: ReadonlyArray<Rational>): Rational | null => {
  if (parts.some(({ denominator, numerator }) => denominator !== 1n || numerator <= 0n)) return null
  const found = parts
    .map(({ numerator }) => numerator)
    .reduce((a, b) => {
      const shared = exact.greatestCommonDivisor(a, b)
      return name === "gcd" ? shared : (a / shared) * b
    })
  return exact.integer(found)
}

const exactCall = (name: string, parts: ReadonlyArray<Rational>): Rational | null => {
  const [first, second] = parts
  if (name === "sqrt") return exact.exactRoot(first, 2n)
  if (name === "root" && parts.length === 2)
    return first.denominator === 1n ? exact.exactRoot(second, first.numerator) : null
  if (name === "realroot" && parts.length === 2) return exactRealRoot(first, second)
  if (name === "gcd" || name === "lcm") return exactDivisor(name, parts)
  if (name === "abs") return first.numerator < 0n ? exact.negate(first) : first
  if (name === "floor" || name === "ceil") return exactFloor(first, name === "ceil")
  if (name === "factorial") return exactFactorial(first)
  if (name === "binomial" && parts.length === 2) return exactBinomial(first, second)
  return null
}

const exactPower = (base: Rational, exponent: Rational): Rational | null => {
  const { denominator, numerator } = exact.reduced(exponent)
  if (denominator === 1n) return exact.wholePower(base, numerator)
  const root = exact.exactRoot(base, denominator)
  return root === null ? null : exact.wholePower(root, numerator)
}

const folded = (
  parts: ReadonlyArray<Expression>,
  first: Rational,
  combine: (a: Rational, b: Rational) => Rational | null,
  steps: Steps
): Rational | null => {
  let total: Rational | null = first
  for (const part of parts) {
    const value = fractionOf(part, steps)
    total = value === null || total === null ? null : combine(total, value)
    if (total === null) return null
  }
  return total
}

/** The fraction an expression is, or null where it is none, is not known to be one, or is too large. */
export const fractionOf = (expression: Expression, steps: Steps): Rational | null => {
  steps.take(1)
  switch (expression.kind) {
    case "number":
      return expression.value
    case "sum":
      return folded(expression.parts, exact.integer(0n), exact.add, steps)
    case "product":
      return folded(expression.parts, exact.integer(1n), exact.multiply, steps)
    case "negative": {
      const value = fractionOf(expression.of, steps)
      return value === null ? null : exact.negate(value)
    }
    case "quotient": {
      const above = fractionOf(expression.above, steps)
      const below = above === null ? null : fractionOf(expression.below, steps)
      return above === null || below === null ? null : exact.divide(above, below)
    }
    case "power": {
      const base = fractionOf(expression.base, steps)
      const exponent = base === null ? null : fractionOf(expression.exponent, steps)
      return base === null || exponent === null ? null : exactPower(base, exponent)
    }
    case "call": {
      const parts: Array<Rational> = []
      for (const part of expression.parts) {
        const value = fractionOf(part, steps)
        if (value === null) return null
        parts.push(value)
      }
      return exactCall(expression.name, parts)
    }
    default:
      return null
  }
}

const constantOf = { pi: real(Math.PI), e: real(Math.E), i: complex(0, 1, 0), infinity } as const

/** The value at one of the fixed points. A relation is worth the difference of its sides. */
export const valueAt = (expression: Expression, point: number, steps: Steps): Value => {
  steps.take(1)
  const at = (one: Expression): Value => valueAt(one, point, steps)
  switch (expression.kind) {
    case "number": {
      const float = exact.toFloat(expression.value)
      return Number.isInteger(float) && Math.abs(float) < 2 ** 53 ? { re: float, im: 0, error: 0 } : real(float)
    }
    case "symbol":
      return symbolAt(expression.name, point)
    case "constant":
      return constantOf[expression.name]
    case "sum":
      return expression.parts.map(at).reduce(plus)
    case "product":
      return expression.parts.map(at).reduce(times)
    case "negative":
      return minus(at(expression.of))
    case "quotient":
      return over(at(expression.above), at(expression.below))
    case "power":
      return expression.base.kind === "constant" && expression.base.name === "e"
        ? exponential(at(expression.exponent))
        : power(at(expression.base), at(expression.exponent))
    case "call":
      return call(expression.name, expression.parts.map(at))
    case "relation":
      return plus(at(expression.left), minus(at(expression.right)))
  }
}
