/**
 * An answer in one spelling: no dollar signs, no layout, LaTeX for every sign, words in marks of their own.
 *
 * One pass over the characters, commands looked up by name. Words (`\text{…}`) come out between two private marks, so
 * that no rule after this one takes their letters for variables.
 */

export const wordsOpen = "\ue000"
export const wordsClose = "\ue001"

const unicode: Readonly<Record<string, string>> = {
  "√": "\\sqrt ",
  π: "\\pi ",
  "∞": "\\infty ",
  "×": "\\times ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "÷": "\\div ",
  "−": "-",
  "–": "-",
  "≤": "\\le ",
  "⩽": "\\le ",
  "≥": "\\ge ",
  "⩾": "\\ge ",
  "≠": "\\ne ",
  "∪": "\\cup ",
  "∈": "\\in ",
  "≈": "\\approx ",
  "±": "\\pm ",
  "∅": "\\emptyset ",
  "⁰": "^0 ",
  "¹": "^1 ",
  "²": "^2 ",
  "³": "^3 ",
  "⁴": "^4 ",
  "½": "\\frac{1}{2}",
  "¼": "\\frac{1}{4}",
  "¾": "\\frac{3}{4}",
  "，": ",",
  "（": "(",
  "）": ")",
  "：": ":",
  "。": ".",
  "°": " ",
  "\u00a0": " ",
  "\u2009": " ",
  "\u202f": " ",
  "~": " ",
  $: "",
  "€": "",
  "£": "",
  "%": "%",
  "\n": " ",
  "\t": " ",
  "\r": " "
}

/** Commands that only lay out. */
const layout: ReadonlySet<string> = new Set(
  "left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle scriptstyle limits nolimits quad qquad thinspace medspace thickspace enspace hfill noindent boxed fbox".split(
    " "
  )
)

/** What stands in their braces is words. */
const wording: ReadonlySet<string> = new Set(
  "text textrm textit textbf textsf texttt mbox hbox mathrm operatorname mathsf rm textnormal".split(" ")
)

/** What stands in their braces is what it is without them. */
const styling: ReadonlySet<string> = new Set("mathbf boldsymbol bm mathit pmb mathnormal bf ensuremath".split(" "))

const renamed: Readonly<Record<string, string>> = {
  dfrac: "frac",
  tfrac: "frac",
  cfrac: "frac",
  leq: "le",
  leqslant: "le",
  leqq: "le",
  geq: "ge",
  geqslant: "ge",
  geqq: "ge",
  neq: "ne",
  varnothing: "emptyset",
  ast: "times",
  lbrace: "{",
  rbrace: "}",
  lbrack: "lbrack",
  mid: "mid",
  vert: "mid",
  arcsinh: "arsinh",
  thicksim: "approx",
  simeq: "approx",
  sim: "approx"
}

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

/** Words stay words; a number in them is a number, and an index is spelled with its letters. */
const worded = (content: string, written: string): string => {
  const plain = content.replace(/[~\s]+/g, " ")
  if (isIndexed(written)) return plain.replace(/[^\p{L}\p{N}]/gu, "")
  if (!/\p{L}/u.test(plain) || isFormula(plain)) return clean(plain)
  return /\\/.test(plain) ? clean(plain) : `${wordsOpen}${plain}${wordsClose}`
}

/** Names that are written without a backslash. */
const bareNames: Readonly<Record<string, string>> = {
  sqrt: "\\sqrt ",
  pi: "\\pi ",
  inf: "\\infty ",
  infty: "\\infty ",
  infinity: "\\infty ",
  sin: "\\sin ",
  cos: "\\cos ",
  tan: "\\tan ",
  ln: "\\ln ",
  log: "\\log "
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

const command = (text: string, place: Place): void => {
  let end = place.at + 1
  while (isLetter(text[end])) end += 1
  const name = text.slice(place.at + 1, end)
  if (name === "") {
    sign(text, place)
    return
  }
  let open = end
  while (text[open] === " ") open += 1
  const close = text[open] === "{" ? closing(text, open) : -1
  place.at = end
  if (layout.has(name)) place.written += " "
  else if (close >= 0 && wording.has(name)) {
    place.written += worded(text.slice(open + 1, close), place.written)
    place.at = close + 1
  } else if (close >= 0 && styling.has(name)) {
    place.written += `{${clean(text.slice(open + 1, close))}}`
    place.at = close + 1
  } else if (name === "circ" || name === "degree") place.written = place.written.replace(/\^\s*\{?\s*$/, " ")
  else if ((renamed[name] ?? name) === "frac") fraction(text, place)
  else if (!wording.has(name) && !styling.has(name)) place.written += `\\${renamed[name] ?? name} `
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

const withoutLoneBrace = (text: string): string =>
  text.endsWith("\\}") && !text.includes("\\{") ? text.slice(0, -2).trim() : text

/** The answer in one spelling. */
export const clean = (answer: string): string => {
  const text = answer
    .replaceAll("^{\\circ}", " ")
    .replaceAll("^\\circ", " ")
    .replaceAll("{,}", ",")
    .replace(/,\s?\\!\s?(?=\d\d\d)/g, "")
  const place: Place = { written: "", at: 0 }
  while (place.at < text.length) {
    const character = text[place.at]
    if (character === "\\") command(text, place)
    else if (isLetter(character)) letters(text, place)
    else {
      place.written += unicode[character] ?? character
      place.at += 1
    }
  }
  return withoutLoneBrace(trimmed(withoutEmptyPowers(place.written).replace(/ +/g, " ")))
}
