/**
 * A cleaned answer to what it is, from the outside in: relations and lists first, a single value last.
 */
import { ours } from "../expression/dialect.ts"
import { parse } from "../expression/parse.ts"
import type { Expression, Relation } from "../expression/tree.ts"
import type { Steps } from "../steps.ts"
import type { Answer } from "./answer.ts"
import { wordsClose, wordsOpen } from "./clean.ts"
import { isEnclosed, isSet, pieces } from "./pieces.ts"
import { withoutUnit } from "./units.ts"
import { isWords, wordsIn } from "./words.ts"
import { numberText, withoutThousands, withSpelledNumbers } from "./written-number.ts"

const depthLimit = 20

const infinite = (sign: "" | "-"): Answer => {
  const expression: Expression = { kind: "constant", name: "infinity" }
  const value: Expression = sign === "-" ? { kind: "negative", of: expression } : expression
  return { kind: "value", text: `${sign}\\infty`, expression: value, isPercent: false, isCut: false, unit: "" }
}

const interval = (open: string, low: Answer, high: Answer, close: string): Answer => ({
  kind: "tuple",
  open,
  close,
  parts: [low, high]
})

const conjunctions = new RegExp(`${wordsOpen}[ ,]*(?:and|or)[ ,]*${wordsClose}|\\b(?:and|or)\\b|;`, "g")

const matrixOpening = /^\\begin ?\{([pbvBV]?matrix|smallmatrix|array)\} ?(?:\{[lcr| ]*\})?/

const readMatrix = (text: string, depth: number, steps: Steps): Answer | null => {
  const isWrapped = /^[([] ?\\begin/.test(text) && /[)\]]$/.test(text)
  const inner = isWrapped ? text.slice(1, -1).trim() : text
  const opening = matrixOpening.exec(inner)
  if (opening === null) return null
  const closing = new RegExp(`\\\\end ?\\{${opening[1]}\\}$`).exec(inner)
  if (closing === null) return null
  const rows = inner
    .slice(opening[0].length, closing.index)
    .split("\\\\")
    .map((row) => row.trim())
    .filter((row) => row !== "")
  return {
    kind: "matrix",
    rows: rows.map((row) => row.split("&").map((cell) => readAt(cell.trim(), depth + 1, steps)))
  }
}

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

/** `x > 2` as an interval, where one side is a name. */
export const intervalOf = (answer: Answer): Answer | null => {
  if (answer.kind !== "relation" || answer.relation === "=" || answer.relation === "!=") return null
  const isName = (one: Answer): boolean => one.kind === "value" && one.expression.kind === "symbol"
  const isNameLeft = isName(answer.left)
  if (!isNameLeft && !isName(answer.right)) return null
  const bound = isNameLeft ? answer.right : answer.left
  const isAbove = (answer.relation === ">" || answer.relation === ">=") === isNameLeft
  const isOpen = answer.relation === "<" || answer.relation === ">"
  return isAbove
    ? interval(isOpen ? "(" : "[", bound, infinite(""), ")")
    : interval("(", infinite("-"), bound, isOpen ? ")" : "]")
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
const readPlusMinus = (text: string, depth: number, steps: Steps): Answer | null => {
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

const readAt = (text: string, depth: number, steps: Steps): Answer => {
  steps.take(text.length + 1)
  if (depth > depthLimit) return { kind: "unreadable", text }
  if (isWords(text)) return { kind: "words", text: wordsIn(text) }
  const matrix = text.includes("\\begin") ? readMatrix(text, depth, steps) : null
  if (matrix !== null) return matrix
  if (numberText(text) !== null) return readValue(text, steps)
  const [before, behind] = pieces(text, ["\\approx "])
  if (behind !== undefined) return readAt(before === "" ? behind : before, depth + 1, steps)
  if (isFrench(text)) return readTuple(text, depth, steps) ?? readValue(text, steps)
  const { rest, unit } = withoutUnit(text)
  if (unit !== "" && isEnclosed(rest)) return readAt(rest, depth + 1, steps)
  const joined = withoutThousands(text).replace(conjunctions, ",")
  const parts = pieces(joined, [","]).filter((part) => part !== "")
  if (parts.length > 1)
    return { kind: "several", parts: parts.map((part) => readAt(part, depth + 1, steps)), isSet: false }
  if (parts.length === 1 && joined !== text) return readAt(parts[0], depth + 1, steps)
  const union = pieces(text, ["\\cup "])
  if (union.length > 1 && !text.includes("="))
    return { kind: "union", parts: union.map((part) => readAt(part, depth + 1, steps)) }
  const member = pieces(text, ["\\in "])
  if (member.length === 2 && member[0] !== "") return readAt(member[1], depth + 1, steps)
  if (/^\\mathbb ?\{? ?R ?\}?$/.test(text)) return interval("(", infinite("-"), infinite(""), ")")
  return (
    readSet(text, depth, steps) ??
    readEquation(text, depth, steps) ??
    readInequality(text, depth, steps) ??
    readTuple(text, depth, steps) ??
    readPlusMinus(text, depth, steps) ??
    readValue(text, steps)
  )
}

export const readAnswer = (text: string, steps: Steps): Answer => readAt(text, 0, steps)
