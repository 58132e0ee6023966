/**
 * DeepScaleR's training reward compares twice: by the text rules of MATH, then part by part as arithmetic.
 *
 * It refuses on purpose what is not reduced (rule "unreduced fraction") and, where the reference is a whole number,
 * whatever is not written as one.
 */
import { loose } from "../expression/dialect.ts"
import { equality } from "../expression/equal.ts"
import { parse } from "../expression/parse.ts"
import type { Steps } from "../steps.ts"
import { isWholeNumber, normalise, withoutThousands } from "./normalise.ts"
import { strip } from "./strip.ts"

const brackets = "()[]"
const hasBracket = (text: string): boolean => [...brackets].some((bracket) => text.includes(bracket))

const partsOf = (text: string): ReadonlyArray<string> => {
  const plain = withoutThousands(text)
  if (plain === "") return []
  const isTuple =
    plain.length > 2 &&
    brackets.includes(plain[0]) &&
    brackets.includes(plain[plain.length - 1]) &&
    !hasBracket(plain.slice(1, -1))
  return isTuple
    ? plain
        .slice(1, -1)
        .split(",")
        .map((part) => part.trim())
    : [plain]
}

const isFraction = (text: string): boolean => /^-?[0-9]+.?\/0*[1-9][0-9]*.?$/.test(text)

/** Rule "too complicated": more than two letters, powers in groups, of two digits, or of powers are not calculated. */
const isSimple = (line: string): boolean => {
  const letters = line.replaceAll("sqrt", "").replaceAll("frac", "").match(/\p{L}/gu) ?? []
  if (new Set(letters).size > 2 || line.includes("^{") || line.includes("^(")) return false
  return !/\^[0-9][0-9]/.test(line) && !/\^[0-9]\^/.test(line)
}

const isSameArithmetic = (answer: string, reference: string, steps: Steps): boolean => {
  if (!isSimple(`(${reference})-(${answer})`)) return false
  const [a, b] = [parse(answer, loose, steps), parse(reference, loose, steps)]
  if (a === null || b === null) return false
  if (a.expression.kind === "relation" || b.expression.kind === "relation") return false
  return equality(a.expression, b.expression, steps) === "equal"
}

const isSamePart = (answer: string, reference: string, steps: Steps): boolean => {
  if (isFraction(answer) && isFraction(reference)) return answer === reference
  return isWholeNumber(answer) === isWholeNumber(reference) && isSameArithmetic(answer, reference, steps)
}

export interface Comparison {
  readonly answer: string
  readonly reference: string
  /** The rule by which the answer is right, or null. */
  readonly rule: string | null
}

export const compare = (answer: string, reference: string, steps: Steps): Comparison => {
  steps.take(8 * (answer.length + reference.length))
  const stripped = { answer: strip(answer), reference: strip(reference) }
  if (stripped.answer === stripped.reference) return { ...stripped, rule: "string by the rules of MATH" }
  const sides = { answer: normalise(answer), reference: normalise(reference) }
  if (sides.answer === sides.reference) return { ...sides, rule: "string" }
  if (sides.answer === "") return { ...sides, rule: null }
  const [given, wanted] = [partsOf(sides.answer), partsOf(sides.reference)]
  const isOther =
    wanted.length !== given.length ||
    (wanted.length > 1 && (sides.reference[0] !== sides.answer[0] || sides.reference.at(-1) !== sides.answer.at(-1)))
  const isRight = !isOther && wanted.every((part, at) => isSamePart(given[at], part, steps))
  return { ...sides, rule: isRight ? (wanted.length > 1 ? "parts of a tuple" : "arithmetic") : null }
}
