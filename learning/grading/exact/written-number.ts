/**
 * Numbers the way people write them: `1,000`, `1 000`, `3.2e-5`, `22 1/2`.
 */
import { numberFrom } from "../expression/leaf.ts"
import type { Expression } from "../expression/tree.ts"

const plain = /^([+-]?) ?(\d+(?:\.\d*)?|\.\d+)(?:[eE]([+-]?\d{1,4}))?$/
const grouped = /^[+-]? ?\d{1,3}(?:,\d\d\d)+(?:\.\d*)?$/
const spaced = /^[+-]? ?\d{1,3}(?: \d\d\d)+(?:\.\d*)?$/

const negative = (of: Expression): Expression =>
  of.kind === "number" ? { ...of, value: { ...of.value, numerator: -of.value.numerator } } : { kind: "negative", of }

/** A text that is one number and nothing else, or null. */
export const numberText = (text: string): Expression | null => {
  const isGrouped = grouped.test(text)
  const digits = isGrouped ? text.replaceAll(",", "") : spaced.test(text) ? text.replaceAll(" ", "") : text
  const found = plain.exec(digits)
  if (found === null) return null
  const [, sign, mantissa, exponent] = found
  const number = numberFrom(exponent === undefined ? mantissa : `${mantissa}e${exponent}`)
  return number === null ? null : sign === "-" ? negative(number) : number
}

/** Outside brackets `58,500` is one number; within, it may be a pair. */
export const withoutThousands = (text: string): string =>
  /^(?:[([]|\\\{)/.test(text)
    ? text
    : text.replace(/(?<![\d,.])\d{1,3}(?:,\d\d\d)+(?![\d,])/g, (number) => number.replaceAll(",", ""))

/** Exponents, groups of thousands and mixed numbers inside an expression, spelled out for the parser. */
export const withSpelledNumbers = (text: string): string =>
  text
    .replace(/(\d)(?:[eE]| E)([+-]?\d{1,4})(?![\w.])/g, "$1\\times 10^{$2}")
    .replace(/(?<![\d.,_])(\d{1,3})(?:,\d\d\d)+(?![\d])/g, (number) => number.replaceAll(",", ""))
    .replace(/(?<![\d.,_])(\d{1,3})(?: \d\d\d)+(?![\d])/g, (number) => number.replaceAll(" ", ""))
    .replace(
      /(?<![\d._^{}\w)\]])(\d{1,6}) ?\\frac ?(\{ ?\d{1,6} ?\} ?\{ ?\d{1,6} ?\}|\d ?\d)(?![\d.])/g,
      "($1+\\frac $2)"
    )
    .replace(/(?<![\d./_^{}\w)\]])(\d{1,6}) (\d{1,6})\/(\d{1,6})(?![\d./])/g, "($1+$2/$3)")
    .replace(/(\d)\.(?!\d)/g, "$1")
