/**
 * The first of DeepScaleR's two comparisons: both sides rewritten by the rules of the MATH data set, then the same text.
 *
 * Its known mistake is rule "text at the right": everything from `\text{ ` on goes, so `5 \text{ or } 6` is 5.
 */
import { withFractions } from "../qwen/fractions.ts"

/** `\text{…}` around the whole answer. */
export const unwrapped = (text: string): string => /^\\text\{([^\n]+)\}$/.exec(text)?.[1] ?? text

const replaced = (text: string, pairs: ReadonlyArray<readonly [string, string]>): string =>
  pairs.reduce((left, [from, to]) => left.replaceAll(from, to), text)

/** Null where there is more than one such text: then nothing is rewritten. */
const withoutTextAtRight = (text: string): string | null => {
  const parts = text.split("\\text{ ", 3)
  return parts.length <= 2 ? parts[0] : null
}

const shortLeftSide = (text: string): string => {
  const sides = text.split("=", 3)
  return sides.length === 2 && sides[0].length <= 2 ? sides[1] : text
}

/** The one character behind `\sqrt` in braces, space or not: `\sqrt12` is `\sqrt{1}2`. Null where there is none. */
const withRoots = (text: string): string | null => {
  const [head, ...rest] = text.split("\\sqrt")
  if (rest.includes("")) return null
  return (
    head + rest.map((part) => (part.startsWith("{") ? `\\sqrt${part}` : `\\sqrt{${part[0]}}${part.slice(1)}`)).join("")
  )
}

const withSlash = (text: string): string => {
  const simple = /^(-?(?:0|[1-9]\d{0,999}))\/(-?(?:0|[1-9]\d{0,999}))$/.exec(text)
  return simple === null || simple[1] === "-0" || simple[2] === "-0" ? text : `\\frac{${simple[1]}}{${simple[2]}}`
}

const first = [
  ["\n", ""],
  ["\\!", ""],
  ["\\\\", "\\"],
  ["tfrac", "frac"],
  ["dfrac", "frac"],
  ["\\left", ""],
  ["\\right", ""],
  ["^{\\circ}", ""],
  ["^\\circ", ""],
  ["\\$", ""]
] as const

const second = [
  ["\\%", ""],
  ["%", ""],
  [" .", " 0."],
  ["{.", "{0."]
] as const

const fractionsOf = (text: string): string | null =>
  text.endsWith("\\frac") || text.includes("\\frac\\frac") ? null : withFractions(text)

export const strip = (answer: string): string => {
  const text = unwrapped(answer.trim()).trim()
  const left = withoutTextAtRight(replaced(text, first))
  if (left === null) return text
  const plain = replaced(left, second.slice(0, 1)).replaceAll("\\%", "")
  const pointed = replaced(plain, second.slice(2))
  if (pointed === "") return ""
  const rooted = withRoots(shortLeftSide(pointed.startsWith(".") ? `0${pointed}` : pointed))
  const braced = rooted === null ? null : fractionsOf(rooted.replaceAll(" ", ""))
  if (braced === null) return text
  return withSlash(braced === "0.5" ? "\\frac{1}{2}" : braced)
}
