/**
 * Rules of decimals: the only tolerance there is, and only for numbers that are written as decimals.
 */
import { realValue } from "../expression/equal.ts"
import type { Expression } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"

/** A decimal of an exact value has at least so many digits that count. */
const digitsNeeded = 5
const digitsBeforeDots = 3
/** A reference that is a decimal is met by less than this share of it, where the answer rounds to it. */
const share = 4.999e-5

interface Decimal {
  readonly value: number
  /** One unit of its last place. */
  readonly unit: number
  readonly digits: number
}

const decimalOf = (expression: Expression): Decimal | null => {
  if (expression.kind === "negative") {
    const of = decimalOf(expression.of)
    return of === null ? null : { ...of, value: -of.value }
  }
  if (expression.kind !== "number" || expression.places === null) return null
  const value = Number(expression.value.numerator) / Number(expression.value.denominator)
  const unit = 10 ** -expression.places
  if (!Number.isFinite(value) || value === 0) return null
  return { value, unit, digits: Math.floor(Math.log10(Math.abs(value) / unit) + 1e-9) + 1 }
}

const roundsTo = (value: number, { unit, value: target }: Decimal): boolean =>
  Math.abs(value - target) <= 0.5 * unit * (1 + 1e-9)

/** The rule by which a number stands for another that it does not equal, or null. */
export const approximation = (answer: Expression, reference: Expression, steps: Steps): string | null => {
  const [given, wanted] = [decimalOf(answer), decimalOf(reference)]
  if (given !== null && wanted !== null) {
    const isFiner = given.unit < wanted.unit && roundsTo(given.value, wanted)
    const isNear = Math.abs(given.value - wanted.value) <= share * Math.abs(wanted.value)
    return isFiner && isNear ? "decimal: rounds to the reference" : null
  }
  if (given !== null) {
    if (given.digits < digitsNeeded) return null
    const exact = realValue(reference, steps)
    return exact !== null && roundsTo(exact, given) ? "decimal of the exact value" : null
  }
  if (wanted === null || wanted.digits < 3) return null
  const exact = answer.kind === "number" ? null : realValue(answer, steps)
  return exact !== null && roundsTo(exact, wanted) ? "exact value of the decimal" : null
}

/** The rule by which a decimal with dots behind it begins a value, or null. */
export const beginning = (cut: Expression, whole: Expression, steps: Steps): string | null => {
  const [given, exact] = [decimalOf(cut), realValue(whole, steps)]
  const isEnough = given !== null && given.digits >= digitsBeforeDots
  return isEnough && exact !== null && Math.abs(exact - given.value) < given.unit ? "decimal with dots" : null
}
