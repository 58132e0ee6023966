/**
 * Do two expressions have the same value, whatever their symbols stand for?
 *
 * Fractions are compared exactly. Everything else is compared at fixed points of the complex plane, each value with the
 * bound of its own rounding: expressions that agree at all of them are equal.
 */
import type { Steps } from "../steps.ts"
import { fractionOf, valueAt } from "./evaluate.ts"
import { isSame } from "./rational.ts"
import { type Expression, hasSymbol } from "./tree.ts"
import { isInfinite, isSameValue, isSharp, isUsable, type Value } from "./value.ts"

/** "unknown" where no point could tell: too large, undefined everywhere, or too much lost to rounding. */
export type Equality = "equal" | "different" | "unknown"

const points = 5
/** Of the points, how many have to tell. */
const quorum = 3

export const equality = (a: Expression, b: Expression, steps: Steps): Equality => {
  const left = fractionOf(a, steps)
  const right = left === null ? null : fractionOf(b, steps)
  if (left !== null && right !== null) return isSame(left, right) ? "equal" : "different"
  const isConstant = !hasSymbol(a) && !hasSymbol(b)
  let told = 0
  for (let point = 0; point < (isConstant ? 1 : points); point++) {
    const here = valueAt(a, point, steps)
    const there = valueAt(b, point, steps)
    if (!isUsable(here) || !isUsable(there)) continue
    if (!isSameValue(here, there)) return "different"
    if (isSharp(here) && isSharp(there)) told += 1
  }
  return told >= (isConstant ? 1 : quorum) ? "equal" : "unknown"
}

/** The value of an expression without symbols where it is a real number, finite or not. */
export const realValue = (expression: Expression, steps: Steps): number | null => {
  if (hasSymbol(expression)) return null
  const value: Value = valueAt(expression, 0, steps)
  if (!isUsable(value)) return null
  if (isInfinite(value)) return value.re
  return Math.abs(value.im) <= 16 * value.error ? value.re : null
}
