/**
 * The verdicts of DeepScaleR's training reward, by which the paper trains. Its known mistakes are part of it; each is a
 * named rule. docs/grading.md lists them.
 */

import type { Steps } from "../steps.ts"
import type { Grade, Submission } from "../submission.ts"
import { compare } from "./compare.ts"
import { extract } from "./extract.ts"

export const gradeAsDeepscaler = ({ reference: gold, text }: Submission, steps: Steps): Grade => {
  const extracted = extract(text)
  if (extracted === null) return { extracted, verdict: "no-answer", rule: "no box" }
  const wanted = gold.includes("\\boxed") ? (extract(gold) ?? gold) : gold
  const { answer, reference, rule } = compare(extracted, wanted, steps)
  const compared = { answer, reference }
  return { extracted, compared, verdict: rule === null ? "incorrect" : "correct", rule: rule ?? "different" }
}
