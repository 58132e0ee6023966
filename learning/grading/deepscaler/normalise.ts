/**
 * The rewriting before the second of DeepScaleR's comparisons, as a row of named rules in their order.
 */
import { pythonFloat } from "../python-float.ts"
import { unwrapped } from "./strip.ts"
import { textOfLatex } from "./text-of-latex.ts"

/** Rule "units anywhere": these letters go wherever they stand, with a plural and a power. */
const units = "degree cm centimeter meter mile second minute hour day week month year foot feet inch yard"
  .split(" ")
  .map((unit) => new RegExp(`${unit}(?:es)?s? *(?:\\^[0-9]+)?`, "g"))

const isWhole = (value: number): boolean => Number.isFinite(value) && Math.abs(value - Math.round(value)) <= 1e-7

/** Commas between a digit and three more that no digit follows. */
export const withoutThousands = (text: string): string => {
  let left = text
  for (;;) {
    const next = left.replace(/(\d),(\d\d\d)(?=$|\D)/g, "$1$2")
    if (next === left) return left
    left = next
  }
}

export const isWholeNumber = (text: string): boolean => {
  const value = pythonFloat(withoutThousands(text))
  return value !== null && isWhole(value)
}

const integerText = (value: number): string => (Number.isFinite(value) ? BigInt(value).toString() : String(value))

const roundedWhole = (text: string): string => {
  const value = pythonFloat(text)
  return value !== null && isWhole(value) ? integerText(Math.round(value)) : text
}

/** Digits, spaces and digits are a sum: `7 3/4`. */
const withMixedNumbers = (text: string): string => text.replace(/([0-9]) +([0-9])/g, "$1+$2")

const replaced = (text: string, pairs: ReadonlyArray<readonly [string, string]>): string =>
  pairs.reduce((left, [from, to]) => left.replaceAll(from, to), text)

const words = [
  ["\\%", "%"],
  ["\\$", "$"],
  ["$", ""],
  ["%", ""],
  [" or ", " , "],
  [" and ", " , "],
  ["million", "*10^6"],
  ["billion", "*10^9"],
  ["trillion", "*10^12"]
] as const

/** Signs are spelled out only where there is LaTeX beside them. */
const signs = [
  ["√", "sqrt"],
  ["π", "pi"],
  ["∞", "inf"],
  ["∪", "U"],
  ["·", "*"],
  ["×", "*"]
] as const

export const normalise = (answer: string): string => {
  const named = replaced(unwrapped(answer), words)
  const bare = units.reduce((left, unit) => left.replace(unit, ""), named).replace(/\^ *\\circ/g, "")
  const opened = bare.startsWith("{") && bare.endsWith("}") ? bare.slice(1, -1) : bare
  const joined = roundedWhole(opened.replace(/,\\! */g, ""))
  const plain = joined.includes("\\") ? replaced(textOfLatex(joined) ?? joined, signs) : joined
  const summed = withMixedNumbers(plain.replace(/- */g, "-"))
  const lower = replaced(summed, [
    [" ", ""],
    ["{", ""],
    ["}", ""]
  ]).toLowerCase()
  if (!isWholeNumber(lower)) return lower
  return integerText(Math.trunc(pythonFloat(lower.replaceAll(",", "")) ?? NaN))
}
