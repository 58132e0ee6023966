/**
 * Tokens to an expression, by recursive descent. What cannot be read is null, never an error.
 *
 * Looser to tighter: relations; + and −; written products and quotients; signs; things side by side; powers.
 */
import type { Steps } from "../steps.ts"
import { atomOf, isFractionBar, startsAtom } from "./atom.ts"
import type { Dialect } from "./dialect.ts"
import { numberOf, symbolOf } from "./leaf.ts"
import { Reader } from "./reader.ts"
import { tokensOf } from "./tokens.ts"
import { children, type Expression, type Relation } from "./tree.ts"

const relationMarks: Readonly<Record<string, Relation>> = { "=": "=", "<": "<", ">": ">" }
const relationCommands: Readonly<Record<string, Relation>> = {
  ne: "!=",
  neq: "!=",
  le: "<=",
  leq: "<=",
  leqslant: "<=",
  lt: "<",
  ge: ">=",
  geq: ">=",
  geqslant: ">=",
  gt: ">"
}

const relationHere = (reader: Reader): Relation | undefined => {
  const token = reader.here()
  if (token?.kind === "mark") return relationMarks[token.text]
  return token?.kind === "command" ? relationCommands[token.text] : undefined
}

/** Relations of relations (`a < b < c`) cannot be read: what they mean is for the caller to say. */
export const relation = (reader: Reader): Expression | null => {
  const left = additive(reader)
  if (left === null) return null
  const kind = relationHere(reader)
  if (kind === undefined) return left
  reader.next()
  const right = additive(reader)
  if (right === null || relationHere(reader) !== undefined) return null
  return { kind: "relation", relation: kind, left, right }
}

/** What was read before something that cannot be: a reader that stops early leaves the rest. */
const soFar = (reader: Reader, found: Expression): Expression | null => (reader.dialect.stopsEarly ? found : null)

export const additive = (reader: Reader): Expression | null => {
  const first = product(reader, true)
  if (first === null) return null
  const parts = [first]
  while (reader.isMark("+") || reader.isMark("-")) {
    const isMinus = reader.isMark("-")
    reader.next()
    const part = product(reader, true)
    if (part === null) return soFar(reader, parts.length === 1 ? first : { kind: "sum", parts })
    parts.push(isMinus ? { kind: "negative", of: part } : part)
  }
  const sum: Expression = parts.length === 1 ? first : { kind: "sum", parts }
  if (reader.isCommand("choose") && reader.dialect.isFuller === true) return chosenFrom(reader, sum)
  return isFractionBar(reader) ? overAll(reader, sum) : sum
}

/** `{n \choose 2}`. */
const chosenFrom = (reader: Reader, above: Expression): Expression | null => {
  reader.next()
  const below = additive(reader)
  return below === null ? null : { kind: "call", name: "binomial", parts: [above, below] }
}

/** `{1 \over 2}`: what stands before it in the group is above, all that follows below. */
const overAll = (reader: Reader, above: Expression): Expression | null => {
  reader.next()
  const below = additive(reader)
  return below === null ? null : { kind: "quotient", above, below }
}

const isTimes = (reader: Reader): boolean =>
  reader.isMark("*") || reader.isCommand("times") || reader.isCommand("cdot") || reader.isCommand("ast")

const isOver = (reader: Reader): boolean =>
  reader.isMark("/") || reader.isCommand("div") || (reader.dialect.syntax === "latex" && reader.isMark(":"))

/** On a line an unwritten product is one like any other: `2/7x` is two sevenths of x. */
const isUnwrittenTimes = (reader: Reader): boolean =>
  reader.dialect.syntax === "line" && reader.dialect.juxtaposes && startsAtom(reader, true)

