/**
 * Text as tokens. One pass; each character is looked at a fixed number of times.
 */
import type { Steps } from "../steps.ts"
import type { Dialect } from "./dialect.ts"

export interface Token {
  /** "mark" is a sign of its own, "bad" what no dialect knows. */
  readonly kind: "number" | "name" | "command" | "mark" | "bad"
  /** Without the backslash for a command. */
  readonly text: string
  /** Where it begins in the text, and where it ends. */
  readonly from: number
  readonly to: number
}

/** Commands that only move type about. */
const spacing: ReadonlySet<string> = new Set([
  "left",
  "right",
  "quad",
  "qquad",
  "thinspace",
  "medspace",
  "thickspace",
  "negthinspace",
  "negmedspace",
  "negthickspace"
])

const spacingSigns = ",;:!"
const marks = "+-*/^_(){}[]|=<>!',:~"

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= "0" && character <= "9"

const isLetter = (character: string | undefined): boolean =>
  character !== undefined && ((character >= "a" && character <= "z") || (character >= "A" && character <= "Z"))

export const isSpace = (character: string | undefined): boolean =>
  character === " " || character === "\n" || character === "\t" || character === "\r"

const digitsEnd = (text: string, from: number): number => {
  let at = from
  while (isDigit(text[at])) at += 1
  return at
}

const groupsEnd = (text: string, from: number): number => {
  let at = from
  while (text[at] === "," && digitsEnd(text, at + 1) >= at + 4) at += 4
  return at
}

/** The end of a number: digits, groups of thousands, a point with digits after it, an exponent on a line. */
const numberEnd = (text: string, from: number, dialect: Dialect): number => {
  let at = digitsEnd(text, from)
  if (dialect.groupsThousands) at = groupsEnd(text, at)
  if (text[at] === "." && isDigit(text[at + 1])) at = digitsEnd(text, at + 1)
  else if (text[at] === "." && dialect.syntax === "line") at += 1
  if (dialect.syntax === "latex" || (text[at] !== "e" && text[at] !== "E")) return at
  const sign = text[at + 1] === "-" || text[at + 1] === "+" ? 1 : 0
  return isDigit(text[at + 1 + sign]) ? digitsEnd(text, at + 1 + sign) : at
}

const commandEnd = (text: string, from: number): number => {
  let at = from
  while (isLetter(text[at])) at += 1
  return at
}

const letterBeyondAscii = /\p{L}/u
const isAnyLetter = (character: string | undefined): boolean =>
  isLetter(character) || (character !== undefined && character > "\x7f" && letterBeyondAscii.test(character))

const wordEnd = (text: string, from: number): number => {
  let at = from
  while (isAnyLetter(text[at]) || isDigit(text[at]) || text[at] === "_") at += 1
  return at
}

/** Where words are their letters, the end of the first of them. */
const nameEnd = (text: string, from: number, { wholeWords }: Dialect): number => {
  const to = wordEnd(text, from)
  const word = text.slice(from, to)
  const isWhole = wholeWords === undefined || wholeWords.has(word) || word.includes("_") || !isAnyLetter(word[0])
  return isWhole ? to : from + 1
}

const backslash = (text: string, from: number): Token | null => {
  const next = text[from + 1]
  if (isLetter(next)) {
    const to = commandEnd(text, from + 1)
    const name = text.slice(from + 1, to)
    return spacing.has(name) ? null : { kind: "command", text: name, from, to }
  }
  const to = from + 2
  if (next !== undefined && spacingSigns.includes(next)) return null
  if (next === "{" || next === "}") return { kind: "mark", text: `\\${next}`, from, to }
  return { kind: "bad", text: "\\", from, to: from + 1 }
}

/** The token that begins here; null for what separates tokens and is none. */
const tokenAt = (text: string, from: number, dialect: Dialect): Token | null => {
  const character = text[from]
  if (isDigit(character) || (character === "." && isDigit(text[from + 1]))) {
    const to = numberEnd(text, from, dialect)
    return { kind: "number", text: text.slice(from, to), from, to }
  }
  if (dialect.syntax === "line") {
    const to = nameEnd(text, from, dialect)
    if (to > from) return { kind: "name", text: text.slice(from, to), from, to }
    if (character === "*" && text[from + 1] === "*") return { kind: "mark", text: "^", from, to: from + 2 }
  } else if (character === "d" && dialect.applies === "every-letter" && isLetter(text[from + 1])) {
    return { kind: "name", text: text.slice(from, from + 2), from, to: from + 2 } // a differential
  } else if (isLetter(character)) {
    return { kind: "name", text: character, from, to: from + 1 }
  } else if (character === "\\") {
    return backslash(text, from)
  }
  const kind = marks.includes(character) ? "mark" : "bad"
  return { kind, text: character, from, to: from + 1 }
}

const separatorEnd = (text: string, from: number): number =>
  isLetter(text[from + 1]) ? commandEnd(text, from + 1) : from + 2

const isWhole = (token: Token | null | undefined): token is Token =>
  token?.kind === "number" && /^\d+$/.test(token.text)

export const tokensOf = (text: string, dialect: Dialect, steps: Steps): ReadonlyArray<Token> => {
  steps.take(text.length)
  const tokens: Array<Token> = []
  for (let at = 0; at < text.length; ) {
    if (isSpace(text[at])) {
      at += 1
      continue
    }
    const token = tokenAt(text, at, dialect)
    const before = tokens.at(-1)
    const isGoneOn = dialect.joinsDigits === true && isWhole(before) && isWhole(token)
    if (isGoneOn) tokens[tokens.length - 1] = { ...before, text: before.text + token.text, to: token.to }
    else if (token !== null) tokens.push(token)
    at = token === null ? separatorEnd(text, at) : token.to
  }
  return tokens
}
