/**
 * Is an answer the reference? Both are read; what they are decides which rule does.
 */
import { equality } from "../expression/equal.ts"
import { type Expression, has } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"
import type { Answer } from "./answer.ts"
import { approximation, beginning } from "./decimals.ts"
import { isSameEquation } from "./equations.ts"
import { intervalOf } from "./read.ts"

/** The rule by which it is, false, or "unknown" where a value could not be computed. */
export type Sameness = { readonly rule: string } | "different" | "unknown"

type Value = Extract<Answer, { readonly kind: "value" }>

const hundredth = (of: Expression): Expression => ({
  kind: "quotient",
  above: of,
  below: { kind: "number", value: { numerator: 100n, denominator: 1n }, places: null }
})

const isInfinity = (one: Expression): boolean =>
  one.kind === "negative" ? isInfinity(one.of) : one.kind === "constant" && one.name === "infinity"

/** Infinity is a name, not a value: infinity plus 1 is not the answer where infinity is. */
const isPastInfinity = (one: Expression): boolean => !isInfinity(one) && has(one, isInfinity)

const sameExpression = (answer: Expression, reference: Expression, steps: Steps): Sameness => {
  if (isPastInfinity(answer) || isPastInfinity(reference)) return "different"
  const found = equality(answer, reference, steps)
  if (found === "equal") return { rule: nameOf(answer, reference) }
  const rule = approximation(answer, reference, steps)
  return rule === null ? found : { rule }
}

const nameOf = (a: Expression, b: Expression): string => {
  if (a.kind === "number" && b.kind === "number") return a.places === null && b.places === null ? "integer" : "decimal"
  const isSimple = (one: Expression): boolean =>
    one.kind === "number" ||
    (one.kind === "negative" && isSimple(one.of)) ||
    (one.kind === "quotient" && isSimple(one.above) && isSimple(one.below))
  return isSimple(a) && isSimple(b) ? "fraction" : "expression"
}

/** A percent sign on one side only: the number as it stands, or its hundredth. */
const sameValue = (answer: Value, reference: Value, steps: Steps): Sameness => {
  if (answer.unit !== "" && reference.unit !== "" && answer.unit !== reference.unit) return "different"
  const [cut, whole] = answer.isCut ? [answer, reference] : [reference, answer]
  const begun = cut.isCut ? beginning(cut.expression, whole.expression, steps) : null
  if (begun !== null) return { rule: begun }
  const plainly = sameExpression(answer.expression, reference.expression, steps)
  if (plainly !== "different" || answer.isPercent === reference.isPercent) return plainly
  const [a, b] = [
    answer.isPercent ? hundredth(answer.expression) : answer.expression,
    reference.isPercent ? hundredth(reference.expression) : reference.expression
  ]
  return equality(a, b, steps) === "equal" ? { rule: "percent" } : "different"
}

const inOrder = (
  answers: ReadonlyArray<Answer>,
  references: ReadonlyArray<Answer>,
  rule: string,
  steps: Steps
): Sameness => {
  if (answers.length !== references.length) return "different"
  let isUnknown = false
  for (const [at, answer] of answers.entries()) {
    const found = sameness(answer, references[at], steps)
    if (found === "different") return "different"
    if (found === "unknown") isUnknown = true
  }
  return isUnknown ? "unknown" : { rule }
}

/** Each answer has a reference of its own. */
const inAnyOrder = (
  answers: ReadonlyArray<Answer>,
  references: ReadonlyArray<Answer>,
  rule: string,
  steps: Steps
): Sameness => {
  if (answers.length !== references.length) return "different"
  const left = [...references]
  for (const answer of answers) {
    const at = left.findIndex((reference) => typeof sameness(answer, reference, steps) === "object")
    if (at < 0) return "different"
    left.splice(at, 1)
  }
  return { rule }
}

/** What stands on the other side of a name: `x = 5`, `f(x) = 5`, `(x, y) = (1, 2)`, `area = 5`. */
const definedBy = (answer: Answer): Answer | null => {
  if (answer.kind !== "relation" || answer.relation !== "=") return null
  if (isName(answer.left)) return answer.right
  return isName(answer.right) ? answer.left : null
}

const isName = (answer: Answer): boolean => {
  if (answer.kind === "words") return true
  if (answer.kind === "tuple") return answer.parts.every(isName)
  if (answer.kind !== "value") return false
  const { expression } = answer
  return expression.kind === "symbol" || expression.kind === "call" || isWordLike(expression)
}

/** Letters side by side may be a word. */
const isWordLike = (expression: Expression): boolean =>
  expression.kind === "product" && expression.parts.every(({ kind }) => kind === "symbol" || kind === "constant")

const column = (answer: Answer): ReadonlyArray<Answer> | null => {
  if (answer.kind !== "matrix") return null
  if (answer.rows.every((row) => row.length === 1)) return answer.rows.map(([cell]) => cell)
  return answer.rows.length === 1 ? answer.rows[0] : null
}

const isChoice = (text: string): boolean => /^[a-h]$/.test(text)

