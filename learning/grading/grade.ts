/**
 * One verdict: extract, rewrite, compare, by one of the named graders. A pure function of the submission.
 */
import { gradeChoice } from "./choice.ts"
import { gaveUp, withinSteps } from "./compare.ts"
import { gradeAsDeepscaler } from "./deepscaler/grade.ts"
import { gradeExactly } from "./exact/grade.ts"
import { gradeAsQwen } from "./qwen/grade.ts"
import type { Grade, Submission } from "./submission.ts"

/** Longer responses are not looked at. */
export const textLimit = 4_000_000

const unknown = (why: string): Grade => ({ extracted: null, ...gaveUp(why) })

export const grade = (submission: Submission): Grade => {
  const { choices, mode = "exact", text } = submission
  if (text.length > textLimit) return unknown(`longer than ${textLimit} characters`)
  if (choices !== undefined) return gradeChoice({ ...submission, choices })
  switch (mode) {
    case "exact":
      return gradeExactly(submission)
    case "deepscaler":
      return withinSteps((steps) => gradeAsDeepscaler(submission, steps), unknown)
    case "qwen":
      return withinSteps((steps) => gradeAsQwen(submission, steps), unknown)
  }
}
