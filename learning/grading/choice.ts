/**
 * Multiple choice: is the choice that a response names the right one? Each mode looks for the answer where it always does.
 */
import { gaveUp } from "./compare.ts"
import { extract as extractAsDeepscaler } from "./deepscaler/extract.ts"
import { extractAnywhere, extractBoxed } from "./exact/extract.ts"
import { namedChoice } from "./named-choice.ts"
import { choiceIn } from "./qwen/compare.ts"
import { extract as extractAsQwen } from "./qwen/extract.ts"
import type { Choice, Grade, Submission } from "./submission.ts"

export type ChoiceSubmission = Omit<Submission, "choices"> & { readonly choices: ReadonlyArray<Choice> }

/** The answer, and before which words its rule stands; null where there is none. */
const answerIn = ({ mode = "exact", text, where = "box" }: ChoiceSubmission) => {
  if (mode === "qwen") {
    const { by, text: answer } = extractAsQwen(text)
    return { answer, by: `${by}; `, found: by !== "nothing" }
  }
  if (mode === "deepscaler") {
    const answer = extractAsDeepscaler(text)
    return { answer: answer ?? "", by: "", found: answer !== null }
  }
  const found = where === "box" ? extractBoxed(text) : extractAnywhere(text)
  return {
    answer: found?.text ?? "",
    by: found === null || found.by === "box" ? "" : `${found.by}; `,
    found: found !== null
  }
}

/** Qwen's rule for choices: the last letter from A to E that stands alone, anywhere in the response. */
const lastLetter = ({ choices, mode, reference, text }: ChoiceSubmission): string | null => {
  if (mode !== "qwen" || !/^[A-E]$/.test(reference)) return null
  const letter = choiceIn(text)
  return choices.some(({ label }) => label === letter) ? letter : null
}

/**
 * The verdict on a response to a problem with choices. Unknown where the reference is not the label of just one of them.
 *
 * Its rule is one of `choiceRules`, with where the answer was found before it; or "no box", or "no answer".
 */
export const gradeChoice = (submission: ChoiceSubmission): Grade => {
  const { choices, mode, reference, where = "box" } = submission
  if (choices.filter(({ label }) => label === reference).length !== 1)
    return { extracted: null, ...gaveUp("the reference is not the label of one choice") }
  const { answer, by, found } = answerIn(submission)
  const extracted = found ? answer : null
  const named = namedChoice(answer, choices)
  const letter = named.label === null ? lastLetter(submission) : null
  const label = named.label ?? letter
  if (label === null && !found) {
    const rule = mode === "qwen" || where === "anywhere" ? "no answer" : "no box"
    return { extracted, verdict: "no-answer", rule: mode === "deepscaler" ? "no box" : rule }
  }
  const rule = `${by}${letter === null ? named.rule : "last letter"}`
  if (label === null) return { extracted, verdict: "incorrect", rule }
  return {
    extracted,
    verdict: label === reference ? "correct" : "incorrect",
    rule,
    compared: { answer: label, reference }
  }
}
