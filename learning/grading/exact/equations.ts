/**
 * Equations and inequalities that say the same.
 */
import { equality } from "../expression/equal.ts"
import { valueAt } from "../expression/evaluate.ts"
import { children, type Expression, hasSymbol, type Relation } from "../expression/tree.ts"
import { isSameValue, isSharp, isUsable, over, size } from "../expression/value.ts"
import type { Steps } from "../steps.ts"
import type { Answer } from "./answer.ts"
import type { Sameness } from "./same.ts"

type RelationAnswer = Extract<Answer, { readonly kind: "relation" }>

const turned: Readonly<Record<Relation, Relation>> = {
  "=": "=",
  "!=": "!=",
  "<": ">",
  ">": "<",
  "<=": ">=",
  ">=": "<="
}

const difference = ({ left, right }: RelationAnswer): Expression | null =>
  left.kind === "value" && right.kind === "value"
    ? { kind: "sum", parts: [left.expression, { kind: "negative", of: right.expression }] }
    : null

/** One difference of sides is a number times the other: the number, where it is real and not 0. */
const factorBetween = (a: Expression, b: Expression, steps: Steps): number | null => {
  let factor: ReturnType<typeof over> | null = null
  let told = 0
  for (let point = 0; point < 5; point++) {
    const ratio = over(valueAt(a, point, steps), valueAt(b, point, steps))
    if (!isUsable(ratio) || !isSharp(ratio)) continue
    if (factor !== null && !isSameValue(factor, ratio)) return null
    factor = ratio
    told += 1
  }
  if (factor === null || told < 3 || size(factor) <= factor.error) return null
  return Math.abs(factor.im) <= 32 * factor.error ? factor.re : null
}

/** Null where the two are no such relations, or the sides are no values. */
export const isSameEquation = (
  answer: RelationAnswer,
  reference: RelationAnswer,
  same: (a: Answer, b: Answer) => Sameness,
  steps: Steps
): Sameness | null => {
  const isAligned = answer.relation === reference.relation
  const isTurned = answer.relation === turned[reference.relation]
  const pairs = (a: Answer, b: Answer, c: Answer, d: Answer): boolean =>
    typeof same(a, b) === "object" && typeof same(c, d) === "object"
  if (isAligned && pairs(answer.left, reference.left, answer.right, reference.right)) return { rule: "equation" }
  if (isTurned && pairs(answer.left, reference.right, answer.right, reference.left)) return { rule: "equation" }
  const [a, b] = [difference(answer), difference(reference)]
  const factor = a === null || b === null ? null : factorBetween(a, b, steps)
  if (factor === null) return null
  const isSame = factor > 0 ? isAligned : isTurned
  return isSame ? { rule: "equation: the same up to a factor" } : null
}

const symbolsIn = (expression: Expression, found: Set<string> = new Set()): ReadonlySet<string> => {
  if (expression.kind === "symbol") found.add(expression.name)
  for (const child of children(expression)) symbolsIn(child, found)
  return found
}

const trigonometric: ReadonlySet<string> = new Set(["sin", "cos", "tan", "cot", "sec", "csc"])

/**
 * Whether an equation says what something that was asked for is worth: `a + b = 8`, `\sin x = 1/2`, `2 + 10 = 12`. One
 * that still has to be solved for its unknown (`2x = 10`) does not, and what is not true says nothing.
 */
export const isTrueOf = ({ left, relation, right }: RelationAnswer, steps: Steps): boolean => {
  if (relation !== "=" || right.kind !== "value" || hasSymbol(right.expression)) return false
  if (left.kind !== "value") return left.kind === "unreadable" && /^(?:\\?[A-Za-z|]|\ue000)/.test(left.text)
  if (!hasSymbol(left.expression)) return equality(left.expression, right.expression, steps) === "equal"
  const isFunction = left.expression.kind === "call" && trigonometric.has(left.expression.name)
  return isFunction || symbolsIn(left.expression).size > 1
}
