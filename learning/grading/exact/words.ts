/**
 * Answers that are words: names, choices, yes and no.
 */
import { wordsClose, wordsOpen } from "./clean.ts"

const marked = new RegExp(`[${wordsOpen}${wordsClose}]`, "g")

/** Words in one spelling: small letters, no quotes, no brackets around all of it, single spaces. */
export const wordsIn = (text: string): string =>
  text
    .replace(marked, " ")
    .toLowerCase()
    .replace(/["'`“”‘’]/g, "")
    .replace(/[{}]/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/^\((.*)\)$/, "$1")
    .replace(/[.,;:!?]+$/, "")
    .replace(/^(?:an?|the) (?=\p{L}{2})/u, "")
    .trim()

const formula = /[\\^_=<>+*/|&]|\d/

/** Whether a text is words and nothing else: marked ones, quoted ones, or a word of several letters alone. */
export const isWords = (text: string): boolean => {
  if (text.startsWith(wordsOpen) && text.indexOf(wordsClose) === text.length - 1) return true
  if (text === "" || formula.test(text.replace(/(?<=\p{L})-(?=\p{L})/gu, ""))) return false
  const outside = text.replace(new RegExp(`${wordsOpen}[^${wordsClose}]*${wordsClose}`, "g"), "").trim()
  if (text.includes(wordsOpen) && /^[()\s"'.:]*$/.test(outside)) return true
  if (/^["'“‘`]/.test(text)) return true
  const words = text.match(/\p{L}+/gu) ?? []
  return words.length > 0 && words.some((word) => word.length > 2) && /^[\p{L}\s"'“”‘’.(),:-]+$/u.test(text)
}
