/**
 * Rule "units": what follows a value and only says in what it is counted. A percent sign is remembered.
 */
import { wordsClose, wordsOpen } from "./clean.ts"

const unitWords = new Set(
  "mm cm m km in inch inches ft foot feet yd yard yards mi mile miles nm um g kg mg lb lbs oz ton tons s sec secs second seconds min mins minute minutes h hr hrs hour hours day days week weeks month months year years ms ns l ml liter liters litre litres gal gallon gallons degree degrees deg rad radian radians unit units square cubic sq cu meter meters metre metres centimeter centimeters kilometer kilometers millimeter millimeters percent dollar dollars cent cents usd euro euros pound pounds mph kmh kph j w v pa hz k kj kw ohm ohms mol ev per people person students student ways way times books coins apples".split(
    " "
  )
)

export const isUnit = (words: string): boolean => {
  const found = words.toLowerCase().match(/[a-z]+/g) ?? []
  return found.length > 0 && found.every((word) => unitWords.has(word))
}

/** Letters without marks are a unit only behind a number: `5 cm`, `8 m`, `3/4 ft`. */
const bareUnit =
  /^([+-]? ?[\d.,/ ]*\d|\\frac \{\d+\}\{\d+\})(?: ?([kcm]?m\^ ?\{?[23]\}?|[A-Za-z]{2,}(?:[ /*^.-]+[A-Za-z0-9]+)*)| ([A-Za-z](?:[ /*^.-]+[A-Za-z0-9]+)*))$/s

/** What was counted, in words: `12 pairs`. */
const isCountable = (words: string): boolean =>
  /^[a-z ]+$/i.test(words) &&
  words.split(" ").every((word) => word.length > 2 && /[aeiouy]/i.test(word) && !/^(?:not|and|nor)$/i.test(word))

export interface WithoutUnit {
  readonly rest: string
  readonly isPercent: boolean
  readonly unit: string
}

const marked = `${wordsOpen}[^${wordsOpen}${wordsClose}]*${wordsClose}`
const fraction = `\\\\frac ?\\{ ?${marked} ?\\}\\{ ?${marked} ?(?:\\^ ?\\{?\\d\\}?)? ?\\}`
const letter = "\\\\(?:mu|Omega|AA) ?"

/** Words, and what may stand between and behind them in a unit: powers, products, quotients. */
const markedUnit = new RegExp(
  `^(.*?)((?: ?(?:${letter}))?(?: ?(?:${marked}|${fraction}))(?: ?(?:${marked}|${letter}|\\^ ?\\{? ?-?\\d ?\\}?|\\\\cdot|[/*]))*)$`,
  "s"
)

/** A number in ohms or ångströms. */
const lettersOnly = /^([+-]?[\d.]+) ?\\(?:Omega|AA)$/

const shortened: Readonly<Record<string, string>> = Object.fromEntries(
  "inches in inch in feet ft foot ft yards yd yard yd miles mi mile mi meters m metres m meter m metre m centimeters cm centimetres cm centimeter cm millimeters mm millimeter mm kilometers km kilometer km kilometres km hours h hour h hrs h hr h minutes min minute min mins min seconds s second s secs s sec s kilograms kg kilogram kg grams g gram g liters l liter l litres l dollars dollar pounds lb lbs lb degrees degree deg degree cents cent"
    .split(" ")
    .flatMap((name, at, all) => (at % 2 === 0 ? [[name, all[at + 1]]] : []))
)

const powers: Readonly<Record<string, string>> = { square: "2", sq: "2", squared: "2", cubic: "3", cu: "3", cubed: "3" }

/** One name for one unit: `square inches`, `sq. in.` and `in^2` are the same. */
export const unitName = (unit: string): string => {
  const words = unit.toLowerCase().match(/[a-z]+|[\d/^-]+/g) ?? []
  const power = words.flatMap((word) => (Object.hasOwn(powers, word) ? [powers[word]] : []))
  const names = words
    .filter((word) => !Object.hasOwn(powers, word))
    .map((word) => (Object.hasOwn(shortened, word) ? shortened[word] : word.replace(/(?<=[a-z]{3})s$/, "")))
  const name = names.join("").replaceAll("^", "")
  return power.length === 0 || name === "unit" ? name : `${name}${power.join("")}`
}

export const withoutUnit = (text: string): WithoutUnit => {
  const letters = lettersOnly.exec(text)
  if (letters !== null) return { rest: letters[1], isPercent: false, unit: "" }
  const isPercent = text.endsWith("%")
  const whole = isPercent ? text.slice(0, -1).trim() : text
  if (whole.includes(wordsOpen)) {
    const marked = markedUnit.exec(whole)
    const [given, unit] = marked === null ? ["", ""] : [marked[1].trim(), marked[2]]
    const rest = given.replace(/ ?%$/, "")
    if (rest !== "" && unit.includes(wordsOpen) && !rest.includes(wordsOpen))
      return { rest, unit: unitName(unit), isPercent: isPercent || rest !== given || /percent/.test(unit) }
    return { rest: whole, isPercent, unit: "" }
  }
  const bare = bareUnit.exec(whole)
  const unit = bare?.[2] ?? bare?.[3] ?? ""
  const isCounted = bare !== null && /\d $/.test(whole.slice(0, bare[1].length + 1)) && isCountable(unit)
  if (bare === null || !(isUnit(unit) || isCounted)) return { rest: whole, isPercent, unit: "" }
  return { rest: bare[1], isPercent: isPercent || unit === "percent", unit: unitName(unit) }
}
