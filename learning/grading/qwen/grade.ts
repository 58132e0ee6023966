/**
 * The verdicts of Qwen2.5-Eval, by which the paper's benchmarks are scored. Its known mistakes are part of it; each is a
 * named rule. docs/grading.md lists them.
 */

import type { Steps } from "../steps.ts"
import type { Grade, Submission } from "../submission.ts"
import { choiceIn, onlyChoices, ruleOf } from "./compare.ts"
import { extract } from "./extract.ts"
import { strip } from "./strip.ts"

/** Benchmarks whose answers keep their units. */
const keepsUnits: ReadonlySet<string> = new Set(["carp_en", "minerva_math"])

/**
 * Rule "choices": where the reference is one letter from A to E, the answer is the last such letter of the whole
 * completion, and where it is several of them, or nothing at all, whatever letters of these the answer has.
 */
const chosen = (answer: string, reference: string, completion: string): string => {
  if (/^[A-E]$/.test(reference) && !/^[A-E]$/.test(answer)) return choiceIn(completion)
  return /^[A-E]*$/.test(reference) && !/^[A-E]*$/.test(answer) ? onlyChoices(answer) : answer
}

export const gradeAsQwen = ({ dataName = "", reference: gold, text }: Submission, steps: Steps): Grade => {
  const found = extract(text)
  const isKept = keepsUnits.has(dataName)
  const reference = strip(gold, isKept, steps)
  // The official script strips an answer twice, and the reference once.
  const answer = chosen(strip(strip(found.text, isKept, steps), isKept, steps), reference, text)
  const rule = ruleOf(answer, reference, 0, steps)
  const graded = { extracted: found.by === "nothing" ? null : found.text, compared: { answer, reference } }
  if (rule !== null) return { ...graded, verdict: "correct", rule: `${found.by}; ${rule}` }
  return { ...graded, verdict: found.by === "nothing" ? "no-answer" : "incorrect", rule: `${found.by}; different` }
}
