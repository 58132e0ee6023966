/**
 * A multiple-choice problem as a model is asked it. The words are ours: the paper gives scores on ARC (its table 1) but
 * neither it nor its code has the prompt they were had with.
 */
import type { Choice } from "../grading/submission.ts"

/** The problem, its choices one a line, and how to answer. What a protocol writes around a problem comes around this. */
export const choiceProblem = (problem: string, choices: ReadonlyArray<Choice>): string => {
  const lines = choices.map(({ label, text }) => `${label}. ${text}`)
  const name = choices.every(({ label }) => /^\d+$/.test(label)) ? "number" : "letter"
  return `${problem.trim()}\n\n${lines.join("\n")}\n\nWhich choice is right? Put its ${name} in \\boxed{}.`
}
