/**
 * Where an answer stands in a response: in its last box, or, where a caller accepts it, wherever else it is announced.
 *
 * Boxes that only `and`, `or` or a comma join are one answer. Without a box it is what follows "answer is" or "Answer:",
 * the last formula, the last number; a text that is short and nothing but an answer is one.
 */
import { lastBoxed } from "../extract.ts"
import { lastNumber } from "../qwen/extract.ts"
import { closing } from "./clean.ts"

export interface Found {
  readonly text: string
  readonly by: "box" | "boxes" | "unclosed box" | "whole text" | "answer phrase" | "formula" | "number"
}

const opening = "\\boxed{"
const joint = /^[\s$.]*(?:,|and|or|,\s*and|,\s*or|\\text\{\s*(?:and|or)\s*\})[\s$]*$/

/** The boxes of which the last is one, joined. */
const boxes = (text: string): Found | null => {
  const last = lastBoxed(text)
  if (last === null) return null
  const found = [last]
  let from = text.lastIndexOf(opening)
  for (;;) {
    const before = text.lastIndexOf(opening, from - 1)
    if (before < 0 || from === 0) break
    const end = closing(text, before + opening.length - 1)
    const between = end < 0 || end > from || from - end > 40 ? null : text.slice(end + 1, from)
    if (between === null || !joint.test(between)) break
    found.unshift(text.slice(before + opening.length, end))
    from = before
  }
  return found.length === 1 ? { text: last, by: "box" } : { text: found.join(", "), by: "boxes" }
}

/** `\boxed 5`, `\fbox{5}`, and a brace that is never closed: up to the end of the line. */
const oddBox = (text: string): Found | null => {
  const at = Math.max(text.lastIndexOf("\\boxed"), text.lastIndexOf("\\fbox"))
  if (at < 0) return null
  const rest = text.slice(at).replace(/^\\[a-z]+\s*/, "")
  if (rest.startsWith("{")) {
    const end = closing(rest, 0)
    if (end > 0) return { text: rest.slice(1, end), by: "box" }
    return { text: lineOf(rest.slice(1)), by: "unclosed box" }
  }
  return { text: lineOf(rest).split("$", 1)[0], by: "unclosed box" }
}

const lineOf = (text: string): string => {
  const begun = text.trimStart()
  const end = begun.indexOf("\n")
  return (end < 0 ? begun : begun.slice(0, end)).trim()
}

const phrases = ["answer is", "answer:", "答案是", "答案：", "answer ="]

const announced = (text: string): Found | null => {
  const lower = text.toLowerCase()
  let at = -1
  for (const phrase of phrases) {
    const found = lower.lastIndexOf(phrase)
    if (found >= 0) at = Math.max(at, found + phrase.length)
  }
  if (at < 0 || lower.length !== text.length) return null
  const line = lineOf(text.slice(at).replace(/^[\s:*]+/, ""))
  const sentence = line.replace(/\.\s+[A-Z].*$/, "").replace(/\*+$/, "")
  return sentence === "" ? null : { text: formulaIn(sentence) ?? sentence, by: "answer phrase" }
}

const delimiters = [
  ["\\[", "\\]"],
  ["\\(", "\\)"],
  ["$$", "$$"],
  ["$", "$"]
] as const

/** The last formula between delimiters. */
const formulaIn = (text: string): string | null => {
  let best = -1
  let content: string | null = null
  for (const [open, close] of delimiters) {
    const end = text.lastIndexOf(close)
    const from = end <= 0 ? -1 : text.lastIndexOf(open, end - 1)
    if (from < 0 || from + open.length > end || end <= best) continue
    const inner = text.slice(from + open.length, end).trim()
    if (inner === "") continue
    best = end
    content = inner
  }
  return content
}

/** Words outside formulas make a text a sentence. */
const isOnlyAnAnswer = (text: string): boolean => {
  if (text.length > 200 || /\n\s*\n/.test(text)) return false
  const outside = text.replace(/\$[^$]*\$/g, " $ ").replace(/\\[a-z]+/gi, " ")
  const words = outside.match(/[a-z]{2,}/gi) ?? []
  return words.length < (text.includes("$") ? 2 : 4)
}

export const extractAnywhere = (response: string): Found | null => {
  const boxed = boxes(response) ?? oddBox(response)
  if (boxed !== null) return boxed
  const phrase = announced(response)
  if (phrase !== null) return phrase
  const text = response.trim()
  if (text === "") return null
  if (isOnlyAnAnswer(text)) return { text: text.replace(/^(?:the )?(?:final )?answer\b\s*/i, ""), by: "whole text" }
  const formula = formulaIn(text)
  if (formula !== null) return { text: formula, by: "formula" }
  const number = lastNumber(text)
  return number === null ? null : { text: number, by: "number" }
}

/** The box and nothing else: what training pays for. */
export const extractBoxed = (response: string): Found | null => {
  const last = lastBoxed(response)
  return last === null ? null : { text: last, by: "box" }
}
