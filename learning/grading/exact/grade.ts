/**
 * Our own verdict: mathematically right, and strict.
 */

import { compare } from "../compare.ts"
import type { Grade, Submission } from "../submission.ts"
import { boxes, extractAnywhere, extractBoxed } from "./extract.ts"

/** A reference may be a whole solution: then it is what stands in its box. */
export const gradeExactly = ({ reference, text, where = "box" }: Submission): Grade => {
  const found = where === "box" ? extractBoxed(text) : extractAnywhere(text)
  if (found === null) return { extracted: null, verdict: "no-answer", rule: where === "box" ? "no box" : "no answer" }
  const { rule, ...rest } = compare(found.text, boxes(reference)?.text ?? reference)
  return { extracted: found.text, rule: found.by === "box" ? rule : `${found.by}; ${rule}`, ...rest }
}
