/**
 * A cleaned answer to what it is, from the outside in: relations and lists first, a single value last.
 */
import { ours } from "../expression/dialect.ts"
import { parse } from "../expression/parse.ts"
import type { Expression, Relation } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"
import type { Answer } from "./answer.ts"
import { wordsClose, wordsOpen } from "./clean.ts"
import { allNumbers, atOnce, interval, without } from "./intervals.ts"
import { readMatrix } from "./matrices.ts"
import { numberWord } from "./numerals.ts"
import { saying, withoutPhrases } from "./phrases.ts"
import { isEnclosed, isSet, pieces } from "./pieces.ts"
import { isUnit, withoutUnit } from "./units.ts"
import { isWords, wordsIn } from "./words.ts"
import { numberText, withoutThousands, withSpelledNumbers } from "./written-number.ts"

const depthLimit = 20

const conjunctions = new RegExp(`${wordsOpen}[ ,]*(?:and|or)[ ,]*${wordsClose}|\\b(?:and|or)\\b|;`, "g")

const relations: ReadonlyArray<readonly [string, Relation]> = [
  ["\\le ", "<="],
  ["\\ge ", ">="],
  ["\\ne ", "!="],
  ["\\lt ", "<"],
  ["\\gt ", ">"],
  ["<=", "<="],
  [">=", ">="],
  ["<", "<"],
  [">", ">"]
]
const marks = relations.map(([mark]) => mark)

const relationIn = (text: string, after: number): Relation => {
  const found = relations.find(([mark]) => text.startsWith(mark, after))
  return found?.[1] ?? "="
}

/** `a < x \le b` is an interval where x is a name; two sides are a relation. */
const readInequality = (text: string, depth: number, steps: Steps): Answer | null => {
  const sides = pieces(text, marks)
  if (sides.length < 2 || sides.length > 3 || sides.includes("")) return null
  const answers = sides.map((side) => readAt(side, depth + 1, steps))
  const first = relationIn(
    text,
    text.indexOf(sides[0]) + sides[0].length + (text[text.indexOf(sides[0]) + sides[0].length] === " " ? 1 : 0)
  )
  if (sides.length === 2) return { kind: "relation", relation: first, left: answers[0], right: answers[1] }
  const behind = text.lastIndexOf(sides[2])
  const isSecondOpen = /[<>] ?$|\\[lg]t ?$/.test(text.slice(0, behind))
  const isFirstOpen = first === "<" || first === ">"
  const isRising = first === "<" || first === "<="
  const [low, high] = isRising ? [answers[0], answers[2]] : [answers[2], answers[0]]
  const [lowOpen, highOpen] = isRising ? [isFirstOpen, isSecondOpen] : [isSecondOpen, isFirstOpen]
  return interval(lowOpen ? "(" : "[", low, high, highOpen ? ")" : "]")
}

const readEquation = (text: string, depth: number, steps: Steps): Answer | null => {
  if (/[<>!]=/.test(text)) return null
  const sides = pieces(text, ["=", "\\equiv "])
  if (sides.length < 2) return null
  const [left, right] = sides.slice(-2)
  if (left === "" || (right === "" && sides.length === 2)) return readAt(right === "" ? left : right, depth + 1, steps)
  return {
    kind: "relation",
    relation: "=",
    left: readAt(sides.length > 2 ? sides[0] : left, depth + 1, steps),
    right: readAt(right, depth + 1, steps)
  }
}

