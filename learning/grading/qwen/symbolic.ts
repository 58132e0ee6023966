/**
 * How Qwen's evaluation reads expressions and compares their values.
 *
 * It asks three readers in turn: one of LaTeX that takes what it can from the front and leaves the rest (so `1,2` is 1),
 * to which π, e and i are symbols; one of plain lines, whose tuples and sets are values; one of LaTeX as a whole.
 */
import { type Dialect, explicit, strict, symbolic } from "../expression/dialect.ts"
import { equality, realValue } from "../expression/equal.ts"
import { parse } from "../expression/parse.ts"
import type { Expression } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"
import { isClose } from "./compare.ts"

type Reading =
  | { readonly kind: "expression"; readonly expression: Expression }
  | { readonly kind: "tuple" | "list" | "set"; readonly parts: ReadonlyArray<Expression> }
  | { readonly kind: "text"; readonly text: string }

const shapes = { "(": ["tuple", ")"], "[": ["list", "]"], "{": ["set", "}"] } as const

const literal = (text: string, steps: Steps): Reading | null => {
  const line = text.trim()
  const open = line[0]
  if (open !== "(" && open !== "[" && open !== "{") return null
  const [kind, close] = shapes[open]
  if (!line.endsWith(close)) return null
  const inner = line.slice(1, -1)
  if (/[()[\]{}]/.test(inner) || !inner.includes(",")) return null
  const parts: Array<Expression> = []
  for (const part of inner.split(",")) {
    const read = parse(part, explicit, steps)
    if (read === null) return null
    parts.push(read.expression)
  }
  return { kind, parts }
}

const inDialect = (text: string, dialect: Dialect, steps: Steps): Reading | null => {
  const singly = text.replaceAll("\\\\", "\\")
  const read = parse(singly, dialect, steps) ?? (singly === text ? null : parse(text, dialect, steps))
  return read === null ? null : { kind: "expression", expression: read.expression }
}

/** Text in quotes is text without them. */
const quoted = (text: string): Reading | null =>
  /^(?:"[^"\\]*"|'[^'\\]*')$/.test(text) ? { kind: "text", text: text.slice(1, -1) } : null

const read = (text: string, steps: Steps): Reading =>
  inDialect(text, symbolic, steps) ??
  inDialect(text, explicit, steps) ??
  quoted(text) ??
  literal(text, steps) ??
  inDialect(text, strict, steps) ?? { kind: "text", text }

const isSame = (a: Expression, b: Expression, steps: Steps): boolean => equality(a, b, steps) === "equal"

const sameParts = (
  kind: "tuple" | "list" | "set",
  a: ReadonlyArray<Expression>,
  b: ReadonlyArray<Expression>,
  steps: Steps
): boolean => {
  if (kind !== "set") return a.length === b.length && a.every((part, at) => isSame(part, b[at], steps))
  const isIn = (parts: ReadonlyArray<Expression>) => (part: Expression) => parts.some((one) => isSame(one, part, steps))
  return a.every(isIn(b)) && b.every(isIn(a))
}

const sameRelation = (a: Expression, b: Expression, steps: Steps): boolean => {
  if (a.kind !== "relation" || b.kind !== "relation") return false
  const opposite: Expression = { kind: "relation", relation: b.relation, left: b.right, right: b.left }
  return isSame(a, b, steps) || isSame(a, opposite, steps)
}

const expressionRule = (a: Expression, b: Expression, steps: Steps): string | null => {
  const isEquation = a.kind === "relation"
  if (isEquation !== (b.kind === "relation")) return null
  if (isEquation) return sameRelation(a, b, steps) ? "relation: its direction ignored" : null
  if (isSame(a, b, steps)) return "expression"
  const [x, y] = [realValue(a, steps), realValue(b, steps)]
  return x !== null && y !== null && isClose(x, y) ? "value: relative tolerance" : null
}

/** How a text or a single name is spelled. */
const spelled = (reading: Reading): string | null => {
  if (reading.kind === "text") return reading.text
  if (reading.kind !== "expression") return null
  const { expression } = reading
  return expression.kind === "symbol" ? expression.name : null
}

/** The rule by which two texts are the same as expressions, or null. */
export const symbolicRule = (answer: string, reference: string, steps: Steps): string | null => {
  const [a, b] = [read(answer, steps), read(reference, steps)]
  const [x, y] = [spelled(a), spelled(b)]
  if (a.kind === "text" || b.kind === "text") return x !== null && x === y ? "string: quotes ignored" : null
  if (a.kind === "expression" || b.kind === "expression")
    return a.kind === "expression" && b.kind === "expression" ? expressionRule(a.expression, b.expression, steps) : null
  return a.kind === b.kind && sameParts(a.kind, a.parts, b.parts, steps) ? `${a.kind}s of a line` : null
}
