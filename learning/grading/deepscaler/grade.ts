/**
 * The verdicts of DeepScaleR's training reward, by which the paper trains. Its known mistakes are part of it; each is a
 * named rule. docs/grading.md lists them.
 */
import type { Steps } from "../steps.ts"
import type { Reached } from "../verdict.ts"
import { compare } from "./compare.ts"
import { extract } from "./extract.ts"

export const gradeAsDeepscaler = (completion: string, gold: string, steps: Steps): Reached => {
  steps.take(completion.length / 8)
  const extracted = extract(completion)
  if (extracted === null) return { extracted, answer: null, reference: null, verdict: "no-answer", rule: "no box" }
  const wanted = gold.includes("\\boxed") ? (extract(gold) ?? gold) : gold
  const { answer, reference, rule } = compare(extracted, wanted, steps)
  return { extracted, answer, reference, verdict: rule === null ? "incorrect" : "correct", rule: rule ?? "different" }
}
