/**
 * maj@k: is the answer right that most of k answers agree on?
 */
import type { Answers } from "./outcome.ts"

interface Votes {
  readonly count: number
  readonly right: number
}

/**
 * How likely the majority's answer is right, 0 to 1. Answers with equal forms are one answer; those without a form have no
 * vote, and where none has one the majority is wrong. Among forms with equally many votes one is drawn, each equally
 * likely: the expected value is told. A form is as right as its answers are on average, for a grader that gave up on one
 * of them may have judged another.
 *
 * Source: Wang et al. 2022, "Self-consistency improves chain of thought reasoning" (arXiv 2203.11171); how ties end is ours.
 */
export const majorityAccuracy = (answers: Answers): number => {
  const byForm = new Map<string, Votes>()
  for (const { correct, form } of answers) {
    if (form === null) continue
    const votes = byForm.get(form) ?? { count: 0, right: 0 }
    byForm.set(form, { count: votes.count + 1, right: votes.right + (correct ? 1 : 0) })
  }
  let most = 0
  let right = 0
  let tied = 0
  for (const votes of byForm.values()) {
    if (votes.count < most) continue
    if (votes.count > most) [most, right, tied] = [votes.count, 0, 0]
    right += votes.right
    tied += 1
  }
  return tied === 0 ? 0 : right / (most * tied)
}
