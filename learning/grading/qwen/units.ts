/**
 * Rule "unit words": Qwen's evaluation takes words away that are units somewhere, wherever they stand alone.
 *
 * Among them are single letters (`a`, `c`, `d`, `g`, `h`, `l`, `m`, `s`, `t`) and words that are no units (`east`, `men`,
 * `prime`, `way`), so that `(a-5)(b+2)` becomes `(-5)(b+2)` and `\pm 3` becomes `\3`: known mistakes, kept.
 */
import type { Steps } from "../steps.ts"

const earlyPhrases = [
  "m sqaure",
  " m east",
  "sq m",
  "q .",
  "profit of rs",
  "p . m",
  "a .",
  "b .",
  "c .",
  "d .",
  "e .",
  "f .",
  "g .",
  "h .",
  "no change",
  "a . m",
  "° f",
  "cu cm",
  "cu . m",
  "cm 2",
  "rs ."
]

const words =
  "a ab acre am apple are bc by c cc cm coin cube cubic d day decrease deg degree dm east excess feet ft g gain gal gallon gm h hectare hour hr inch inches increase kg km kmh kmph l lb less liter litre loss lt m man mark men meter metre mile min minute minw mm monkey month more mp mph mt mtr noon number o ohm per percent pie pm prime profit pure ratio rd rise rounds rs rupee s sec second soldier sq square st Surface t th tile toy unit way west woman women yard year yr".split(
    " "
  )

const latePhrases = ["sq . m", "sq inch", "pi sq m", "s ."]

const singular = [...earlyPhrases, ...words, ...latePhrases]

interface Unit {
  readonly text: string
  /** The words it needs: where one is missing, the unit is not there. */
  readonly words: ReadonlyArray<string>
}

const units: ReadonlyArray<Unit> = [...singular, ...singular.map((unit) => `${unit}s`)].map((text) => ({
  text,
  words: text.split(/[ .]+/).filter((word) => word !== "" && word !== "°")
}))

const wordCharacter = /[\p{L}\p{N}_]/u
const isPlain = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122)

export const isWordCharacter = (character: string): boolean => {
  const code = character.charCodeAt(0)
  return code < 128 ? isPlain(code) : wordCharacter.test(character)
}

/** A point in a unit stands for any character. */
const standsAt = (text: string, unit: string, from: number): boolean => {
  for (let at = 0; at < unit.length; at++) {
    const character = text[from + at]
    if (character === undefined || (unit[at] !== character && unit[at] !== ".")) return false
  }
  return true
}

/** Where a unit that stands alone begins, at or after a place; -1 where there is none. */
const nextUnit = (text: string, unit: string, from: number): number => {
  for (let at = from; at + unit.length <= text.length; at++) {
    const isBegin = at === 0 || (at > from && !isWordCharacter(text[at - 1]))
    const end = at + unit.length
    const isEnd = end === text.length || !isWordCharacter(text[end])
    if (isBegin && isEnd && standsAt(text, unit, at)) return at
  }
  return -1
}

/** The character behind a unit that was taken away cannot also be the one before the next. */
const without = (text: string, unit: string): string => {
  let rest = ""
  let from = 0
  for (let at = nextUnit(text, unit, 0); at >= 0; at = nextUnit(text, unit, from)) {
    const end = at + unit.length
    rest += text.slice(from, at) + text.slice(end, end + 1)
    from = end + 1
  }
  return rest + text.slice(from)
}

const wordsOf = (text: string): Set<string> => {
  const found = new Set<string>()
  let from = 0
  for (let at = 0; at <= text.length; at++) {
    if (at < text.length && isWordCharacter(text[at])) continue
    if (at > from) found.add(text.slice(from, at))
    from = at + 1
  }
  return found
}

/** A text without units; units that are all of it stay. */
export const withoutUnits = (text: string, steps: Steps): string => {
  steps.take(text.length)
  const present = wordsOf(text)
  const candidates = units.filter((unit) => unit.words.every((word) => present.has(word)))
  let left = text
  for (let round = 0; round < 2; round++) {
    for (const unit of candidates) {
      steps.take(left.length)
      const next = without(left, unit.text)
      if (next !== "") left = next
    }
  }
  return left
}
