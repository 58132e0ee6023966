/**
 * An answer in one spelling: no dollar signs, no layout, LaTeX for every sign, words in marks of their own.
 *
 * One pass over the characters, commands looked up by name. Words (`\text{…}`) come out between two private marks, so
 * that no rule after this one takes their letters for variables.
 */

import { bareNames, dropped, functionWords, layout, renamed, styling, wording, written } from "./commands.ts"
import { numberWord, withExactRepetition } from "./numerals.ts"
import { levelled, signs } from "./signs.ts"

export const wordsOpen = "\ue000"
export const wordsClose = "\ue001"

const isLetter = (character: string | undefined): boolean =>
  character !== undefined && ((character >= "a" && character <= "z") || (character >= "A" && character <= "Z"))

/** Where the group that opens here is closed; -1 where it is not. */
export const closing = (text: string, open: number): number => {
  let depth = 0
  for (let at = open; at < text.length; at++) {
    if (text[at] === "\\") at += 1
    else if (text[at] === "{") depth += 1
    else if (text[at] === "}" && --depth === 0) return at
  }
  return -1
}

const isIndexed = (written: string): boolean => /_\s*\{?\s*$/.test(written.slice(-8))

/** Single letters and what calculates with them are no words: `\text{x = 5}`, but not `\text{m/s}`. */
const isFormula = (content: string): boolean => /[=+^<>]| - |^-/.test(content) && !/\p{L}{2}/u.test(content)

/** Words that say something of the formula around them. */
const meaning = (words: string): string | null => {
  if (functionWords.has(words)) return `\\${renamed[words] ?? words} `
  if (words === "i" || words === "e") return words
  if (words === "to") return ":"
  if (words === "&") return " and "
  if (/^-?infinity$/.test(words)) return words.replace("infinity", "\\infty ")
  const base = /^\(?(?:in )?base (\d{1,2}|[a-z]+)\)?$/.exec(words)?.[1]
  if (base !== undefined) return `_{${numberWord(base) ?? base}}`
  const many = /^(thousand|million|billion|trillion)\b(.*)$/.exec(words)
  return many === null ? null : `${bareNames[many[1]]}${many[2] === "" ? "" : `${wordsOpen}${many[2]}${wordsClose}`}`
}

/** A unit set with powers and dots of its own: `m\,s^{-1}`, `m\cdot s`. */
const withoutDots = (content: string): string => content.replace(/\\(?:[,;:! ]|cdot|times)/g, " ")

const poweredUnit = /^[A-Za-z]{1,3}(?: ?\^ ?\{?-?\d\}?)?(?:[ /]+[A-Za-z]{1,3}(?: ?\^ ?\{?-?\d\}?)?)+$/

/** Words stay words; a number in them is a number, and an index is spelled with its letters. */
const worded = (content: string, before: string): string => {
  const plain = content.replace(/[~\s]+/g, " ")
  if (isIndexed(before)) {
    const index = plain.replace(/[^\p{L}\p{N}]/gu, "")
    return String(numberWord(index) ?? index)
  }
  const meant = meaning(plain.trim().toLowerCase())
  if (meant !== null) return meant
  const unit = withoutDots(plain).replace(/ +/g, " ").trim()
  if (unit !== plain && poweredUnit.test(unit)) return `${wordsOpen}${unit}${wordsClose}`
  if (!/\p{L}/u.test(plain) || isFormula(plain)) return spelled(plain)
  return /\\/.test(plain) ? spelled(plain) : `${wordsOpen}${plain}${wordsClose}`
}

/** Letters side by side, looked at as one name. */
const letters = (text: string, place: Place): void => {
  let end = place.at
  while (isLetter(text[end])) end += 1
  const run = text.slice(place.at, end)
  place.written += Object.hasOwn(bareNames, run) ? bareNames[run] : run
  place.at = end
}

interface Place {
  written: string
  at: number
}

/** What stands in braces here and where it ends, or null. */
const braced = (text: string, from: number): { readonly content: string; readonly end: number } | null => {
  let open = from
  while (text[open] === " ") open += 1
  const close = text[open] === "{" ? closing(text, open) : -1
  return close < 0 ? null : { content: text.slice(open + 1, close), end: close + 1 }
}

const command = (text: string, place: Place): void => {
  let end = place.at + 1
  while (isLetter(text[end])) end += 1
  const name = text.slice(place.at + 1, end)
  if (name === "") {
    sign(text, place)
    return
  }
  place.at = end
  const group = wording.has(name) || styling.has(name) || dropped.has(name) ? braced(text, end) : null
  if (layout.has(name)) {
    place.written += " "
    if ((name === "left" || name === "right") && text[end] === ".") place.at += 1
  } else if (group !== null) {
    if (wording.has(name)) place.written += worded(group.content, place.written)
    else if (styling.has(name)) place.written += `{${spelled(group.content)}}`
    place.at = group.end
  } else if (name === "circ" || name === "degree") place.written = place.written.replace(/\^\s*\{?\s*$/, " ")
  else if ((renamed[name] ?? name) === "frac") fraction(text, place)
  else if (!wording.has(name) && !styling.has(name)) place.written += written[name] ?? `\\${renamed[name] ?? name} `
}

/** `\frac12` has two arguments of one digit each, which the parser would take for one of two. */
const fraction = (text: string, place: Place): void => {
  place.written += "\\frac "
  for (let argument = 0; argument < 2; argument++) {
    let at = place.at
    while (text[at] === " ") at += 1
    const digit = text[at]
    if (digit === undefined || digit < "0" || digit > "9") return
    place.written += `{${digit}}`
    place.at = at + 1
  }
}

const sign = (text: string, place: Place): void => {
  const next = text[place.at + 1]
  place.at += 2
  if (next === "\\") {
    const isDoubled = isLetter(text[place.at]) && !text.includes("\\begin")
    if (isDoubled)
      place.at -= 1 // `\\le` for `\le`
    else place.written += "\\\\ "
  } else if (next === "{" || next === "}") place.written += `\\${next}`
  else if (next === "%") place.written += "%"
  else if (next === "|") place.written += "|"
  else if (next === "&") place.written += " and "
  else if (next !== "!" && next !== undefined && !"$()[]".includes(next)) place.written += " "
}

/** `^{\circ}` leaves its brace behind. */
const withoutEmptyPowers = (text: string): string =>
  text.replace(/\s\}(?=[^{}]*$)/, (brace) => (isOpen(text) ? " " : brace))

const isOpen = (text: string): boolean => {
  let depth = 0
  for (const character of text) depth += character === "{" ? 1 : character === "}" ? -1 : 0
  return depth < 0
}

const trailing = /[\s.,;:]$/

const trimmed = (text: string): string => {
  let end = text.length
  while (end > 0 && trailing.test(text[end - 1]) && !text.slice(0, end).endsWith("\\\\ ")) end -= 1
  return text.slice(0, end).trim()
}

/** Stars, quotes and backticks around all of it, and line breaks after it. */
const unmarked = (text: string): string =>
  /^(\*{1,2}|`)[^*`]+\1$/.test(text) ? text.replace(/^[*`]+|[*`]+$/g, "") : text.replace(/(?:\s*\\\\)+\s*$/, "")

/** An angle in degrees is one where a function takes it: elsewhere its sign says nothing. */
const inRadians = (text: string): string =>
  text.replace(
    /(\\?(?:sin|cos|tan|sec|csc|cot)(?: ?\^ ?\{?\d\}?)?) ?(\(|\{|\\left ?\()? ?(\d{1,4}(?:\.\d{1,6})?) ?(?:\^ ?\{? ?\\circ ?\}?|°|\\degree)(?: ?(?:\\right ?)?[)}])?/g,
    "$1(\\frac{$3\\pi }{180})"
  )

/** Rows of aligned equations are equations side by side. */
const withoutAlignment = (text: string): string => {
  const inner = /^\\begin ?\{(aligned|align\*?|gathered|split|equation\*?)\}([\s\S]*)\\end ?\{\1\}$/.exec(text.trim())
  return inner === null
    ? text
    : inner[2]
        .replaceAll("&", " ")
        .replace(/\\\\\s*$/, "")
        .replaceAll("\\\\", ", ")
}

const withoutLoneBrace = (text: string): string =>
  text.endsWith("\\}") && !text.includes("\\{") ? text.slice(0, -2).trim() : text

const spelled = (text: string): string => {
  const place: Place = { written: "", at: 0 }
  while (place.at < text.length) {
    const character = text[place.at]
    if (character === "\\") command(text, place)
    else if (isLetter(character)) letters(text, place)
    else {
      place.written += signs[character] ?? character
      place.at += 1
    }
  }
  return withoutEmptyPowers(place.written).replace(/ +/g, " ")
}

/** The answer in one spelling. */
export const clean = (answer: string): string => {
  const text = levelled(inRadians(withoutAlignment(unmarked(answer))))
    .replaceAll("^{\\circ}", " ")
    .replaceAll("^\\circ", " ")
    .replace(/\.{3}|…/g, "\\ldots ")
    .replaceAll("{,}", ",")
    .replace(/,\s?\\!\s?(?=\d\d\d)/g, "")
    .replace(/\\textcolor ?\{[a-z]+\}/gi, "\\mathbf")
    .replace(/\\color ?\{[a-z]+\}/gi, " ")
  return withExactRepetition(withoutLoneBrace(trimmed(spelled(text))))
}
