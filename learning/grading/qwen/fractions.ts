/**
 * Rules "short fractions", "short roots" and "slash": `\frac12`, `\sqrt2` and `1/2` get the braces they lack.
 */
import { isWordCharacter } from "./units.ts"

/** Braces around what follows `\frac` where the first is missing: `\frac12`, `\frac1{72}`, but not `\frac{72}1`. */
export const withFractions = (text: string): string => {
  const [head, ...rest] = text.split("\\frac")
  if (rest.some((part) => !part.startsWith("{") && part.length < 2)) return text
  const braced = rest.map((part) => {
    if (part.startsWith("{")) return `\\frac${part}`
    const [first, second] = part
    return second === "{" ? `\\frac{${first}}${part.slice(1)}` : `\\frac{${first}}{${second}}${part.slice(2)}`
  })
  return head + braced.join("")
}

/** Braces around the letters and digits that touch `\sqrt`. */
export const withRoots = (text: string): string => {
  const [head, ...rest] = text.split("\\sqrt")
  const braced = rest.map((part) => {
    let end = 0
    while (end < part.length && isWordCharacter(part[end])) end += 1
    return end === 0 ? `\\sqrt${part}` : `\\sqrt{${part.slice(0, end)}}${part.slice(end)}`
  })
  return head + braced.join("")
}

const integer = /^-?(?:0|[1-9]\d{0,999})$/

/** A single slash between whole numbers; where one side has a root, only the other has to be whole. */
export const withSlash = (text: string): string => {
  const sides = text.split("/", 3)
  if (sides.length !== 2 || !sides.every((side) => side.includes("sqrt") || (integer.test(side) && side !== "-0")))
    return text
  return `\\frac{${sides[0]}}{${sides[1]}}`
}
