/**
 * Intervals, and what else says the same: inequalities, two that hold at once, numbers that are left out.
 */
import { realValue } from "../expression/equal.ts"
import type { Expression } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"
import type { Answer } from "./answer.ts"

type Relation = Extract<Answer, { readonly kind: "relation" }>
type Interval = Extract<Answer, { readonly kind: "tuple" }>

const infinite = (sign: "" | "-"): Answer => {
  const expression: Expression = { kind: "constant", name: "infinity" }
  const value: Expression = sign === "-" ? { kind: "negative", of: expression } : expression
  return { kind: "value", text: `${sign}\\infty`, expression: value, isPercent: false, isCut: false, unit: "" }
}

export const interval = (open: string, low: Answer, high: Answer, close: string): Interval => ({
  kind: "tuple",
  open,
  close,
  parts: [low, high]
})

export const allNumbers: Interval = interval("(", infinite("-"), infinite(""), ")")

const isName = (one: Answer): boolean => one.kind === "value" && one.expression.kind === "symbol"

/** `|x|` of a name. */
const isDistance = (one: Answer): boolean =>
  one.kind === "value" &&
  one.expression.kind === "call" &&
  one.expression.name === "abs" &&
  one.expression.parts[0]?.kind === "symbol"

const negated = (one: Answer): Answer =>
  one.kind === "value" ? { ...one, text: `-${one.text}`, expression: { kind: "negative", of: one.expression } } : one

/** `x > 2` and `|x| > 2` as intervals, where one side is a name; null where neither is. */
export const intervalOf = (answer: Answer): Answer | null => {
  if (answer.kind !== "relation" || answer.relation === "=" || answer.relation === "!=") return null
  const isLeft = isName(answer.left) || isDistance(answer.left)
  const [name, bound] = isLeft ? [answer.left, answer.right] : [answer.right, answer.left]
  const isAbove = (answer.relation === ">" || answer.relation === ">=") === isLeft
  const [open, close] = answer.relation === "<" || answer.relation === ">" ? ["(", ")"] : ["[", "]"]
  const above = interval(open, bound, infinite(""), ")")
  if (isName(name)) return isAbove ? above : interval("(", infinite("-"), bound, close)
  if (!isDistance(name) || bound.kind !== "value") return null
  if (!isAbove) return interval(open, negated(bound), bound, close)
  return { kind: "union", parts: [interval("(", infinite("-"), negated(bound), close), above] }
}

const isInterval = (one: Answer | null): one is Interval => one?.kind === "tuple" && one.parts.length === 2

const isInfinite = (one: Answer): boolean => one.kind === "value" && one.text.endsWith("\\infty")

/** `x > 2` and `x < 5` at once; null where no number is both. */
export const atOnce = (a: Answer, b: Answer, steps: Steps): Answer | null => {
  if (a.kind !== "relation" || b.kind !== "relation" || a.relation === "=" || b.relation === "=") return null
  const [one, other] = [intervalOf(a), intervalOf(b)]
  if (!isInterval(one) || !isInterval(other)) return null
  const [above, below] = isInfinite(one.parts[1]) ? [one, other] : [other, one]
  const isBounded = isInfinite(above.parts[1]) && isInfinite(below.parts[0]) && !isInfinite(below.parts[1])
  const [low, high] = [above.parts[0], below.parts[1]].map((one) =>
    one.kind === "value" ? realValue(one.expression, steps) : null
  )
  if (low !== null && high !== null && low > high) return null
  return isBounded && !isInfinite(above.parts[0])
    ? interval(above.open, above.parts[0], below.parts[1], below.close)
    : null
}

/** An interval without some numbers inside it: the intervals between them. Null where they cannot be put in order. */
export const without = (whole: Answer, holes: ReadonlyArray<Answer>, steps: Steps): Answer | null => {
  if (!isInterval(whole) || holes.length === 0) return null
  const [low, high] = whole.parts
  const ordered: Array<{ readonly at: number; readonly hole: Answer }> = []
  for (const hole of holes) {
    const at = hole.kind === "value" ? realValue(hole.expression, steps) : null
    if (at === null) return null
    ordered.push({ at, hole })
  }
  ordered.sort((a, b) => a.at - b.at)
  const edges = [low, ...ordered.map(({ hole }) => hole), high]
  const parts = edges
    .slice(1)
    .map((edge, at) =>
      interval(at === 0 ? whole.open : "(", edges[at], edge, at === edges.length - 2 ? whole.close : ")")
    )
  return { kind: "union", parts }
}

/** `x \ne 2`: every number but that. */
export const allBut = ({ left, relation, right }: Relation, steps: Steps): Answer | null =>
  relation === "!=" && isName(left) ? without(allNumbers, [right], steps) : null