/** `b`, `(b) 12`, `the correct option is b`. */
const letterIn = (words: string): string | undefined =>
  /^\(?([a-h])\)?(?:[):.].*)?$/.exec(words)?.[1] ?? /\b(?:option|choice|answer)(?: is)? \(?([a-h])\)?$/.exec(words)?.[1]

const lettered = (answer: Answer): string | null => {
  if (answer.kind === "words") return letterIn(answer.text) ?? answer.text
  if (answer.kind !== "value") return null
  const letter = /^\(?\s*([A-Ha-h])\s*\)?$/.exec(answer.text)?.[1]
  return letter === undefined ? null : letter.toLowerCase()
}

const sameWords = (answer: Answer, reference: Answer): Sameness => {
  const [a, b] = [spelling(answer), spelling(reference)]
  if (a !== "" && a === b) return { rule: "words" }
  const [x, y] = [lettered(answer), lettered(reference)]
  return x !== null && y !== null && isChoice(y) && x === y ? { rule: "choice" } : "different"
}

const spelling = (answer: Answer): string => {
  if (answer.kind === "words") return answer.text
  return answer.kind === "value" || answer.kind === "unreadable"
    ? answer.text.toLowerCase().replace(/[{}()\s"“”]/g, "")
    : ""
}

const sameMatrix = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  if (answer.kind === "matrix" && reference.kind === "matrix") {
    if (answer.rows.length !== reference.rows.length) return "different"
    if (answer.rows.some((row, at) => row.length !== reference.rows[at].length)) return "different"
    return inOrder(answer.rows.flat(), reference.rows.flat(), "matrix", steps)
  }
  const [a, b] = [column(answer) ?? tupleParts(answer), column(reference) ?? tupleParts(reference)]
  return a === null || b === null ? "different" : inOrder(a, b, "matrix as tuple", steps)
}

const tupleParts = (answer: Answer): ReadonlyArray<Answer> | null =>
  answer.kind === "tuple" && answer.open === "(" && answer.close === ")" ? answer.parts : null

const sameTuple = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  if (answer.kind === "tuple" && reference.kind === "tuple") {
    const isSameType = answer.open === reference.open && answer.close === reference.close
    return isSameType ? inOrder(answer.parts, reference.parts, "tuple", steps) : "different"
  }
  const [a, b] = [partsInOrder(answer), partsInOrder(reference)]
  return a === null || b === null ? "different" : inOrder(a, b, "tuple without brackets", steps)
}

const partsInOrder = (answer: Answer): ReadonlyArray<Answer> | null =>
  answer.kind === "several" && !answer.isSet ? answer.parts : tupleParts(answer)

const sameSeveral = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  const [a, b] = [answer, reference].map((one) => (one.kind === "several" ? one.parts.flatMap(flattened) : [one]))
  const isSet = (answer.kind === "several" && answer.isSet) || (reference.kind === "several" && reference.isSet)
  return inAnyOrder(a, b, isSet ? "set" : "list", steps)
}

/** `x = ±1` within a list is two of its values. */
const flattened = (answer: Answer): ReadonlyArray<Answer> => {
  if (answer.kind === "several" && !answer.isSet) return answer.parts.flatMap(flattened)
  const defined = definedBy(answer)
  return defined !== null && defined.kind === "several" ? flattened(defined) : [answer]
}

const sameRelation = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  if (answer.kind === "relation" && reference.kind === "relation") {
    const found = isSameEquation(answer, reference, (a, b) => sameness(a, b, steps), steps)
    if (found !== null) return found
  }
  const [a, b] = [intervalOf(answer), intervalOf(reference)]
  if ((a !== null || b !== null) && (a === null) !== (b === null)) return sameness(a ?? answer, b ?? reference, steps)
  if (a !== null && b !== null) return sameness(a, b, steps)
  const [x, y] = [definedBy(answer), definedBy(reference)]
  if (x !== null && reference.kind !== "relation") return sameness(x, reference, steps)
  if (y !== null && answer.kind !== "relation") return sameness(answer, y, steps)
  return "different"
}

export const sameness = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  steps.take(1)
  const kinds = [answer.kind, reference.kind]
  if (answer.kind === "value" && reference.kind === "value") {
    const found = sameValue(answer, reference, steps)
    return typeof found === "object" ? found : fallBack(answer, reference, found)
  }
  if (answer.kind === "unreadable" && reference.kind === "unreadable")
    return answer.text === reference.text ? { rule: "string" } : "different"
  if (kinds.includes("relation")) return sameRelation(answer, reference, steps)
  if (kinds.includes("matrix")) return sameMatrix(answer, reference, steps)
  if (kinds.includes("union"))
    return answer.kind === "union" && reference.kind === "union"
      ? inAnyOrder(answer.parts, reference.parts, "union", steps)
      : "different"
  if (kinds.includes("tuple")) return sameTuple(answer, reference, steps)
  if (kinds.includes("several")) return sameSeveral(answer, reference, steps)
  return sameWords(answer, reference)
}

const fallBack = (answer: Answer, reference: Answer, otherwise: "different" | "unknown"): Sameness => {
  const isOneLetter = /^[A-Ha-h]$/.test(spelling(reference))
  const words = isOneLetter ? sameWords(answer, reference) : "different"
  return typeof words === "object" ? words : otherwise
}
