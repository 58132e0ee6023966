/**
 * What a power may stand on: numbers, names, groups, fractions, roots and functions.
 */
import { indexOf, named, nameOf, numberFrom, numberOf } from "./leaf.ts"
import { additive, product } from "./parse.ts"
import type { Reader } from "./reader.ts"
import type { Expression } from "./tree.ts"

const functionNames: Readonly<Record<string, string>> = {
  exp: "exp",
  ln: "ln",
  log: "ln",
  lg: "lg",
  sin: "sin",
  cos: "cos",
  tan: "tan",
  csc: "csc",
  sec: "sec",
  cot: "cot",
  arcsin: "arcsin",
  arccos: "arccos",
  arctan: "arctan",
  arccsc: "arccsc",
  arcsec: "arcsec",
  arccot: "arccot",
  sinh: "sinh",
  cosh: "cosh",
  tanh: "tanh",
  arsinh: "arsinh",
  arcosh: "arcosh",
  artanh: "artanh"
}

const lineFunctions: Readonly<Record<string, string>> = {
  ...functionNames,
  sqrt: "sqrt",
  cbrt: "cbrt",
  abs: "abs",
  Abs: "abs",
  asin: "arcsin",
  acos: "arccos",
  atan: "arctan",
  factorial: "factorial",
  binomial: "binomial",
  floor: "floor",
  ceiling: "ceil"
}

const fractions: ReadonlySet<string> = new Set(["frac", "dfrac", "tfrac"])
const binomials: ReadonlySet<string> = new Set(["binom", "dbinom", "tbinom"])
const usualFunctions = "fghpqFGHPQ"

const openings: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}", "\\{": "\\}" }

/** What closes a group that opens with this; a line has parentheses only. */
const closeOf = (open: string, { dialect }: Reader): string | undefined =>
  dialect.syntax === "latex" || open === "(" ? openings[open] : undefined

const notAtoms: ReadonlySet<string> = new Set(
  "times cdot ast div ne neq le leq leqslant lt ge geq geqslant gt to rightarrow Rightarrow rfloor rceil".split(" ")
)

/** To a reader for whom every command is a letter, `\over` is one too. */
export const isFractionBar = (reader: Reader): boolean =>
  reader.isCommand("over") && reader.dialect.applies === "usual-letters"

const isChoose = (reader: Reader): boolean => reader.isCommand("choose") && reader.dialect.isFuller === true

/** Whether what stands here could be multiplied with what stands before. */
export const startsAtom = (reader: Reader, withFunctions: boolean): boolean => {
  const token = reader.here()
  if (token === undefined) return false
  if (token.kind === "number" || token.kind === "name") return true
  if (token.kind === "mark") return closeOf(token.text, reader) !== undefined
  if (token.kind !== "command" || notAtoms.has(token.text) || isFractionBar(reader) || isChoose(reader)) return false
  return withFunctions || functionNames[token.text] === undefined
}

const ten: Expression = { kind: "number", value: { numerator: 10n, denominator: 1n }, places: null }

const logarithm = (name: string, index: string, argument: Expression): Expression => {
  if (name === "lg") return { kind: "call", name: "log", parts: [ten, argument] }
  if (index === "") return { kind: "call", name, parts: [argument] }
  if (name !== "ln" || index === "_") return { kind: "call", name: `${name}${index}`, parts: [argument] }
  const base = /^_\d{1,9}$/.test(index) ? numberFrom(index.slice(1)) : null
  return { kind: "call", name: "log", parts: [base ?? { kind: "symbol", name: index.slice(1) }, argument] }
}

const exponentHere = (reader: Reader): Expression | null => {
  if (reader.isMark("{")) return reader.inside("{", "}", additive)
  if (reader.here()?.kind !== "number") return atomOf(reader)
  return numberOf(reader)
}

const isMinusOne = (expression: Expression): boolean =>
  expression.kind === "negative" &&
  expression.of.kind === "number" &&
  expression.of.value.numerator === expression.of.value.denominator

const inverted: Readonly<Record<string, string>> = {
  sin: "arcsin",
  cos: "arccos",
  tan: "arctan",
  csc: "arccsc",
  sec: "arcsec",
  cot: "arccot",
  sinh: "arsinh",
  cosh: "arcosh",
  tanh: "artanh"
}

/** `\log_28` is the logarithm of 8: an index without braces is one digit. */
const splitIndex = (index: string): Expression | null => {
  const [base, argument] = /^_\d{2,9}$/.test(index) ? [numberFrom(index[1]), numberFrom(index.slice(2))] : [null, null]
  return base === null || argument === null ? null : { kind: "call", name: "log", parts: [base, argument] }
}

/** `\sin^2 x`, `\log_2 8`, `\sin 2x`: the argument without parentheses goes on up to a sum or another function. */
const applied = (reader: Reader, name: string): Expression | null => {
  reader.next()
  let index = indexOf(reader)
  if (index === null) return null
  let exponent: Expression | null = null
  if (reader.take("^")) {
    exponent = exponentHere(reader)
    if (exponent === null) return null
    if (index === "") index = indexOf(reader)
    if (index === null) return null
  }
  const split = exponent === null && reader.here() === undefined ? splitIndex(index) : null
  if (name === "ln" && split !== null) return split
  const argument = reader.isMark("(") ? reader.inside("(", ")", additive) : bareArgument(reader)
  if (argument === null) return null
  if (exponent !== null && isMinusOne(exponent) && inverted[name] !== undefined)
    return { kind: "call", name: inverted[name], parts: [argument] }
  const call = logarithm(name, index, argument)
  return exponent === null ? call : { kind: "power", base: call, exponent }
}

