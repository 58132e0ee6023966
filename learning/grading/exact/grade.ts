/**
 * Our own verdict: mathematically right, and strict.
 */
import type { Steps } from "../steps.ts"
import type { Reached } from "../verdict.ts"
import { clean, wordsClose, wordsOpen } from "./clean.ts"
import { extractAnywhere, extractBoxed } from "./extract.ts"
import { readAnswer } from "./read.ts"
import { type Sameness, sameness } from "./same.ts"

/** Longer answers are compared as text only. */
export const answerLimit = 1000

const shown = (text: string): string => text.replaceAll(wordsOpen, "").replaceAll(wordsClose, "")

/** @param answer what was extracted. An empty answer is never right. */
const compare = (answer: string, reference: string, steps: Steps): Sameness => {
  if (answer === "") return "different"
  if (answer.replaceAll(" ", "") === reference.replaceAll(" ", "")) return { rule: "string" }
  return sameness(readAnswer(answer, steps), readAnswer(reference, steps), steps)
}

export const gradeExactly = (completion: string, gold: string, steps: Steps, where: "box" | "anywhere" = "anywhere"): Reached => {
  steps.take(completion.length / 8)
  const found = where === "box" ? extractBoxed(completion) : extractAnywhere(completion)
  if (found === null)
    return {
      extracted: null,
      answer: null,
      reference: null,
      verdict: "no-answer",
      rule: where === "box" ? "no box" : "no answer"
    }
  const extracted = found.text
  if (Math.max(extracted.length, gold.length) > answerLimit) {
    const isSame = extracted.trim() === gold.trim()
    const rule = isSame ? "string" : `gave up: longer than ${answerLimit} characters`
    return { extracted, answer: null, reference: null, verdict: isSame ? "correct" : "unknown", rule }
  }
  const [answer, reference] = [clean(extracted), clean(gold)]
  const result = compare(answer, reference, steps)
  const sides = { extracted, answer: shown(answer), reference: shown(reference) }
  if (result === "different") return { ...sides, verdict: "incorrect", rule: "different" }
  if (result === "unknown") return { ...sides, verdict: "unknown", rule: "gave up: no value could be computed" }
  return { ...sides, verdict: "correct", rule: result.rule }
}
