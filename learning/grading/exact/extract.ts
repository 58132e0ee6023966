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
  readonly by: "box" | "boxes" | "unclosed box" | "whole text" | "answer phrase" | "conclusion" | "formula" | "number"
}

const opening = "\\boxed{"
/** What joins two boxes to one answer: a comma, or few words with "and" or "or" among them and no end of a sentence. */
const isJoint = (between: string): boolean => {
  const words = between
    .replace(/\\(?:text|quad|qquad|,|;| )/g, " ")
    .replace(/[{}$]/g, " ")
    .trim()
  return words === "," || (/(?:^|\W)(?:and|or)(?:\W|$)/.test(words) && !/[.!?:]/.test(words))
}

/** More boxes than an answer has values. */
const boxLimit = 200

/** The boxes of which the last is one, joined. */
export const boxes = (text: string): Found | null => {
  const last = lastBoxed(text)
  if (last === null) return null
  const found = [last]
  let from = text.lastIndexOf(opening)
  while (found.length < boxLimit) {
    const before = text.lastIndexOf(opening, from - 1)
    if (before < 0 || from === 0) break
    const end = closing(text, before + opening.length - 1)
    const between = end < 0 || end > from || from - end > 40 ? null : text.slice(end + 1, from)
    if (between === null || !isJoint(between)) break
    found.push(text.slice(before + opening.length, end))
    from = before
  }
  return found.length === 1 ? { text: last, by: "box" } : { text: found.reverse().join(", "), by: "boxes" }
}

/** `\boxed 5`, `\fbox{5}`, and a brace that is never closed: up to the end of the line. */
const oddBox = (text: string): Found | null => {
  const at = Math.max(...["\\boxed", "\\fbox", "\\framebox"].map((box) => text.lastIndexOf(box)))
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

const phrases = ["answer is", "answer:", "答案是", "答案：", "答案为", "answer =", "<answer>", "####"]

const announced = (text: string): Found | null => {
  const lower = text.toLowerCase()
  let at = -1
  for (const phrase of phrases) {
    const found = lower.lastIndexOf(phrase)
    if (found >= 0) at = Math.max(at, found + phrase.length)
  }
  if (at < 0 || lower.length !== text.length) return null
  const line = lineOf(text.slice(at).replace(/^[\s:：*]+/, "")).split("</answer>", 1)[0]
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

const verbs = [" get ", " obtain ", " is ", " are ", " equals ", " have ", " be "]

/** What the last line ends with, behind a verb and with no more words in it. */
const concluded = (text: string): string | null => {
  const line = text.slice(text.lastIndexOf("\n") + 1).slice(-answerLength)
  const at = Math.max(...verbs.map((verb) => line.lastIndexOf(verb) + verb.length * (line.includes(verb) ? 1 : 0)))
  const end = at <= 0 ? "" : line.slice(at).trim()
  const words = end.replace(/\\(?:begin|end)\{[a-z]+\}|\\[a-z]+/gi, " ").match(/[a-z]{3,}/gi) ?? []
  return end === "" || end.includes("$") || words.length > 0 || !/[\d\\]/.test(end) ? null : end
}

const answerLength = 400

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
  const isDisplayed = /^\w[^$\\]*(?:\\\[|\\\(|\$\$)/.test(text) && !/\b(?:and|or|answer)\b/i.test(text)
  if (isOnlyAnAnswer(text) && !isDisplayed)
    return { text: text.replace(/^(?:the )?(?:final )?answer\b\s*/i, ""), by: "whole text" }
  const conclusion = concluded(text)
  if (conclusion !== null) return { text: conclusion, by: "conclusion" }
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