const bareArgument = (reader: Reader): Expression | null => {
  if (reader.dialect.syntax === "line") return null
  if (reader.isMark("{")) return reader.inside("{", "}", additive)
  return product(reader, false)
}

/** A group in braces, or the one token LaTeX would take: a digit, a letter, a command with what belongs to it. */
const argumentOf = (reader: Reader): Expression | null => {
  if (reader.isMark("{")) return reader.inside("{", "}", additive)
  return reader.here()?.kind === "number" ? numberOf(reader) : atomOf(reader)
}

const rootOf = (reader: Reader): Expression | null => {
  reader.next()
  const degree = reader.isMark("[") ? reader.inside("[", "]", additive) : undefined
  const of = degree === null ? null : argumentOf(reader)
  if (of === null || degree === null) return null
  return degree === undefined
    ? { kind: "call", name: "sqrt", parts: [of] }
    : { kind: "call", name: reader.dialect.isFuller === true ? "realroot" : "root", parts: [degree, of] }
}

const pair = (reader: Reader): readonly [Expression, Expression] | null => {
  reader.next()
  const first = argumentOf(reader)
  const second = first === null ? null : argumentOf(reader)
  return first === null || second === null ? null : [first, second]
}

const rounded = (reader: Reader, name: "floor" | "ceil"): Expression | null => {
  reader.next()
  const of = additive(reader)
  if (of === null || !reader.isCommand(name === "floor" ? "rfloor" : "rceil")) return null
  reader.next()
  return { kind: "call", name, parts: [of] }
}

const ofSeveral: ReadonlySet<string> = new Set(["max", "min", "gcd", "lcm"])

/** `\max(a, b)`, `\max\{a, b\}`. */
const several = (reader: Reader, name: string): Expression | null => {
  reader.next()
  const close = reader.isMark("(") ? ")" : "\\}"
  if (!reader.take("(") && !reader.take("\\{")) return null
  const parts: Array<Expression> = []
  do {
    const part = additive(reader)
    if (part === null) return null
    parts.push(part)
  } while (reader.take(","))
  return reader.take(close) ? { kind: "call", name, parts } : null
}

const commandAtom = (reader: Reader, name: string): Expression | null => {
  const known = functionNames[name]
  if (known !== undefined) return applied(reader, known)
  if (fractions.has(name)) {
    const parts = pair(reader)
    return parts === null ? null : { kind: "quotient", above: parts[0], below: parts[1] }
  }
  if (binomials.has(name)) {
    const parts = pair(reader)
    return parts === null ? null : { kind: "call", name: "binomial", parts }
  }
  if (name === "sqrt") return rootOf(reader)
  if (reader.dialect.isFuller === true && ofSeveral.has(name)) return several(reader, name)
  if (name === "lfloor") return rounded(reader, "floor")
  if (name === "lceil") return rounded(reader, "ceil")
  return notAtoms.has(name) ? null : symbolOrCall(reader)
}

const argumentsOf = (reader: Reader): ReadonlyArray<Expression> | null => {
  if (!reader.take("(")) return null
  const parts: Array<Expression> = []
  do {
    const part = additive(reader)
    if (part === null) return null
    parts.push(part)
  } while (reader.take(","))
  return reader.take(")") ? parts : null
}

const symbolOrCall = (reader: Reader): Expression | null => {
  const name = nameOf(reader)
  if (name === null) return null
  const { applies, syntax } = reader.dialect
  const isLineFunction = syntax === "line" && lineFunctions[name] !== undefined
  const isFunction =
    isLineFunction ||
    (syntax === "latex" && (applies === "every-letter" || (usualFunctions.includes(name[0]) && name !== "pi")))
  if (!isFunction || !reader.isMark("(")) return named(name, reader)
  const parts = argumentsOf(reader)
  if (parts === null) return null
  if (name === "cbrt") return { kind: "call", name: "root", parts: [numberThree, ...parts] }
  return { kind: "call", name: isLineFunction ? lineFunctions[name] : name, parts }
}

const numberThree: Expression = { kind: "number", value: { numerator: 3n, denominator: 1n }, places: null }

const absolute = (reader: Reader): Expression | null => {
  const of = reader.inside("|", "|", additive)
  return of === null ? null : { kind: "call", name: "abs", parts: [of] }
}

/** A number with an index is a number in that base: it has no value here and is only equal to itself. */
const numberInBase = (reader: Reader): Expression | null => {
  const value = numberOf(reader)
  if (value === null || !reader.isMark("_") || reader.dialect.applies === "every-letter") return value
  const base = indexOf(reader)
  if (base === "_10" && reader.dialect.isFuller === true) return value
  return base === null ? null : { kind: "call", name: `in base ${base}`, parts: [value] }
}

export const atomOf = (reader: Reader): Expression | null => reader.further(() => atomHere(reader))

const atomHere = (reader: Reader): Expression | null => {
  const token = reader.here()
  if (token === undefined) return null
  if (token.kind === "number") return numberInBase(reader)
  if (token.kind === "name") return symbolOrCall(reader)
  if (token.kind === "command") return commandAtom(reader, token.text)
  if (token.kind === "bad") return null
  if (token.text === "|") return reader.dialect.syntax === "latex" ? absolute(reader) : null
  const close = closeOf(token.text, reader)
  return close === undefined ? null : reader.inside(token.text, close, additive)
}
