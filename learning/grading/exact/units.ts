/**
 * Rule "units": what follows a value and only says in what it is counted. A percent sign is remembered.
 */
import { wordsClose, wordsOpen } from "./clean.ts"

const unitWords = new Set(
  "mm cm m km in inch inches ft foot feet yd yard yards mi mile miles nm um g kg mg lb lbs oz ton tons s sec secs second seconds min mins minute minutes h hr hrs hour hours day days week weeks month months year years ms ns l ml liter liters litre litres gal gallon gallons degree degrees deg rad radian radians unit units square cubic sq cu meter meters metre metres centimeter centimeters kilometer kilometers millimeter millimeters percent dollar dollars cent cents usd euro euros pound pounds mph kmh kph j w v pa hz k kj kw ohm ohms mol ev per people person students student ways way times books coins apples".split(
    " "
  )
)

const isUnit = (words: string): boolean => {
  const found = words.toLowerCase().match(/[a-z]+/g) ?? []
  return found.length > 0 && found.every((word) => unitWords.has(word))
}

/** Letters without marks are a unit only behind a number: `5 cm`, `8 m`, `3/4 ft`. */
const bareUnit =
  /^([+-]? ?[\d.,/ ]*\d|\\frac \{\d+\}\{\d+\})(?: ?([kcm]?m\^ ?\{?[23]\}?|[A-Za-z]{2,}(?:[ /*^.-]+[A-Za-z0-9]+)*)| ([A-Za-z](?:[ /*^.-]+[A-Za-z0-9]+)*))$/s

export interface WithoutUnit {
  readonly rest: string
  readonly isPercent: boolean
  readonly unit: string
}

const marked = `${wordsOpen}[^${wordsOpen}${wordsClose}]*${wordsClose}`

/** Words, and what may stand between and behind them in a unit: powers, products, quotients. */
const markedUnit = new RegExp(`^(.*?)( ?${marked}(?: ?(?:${marked}|\\^ ?\\{? ?-?\\d ?\\}?|\\\\cdot|[/*]))*)$`, "s")

export const unitName = (unit: string): string =>
  unit
    .toLowerCase()
    .replace(/[^a-z0-9/^-]/g, "")
    .replace(/(?<=[a-z]{3})s$/, "")

export const withoutUnit = (text: string): WithoutUnit => {
  const isPercent = text.endsWith("%")
  const whole = isPercent ? text.slice(0, -1).trim() : text
  if (whole.includes(wordsOpen)) {
    const marked = markedUnit.exec(whole)
    const [rest, unit] = marked === null ? ["", ""] : [marked[1].trim(), marked[2]]
    if (rest !== "" && unit.includes(wordsOpen) && !rest.includes(wordsOpen))
      return { rest, unit: unitName(unit), isPercent: isPercent || /percent/.test(unit) }
    return { rest: whole, isPercent, unit: "" }
  }
  const bare = bareUnit.exec(whole)
  const unit = bare?.[2] ?? bare?.[3] ?? ""
  if (bare === null || !isUnit(unit)) return { rest: whole, isPercent, unit: "" }
  return { rest: bare[1], isPercent: isPercent || unit === "percent", unit: unitName(unit) }
}
