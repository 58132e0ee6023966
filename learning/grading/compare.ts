/**
 * Is this answer the reference? By rules with names: the same text, or simple numerics of exactly the same value.
 *
 * Numbers are ratios of BigInts, never floating point, and nothing is evaluated. Every pattern below is anchored and
 * reads a character at most once; the length limit is the whole budget, so a verdict depends on no clock.
 */

/** Longer answers are compared as text only, and where that does not settle it the grader gives up. */
export const answerLimit = 1_000

export type Comparison =
  | { readonly verdict: "correct"; readonly rule: "string" | "integer" | "decimal" | "fraction" }
  | { readonly verdict: "incorrect"; readonly rule: "different" }
  | { readonly verdict: "unknown"; readonly rule: string }

interface Numeric {
  readonly kind: "integer" | "decimal" | "fraction"
  readonly numerator: bigint
  /** Positive. */
  readonly denominator: bigint
}

const integerForm = /^[+-]?\d+$/
const decimalForm = /^([+-]?)(\d*)\.(\d*)$/
const slashForm = /^([+-]?\d+) ?\/ ?([+-]?\d+)$/
const latexForm = /^([+-]?) ?\\[dt]?frac ?\{ ?([+-]?\d+) ?\} ?\{ ?([+-]?\d+) ?\}$/

/** BigInt reads a minus but no plus. */
const integer = (digits: string): bigint => BigInt(digits.startsWith("+") ? digits.slice(1) : digits)

const fraction = (sign: string, above: string, below: string): Numeric | null => {
  const [numerator, denominator] = [integer(above), integer(below)]
  if (denominator === 0n) return null
  const isNegative = (sign === "-") !== denominator < 0n
  return {
    kind: "fraction",
    numerator: isNegative ? -numerator : numerator,
    denominator: denominator < 0n ? -denominator : denominator
  }
}

const decimal = (sign: string, whole: string, part: string): Numeric | null => {
  if (whole === "" && part === "") return null
  const digits = BigInt(whole + part)
  return { kind: "decimal", numerator: sign === "-" ? -digits : digits, denominator: 10n ** BigInt(part.length) }
}

/** The number a text writes: `-12`, `0.50`, `.5`, `1/2`, `-\frac{1}{2}`; null for anything else. */
const numeric = (text: string): Numeric | null => {
  if (integerForm.test(text)) return { kind: "integer", numerator: integer(text), denominator: 1n }
  const inDecimal = decimalForm.exec(text)
  if (inDecimal !== null) return decimal(inDecimal[1], inDecimal[2], inDecimal[3])
  const inSlash = slashForm.exec(text)
  if (inSlash !== null) return fraction("", inSlash[1], inSlash[2])
  const inLatex = latexForm.exec(text)
  return inLatex === null ? null : fraction(inLatex[1], inLatex[2], inLatex[3])
}

/** Runs of white space become one space: `1 2` is never `12`. */
const tidy = (text: string): string => text.trim().replace(/\s+/g, " ")

const kindOf = (left: Numeric, right: Numeric): Numeric["kind"] => {
  if (left.kind === "fraction" || right.kind === "fraction") return "fraction"
  return left.kind === "integer" && right.kind === "integer" ? "integer" : "decimal"
}

/** Compares an answer with its reference. An empty answer is never right. */
export const compare = (answer: string, reference: string): Comparison => {
  const [given, wanted] = [tidy(answer), tidy(reference)]
  if (given === "") return { verdict: "incorrect", rule: "different" }
  if (given === wanted) return { verdict: "correct", rule: "string" }
  if (given.length > answerLimit || wanted.length > answerLimit) {
    return { verdict: "unknown", rule: `gave up: longer than ${answerLimit} characters` }
  }
  const [left, right] = [numeric(given), numeric(wanted)]
  if (left === null || right === null) return { verdict: "incorrect", rule: "different" }
  const isEqual = left.numerator * right.denominator === right.numerator * left.denominator
  return isEqual ? { verdict: "correct", rule: kindOf(left, right) } : { verdict: "incorrect", rule: "different" }
}
