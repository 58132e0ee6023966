/**
 * Is an answer the reference? Both are read; what they are decides which rule does.
 */
import { equality } from "../expression/equal.ts"
import { type Expression, has } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"
import type { Answer } from "./answer.ts"
import { approximation, beginning } from "./decimals.ts"
import { isSameEquation, isTrueOf } from "./equations.ts"
import { allBut, intervalOf } from "./intervals.ts"
import { isSameRatio, isSameResidue } from "./proportions.ts"
import { sameListedNames, sameWords, spelling } from "./same-words.ts"

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
  if (answer.kind === "words" || isApplied(answer)) return true
  if (answer.kind === "tuple") return answer.parts.every(isName)
  if (answer.kind !== "value") return false
  const { expression } = answer
  return expression.kind === "symbol" || expression.kind === "call" || isWordLike(expression)
}

/** `f^{-1}(x)`, and a function of what cannot be read: `P(X = 2)`. */
const isApplied = (answer: Answer): boolean =>
  (answer.kind === "value" && /^[A-Za-z] ?\^ ?\{ ?-1 ?\} ?\([^()]*\)$/.test(answer.text)) ||
  (answer.kind === "unreadable" && /^(?:\\?[A-Za-z]+|\\[a-z]+\{[A-Z]\})\(.*\)$/.test(answer.text))

/** Letters side by side may be a word. */
const isWordLike = (expression: Expression): boolean =>
  expression.kind === "product" && expression.parts.every(({ kind }) => kind === "symbol" || kind === "constant")

const column = (answer: Answer): ReadonlyArray<Answer> | null => {
  if (answer.kind !== "matrix") return null
  if (answer.rows.every((row) => row.length === 1)) return answer.rows.map(([cell]) => cell)
  return answer.rows.length === 1 ? answer.rows[0] : null
}

/** The rows of a matrix, or of lists within a list: `[[1, 2], [3, 4]]`. */
const rowsOf = (answer: Answer): ReadonlyArray<ReadonlyArray<Answer>> | null => {
  if (answer.kind === "matrix") return answer.rows
  if (answer.kind !== "tuple") return null
  const rows = answer.parts.flatMap((part) => (part.kind === "tuple" ? [part.parts] : []))
  return rows.length === answer.parts.length ? rows : null
}

const sameMatrix = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  const [some, others] = [rowsOf(answer), rowsOf(reference)]
  if (some !== null && others !== null) {
    if (some.length !== others.length) return "different"
    if (some.some((row, at) => row.length !== others[at].length)) return "different"
    return inOrder(some.flat(), others.flat(), "matrix", steps)
  }
  const [a, b] = [column(answer) ?? tupleParts(answer), column(reference) ?? tupleParts(reference)]
  return a === null || b === null ? "different" : inOrder(a, b, "matrix as tuple", steps)
}

const tupleParts = (answer: Answer): ReadonlyArray<Answer> | null =>
  answer.kind === "tuple" && answer.open === "(" && answer.close === ")" ? answer.parts : null

/** Unions, and inequalities of which one or the other holds. */
const sameUnion = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  const [a, b] = [partsOfUnion(answer), partsOfUnion(reference)]
  return a === null || b === null ? "different" : inAnyOrder(a, b, "union", steps)
}

const partsOfUnion = (answer: Answer): ReadonlyArray<Answer> | null => {
  if (answer.kind === "union") return answer.parts
  if (answer.kind !== "several" || answer.isSet) return null
  const parts = answer.parts.map((part) => intervalOf(part) ?? part)
  return parts.every(({ kind }) => kind === "tuple") ? parts : null
}

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

/** A relation as the numbers it holds for, where it says so. */
const numbersOf = (answer: Answer, steps: Steps): Answer | null =>
  intervalOf(answer) ?? (answer.kind === "relation" ? allBut(answer, steps) : null)

const sameRelation = (answer: Answer, reference: Answer, steps: Steps): Sameness => {
  if (answer.kind === "relation" && reference.kind === "relation") {
    const found = isSameEquation(answer, reference, (a, b) => sameness(a, b, steps), steps)
    if (found !== null) return found
    const [f, g] = [functionOf(answer), functionOf(reference)]
    if (f !== null && g !== null) return sameness(f, g, steps)
  }
  const [a, b] = [numbersOf(answer, steps), numbersOf(reference, steps)]
  if ((a !== null || b !== null) && (a === null) !== (b === null)) return sameness(a ?? answer, b ?? reference, steps)
  if (a !== null && b !== null) return sameness(a, b, steps)
  const [x, y] = [definedBy(answer), definedBy(reference)]
  if (x !== null && reference.kind !== "relation") return sameness(x, reference, steps)
  if (y !== null && answer.kind !== "relation") return sameness(answer, y, steps)
  const isTrue = answer.kind === "relation" && reference.kind === "value" && isTrueOf(answer, steps)
  return isTrue ? sameness(answer.right, reference, steps) : "different"
}

/** What a function is where the other side only names it: `y = x^2`, `f(x) = x^2`. */
const functionOf = (answer: Answer): Answer | null => {
  if (answer.kind !== "relation" || answer.relation !== "=" || answer.left.kind !== "value") return null
  const { expression } = answer.left
  const isFunction = expression.kind === "call" && expression.parts.every(({ kind }) => kind === "symbol")
  return isFunction || (expression.kind === "symbol" && expression.name === "y") ? answer.right : null
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
  if (answer.kind === "residue" || reference.kind === "residue")
    return isSameResidue(answer, reference, (a, b) => sameness(a, b, steps), steps)
  if (kinds.includes("relation")) return sameRelation(answer, reference, steps)
  if (kinds.includes("matrix")) return sameMatrix(answer, reference, steps)
  if (answer.kind === "ratio" || reference.kind === "ratio") return isSameRatio(answer, reference, steps)
  if (kinds.includes("union")) return sameUnion(answer, reference, steps)
  if (kinds.includes("tuple")) return sameTuple(answer, reference, steps)
  if (kinds.includes("several") && kinds.includes("words")) return sameListedNames(answer, reference)
  if (kinds.includes("several")) return sameSeveral(answer, reference, steps)
  return sameWords(answer, reference)
}

const fallBack = (answer: Answer, reference: Answer, otherwise: "different" | "unknown"): Sameness => {
  const isOneLetter = /^[A-Ha-h]$/.test(spelling(reference))
  const words = isOneLetter ? sameWords(answer, reference) : "different"
  return typeof words === "object" ? words : otherwise
}