/** An interval whose open ends are brackets turned outwards: `]3,4]`, `[0;1[`. */
const isFrench = (text: string): boolean =>
  (/^\][^()[\]]+[,;][^()[\]]+[[\]]$/.test(text) || /^\[[^()[\]]+[,;][^()[\]]+\[$/.test(text)) && !text.includes("\\{")

const readTuple = (text: string, depth: number, steps: Steps): Answer | null => {
  if (!isFrench(text) && !isEnclosed(text)) return null
  const [open, close] = [text[0], text[text.length - 1]]
  if (open === "{") return null
  const parts = pieces(text.slice(1, -1), [",", ";"])
  if (parts.length < 2) return open === "(" && close === ")" ? readAt(parts[0], depth + 1, steps) : null
  return {
    kind: "tuple",
    open: open === "]" ? "(" : open,
    close: close === "[" ? ")" : close,
    parts: parts.map((part) => readAt(part, depth + 1, steps))
  }
}

const readSet = (text: string, depth: number, steps: Steps): Answer | null => {
  if (text === "\\emptyset") return { kind: "several", parts: [], isSet: true }
  const isBraced = isSet(text)
  if (!isBraced && !(text.startsWith("{") && isEnclosed(text))) return null
  const inner = isBraced ? text.slice(2, -2).trim() : text.slice(1, -1).trim()
  const [name, ...conditions] = pieces(inner, ["\\mid ", "|", ":"])
  if (isBraced && conditions.length === 1 && name !== "") return readAt(conditions[0], depth + 1, steps)
  if (inner === "") return isBraced ? { kind: "several", parts: [], isSet: true } : null
  const parts = pieces(inner, [","])
  if (!isBraced && parts.length === 1) return readAt(inner, depth + 1, steps)
  return { kind: "several", parts: parts.map((part) => readAt(part, depth + 1, steps)), isSet: true }
}

/** `a \pm b` is two values. */
const readPlusMinus = (given: string, depth: number, steps: Steps): Answer | null => {
  const text = given.includes("\\pm ") ? given : given.replace("\\mp ", "\\pm ")
  const at = text.indexOf("\\pm ")
  if (at < 0 || text.indexOf("\\pm ", at + 1) >= 0 || text.includes("\\mp ")) return null
  const parts = ["+", "-"].map((sign) => readAt(`${text.slice(0, at)}${sign}${text.slice(at + 4)}`, depth + 1, steps))
  return { kind: "several", parts, isSet: false }
}

const readValue = (text: string, steps: Steps): Answer => {
  const { isPercent, rest: whole, unit } = withoutUnit(text)
  const rest = whole.replace(/ ?(?:\\[lc]?dots ?|\.\.\.|…)$/, "")
  const value = (read: Expression, unitOf: string): Answer => ({
    kind: "value",
    text: rest,
    expression: read,
    isPercent,
    isCut: rest !== whole,
    unit: unitOf
  })
  const written = numberText(rest)
  if (written !== null) return value(written, unit)
  const parsed = parse(withSpelledNumbers(rest), ours, steps)
  if (parsed !== null && parsed.expression.kind !== "relation") return value(parsed.expression, unit)
  return isWords(text) ? { kind: "words", text: wordsIn(text) } : { kind: "unreadable", text: text.replaceAll(" ", "") }
}

const readWords = (text: string, depth: number, steps: Steps): Answer => {
  const words = wordsIn(text)
  const counted = /^([+-]?[\d.,/]*\d) (.+)$/.exec(words)
  if (counted !== null && isUnit(counted[2]))
    return readAt(`${counted[1]} ${wordsOpen}${counted[2]}${wordsClose}`, depth + 1, steps)
  const number = numberWord(words)
  const written = number === null ? null : numberText(String(number))
  if (written !== null)
    return { kind: "value", text: words, expression: written, isPercent: false, isCut: false, unit: "" }
  const said = saying(words)
  if (said === "everything") return allNumbers
  return said === "nothing" ? { kind: "several", parts: [], isSet: true } : { kind: "words", text: words }
}

/** Several answers side by side; two inequalities that hold at once are one interval. */
const readList = (text: string, depth: number, steps: Steps): Answer | null => {
  const joined = withoutThousands(text).replace(conjunctions, ",")
  const found = pieces(joined, [","]).filter((part) => part !== "")
  if (found.length === 1) return joined === text ? null : readAt(found[0], depth + 1, steps)
  if (found.length < 2) return null
  const parts = found.map((part) => readAt(part, depth + 1, steps))
  const isOneOrOther = /\bor\b/.test(text)
  const both = parts.length === 2 && !isOneOrOther ? atOnce(parts[0], parts[1], steps) : null
  return both ?? { kind: "several", parts, isSet: false }
}

const readUnion = (text: string, depth: number, steps: Steps): Answer | null => {
  const [whole, holes, ...others] = pieces(text, ["\\setminus "])
  if (holes !== undefined && others.length === 0) {
    const [from, left] = [readAt(whole, depth + 1, steps), readAt(holes, depth + 1, steps)]
    return left.kind === "several" ? without(from, left.parts, steps) : null
  }
  const union = pieces(text, ["\\cup "])
  if (union.length < 2 || text.includes("=")) return null
  const parts = union.map((part) => readAt(part, depth + 1, steps))
  const sets = parts.flatMap((part) => (part.kind === "several" && part.isSet ? [part] : []))
  if (sets.length < parts.length) return { kind: "union", parts }
  return { kind: "several", parts: sets.flatMap((part) => part.parts), isSet: true }
}

const residue = /^(.+?),? ?\(? ?\\(?:pmod|bmod) ?(?:\{ ?([^{}]+?) ?\}|([^{}()\\]+?)) ?\)?$/

/** `3 \pmod 7`, `x \equiv 3 \pmod 7`. */
const readResidue = (text: string, depth: number, steps: Steps): Answer | null => {
  const found = text.includes("mod ") ? residue.exec(text) : null
  if (found === null) return null
  const of = readAt(found[1], depth + 1, steps)
  return { kind: "residue", of, modulus: readAt(found[2] ?? found[3], depth + 1, steps) }
}

/** Three numbers or more in proportion. */
const readRatio = (text: string, depth: number, steps: Steps): Answer | null => {
  const parts = text.includes("\\mid ") ? [] : pieces(text, [":"])
  return parts.length > 2 && !parts.includes("")
    ? { kind: "ratio", parts: parts.map((part) => readAt(part, depth + 1, steps)) }
    : null
}

const readAt = (whole: string, depth: number, steps: Steps): Answer => {
  steps.take(whole.length + 1)
  if (depth > depthLimit) return { kind: "unreadable", text: whole }
  if (isWords(whole)) return readWords(whole, depth, steps)
  const text = withoutPhrases(whole)
  if (text !== whole) return readAt(text, depth + 1, steps)
  const matrix = text.includes("\\begin") ? readMatrix(text, (cell) => readAt(cell, depth + 1, steps)) : null
  if (matrix !== null) return matrix
  if (numberText(text) !== null) return readValue(text, steps)
  const [before, behind] = pieces(text, ["\\approx "])
  if (behind !== undefined) return readApproximate(before, behind, depth, steps)
  if (isFrench(text)) return readTuple(text, depth, steps) ?? readValue(text, steps)
  const { rest, unit } = withoutUnit(text)
  if (unit !== "" && isEnclosed(rest)) return readAt(rest, depth + 1, steps)
  const list = readList(text, depth, steps) ?? readUnion(text, depth, steps) ?? readResidue(text, depth, steps)
  if (list !== null) return list
  const member = pieces(text, ["\\in "])
  if (member.length === 2 && member[0] !== "") return readAt(member[1], depth + 1, steps)
  if (/^\\mathbb ?\{? ?R ?\}?$/.test(text)) return allNumbers
  return (
    readSet(text, depth, steps) ??
    readEquation(text, depth, steps) ??
    readInequality(text, depth, steps) ??
    readTuple(text, depth, steps) ??
    readPlusMinus(text, depth, steps) ??
    readRatio(text, depth, steps) ??
    readValue(text, steps)
  )
}

const namedQuantity = /^(?:[A-Za-df-hj-z]|\\(?!pi\b)[a-z]+) ?(?:_ ?\{?\w+\}?)?$/

/** An exact value and what it comes to is the value; a name and what it comes to is that. */
const readApproximate = (before: string, behind: string, depth: number, steps: Steps): Answer =>
  readAt(before === "" || namedQuantity.test(before) ? behind : before, depth + 1, steps)

export const readAnswer = (text: string, steps: Steps): Answer => readAt(text, 0, steps)