/** @param withFunctions whether a function may stand side by side with what is before it; not in a bare argument. */
export const product = (reader: Reader, withFunctions: boolean): Expression | null => {
  let total = signed(reader, withFunctions)
  while (total !== null && (isTimes(reader) || isOver(reader) || isUnwrittenTimes(reader))) {
    const isQuotient = isOver(reader)
    if (isQuotient || isTimes(reader)) reader.next()
    const next = signed(reader, withFunctions)
    if (next === null) return soFar(reader, total)
    total = isQuotient
      ? { kind: "quotient", above: total, below: next }
      : { kind: "product", parts: total.kind === "product" ? [...total.parts, next] : [total, next] }
  }
  return total
}

const signed = (reader: Reader, withFunctions: boolean): Expression | null => {
  let isNegative = false
  while (reader.isMark("+") || reader.isMark("-")) {
    if (reader.isMark("-")) isNegative = !isNegative
    reader.next()
  }
  const of = sideBySide(reader, withFunctions)
  return of === null || !isNegative ? of : { kind: "negative", of }
}

const sideBySide = (reader: Reader, withFunctions: boolean): Expression | null => {
  const first = powered(reader)
  if (first === null) return null
  const parts = [first]
  while (reader.dialect.syntax === "latex" && reader.dialect.juxtaposes && startsAtom(reader, withFunctions)) {
    const next = powered(reader)
    if (next === null) return soFar(reader, parts.length === 1 ? first : { kind: "product", parts })
    parts.push(next)
  }
  return parts.length === 1 ? first : { kind: "product", parts }
}

const afterwards = (reader: Reader, base: Expression): Expression => {
  let result = base
  while (reader.isMark("!") && !reader.isMark("=", 1)) {
    reader.next()
    result = { kind: "call", name: "factorial", parts: [result] }
  }
  return result
}

/** LaTeX would read `x^10` as x to the 1, times 0; what is meant is 10. */
const exponentOf = (reader: Reader): Expression | null => {
  if (reader.dialect.syntax === "line") return reader.further(() => signed(reader, true))
  if (reader.isMark("{")) return reader.inside("{", "}", additive)
  if (reader.dialect.isFuller === true && (reader.isMark("(") || reader.isMark("-"))) return bareExponent(reader)
  const token = reader.here()
  if (token?.kind === "number") return numberOf(reader)
  const isGroup = token?.kind === "command" && (token.text === "frac" || token.text === "sqrt")
  return isGroup ? atomOf(reader) : symbolOf(reader)
}

/** `10^-3`, `10^(-3)`. */
const bareExponent = (reader: Reader): Expression | null => {
  if (reader.isMark("(")) return reader.inside("(", ")", additive)
  reader.next()
  const of = numberOf(reader)
  return of === null ? null : { kind: "negative", of }
}

const powered = (reader: Reader): Expression | null => {
  const first = atomOf(reader)
  if (first === null) return null
  let base = afterwards(reader, first)
  while (reader.isMark("^")) {
    reader.next()
    const exponent = exponentOf(reader)
    if (exponent === null) return soFar(reader, base)
    base = afterwards(reader, { kind: "power", base, exponent })
    if (reader.dialect.syntax === "line") return base
  }
  return base
}

export interface Parsed {
  readonly expression: Expression
  /** Whether the whole text was read. */
  readonly isWhole: boolean
}

/** Longer texts are no expressions: trees of them could be deeper than any stack. */
const lengthLimit = 2000
const depthLimit = 200

/** Whether a tree is shallow enough to be walked by recursion. */
const isShallow = (expression: Expression): boolean => {
  let level: ReadonlyArray<Expression> = [expression]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > depthLimit) return false
    level = level.flatMap(children)
  }
  return true
}

/** What a text says in a dialect, or null. */
export const parse = (text: string, dialect: Dialect, steps: Steps): Parsed | null => {
  if (text.length > lengthLimit) return null
  const reader = new Reader(tokensOf(text, dialect, steps), dialect, steps)
  const expression = relation(reader)
  if (expression === null || !isShallow(expression)) return null
  const rest = reader.here()
  if (rest === undefined) return { expression, isWhole: true }
  return dialect.stopsEarly && rest.kind !== "bad" ? { expression, isWhole: false } : null
}
