/**
 * Where DeepScaleR's reward finds the answer: in the last `\boxed{`, and nowhere else.
 *
 * Rule "exactly \boxed{": a space before the brace, `\fbox`, and a box that is never closed have no answer. `\{` counts
 * like `{`. Where a response has no box at all it has an empty answer, because the prompt, which the reward reads too,
 * has `\boxed{}` in it.
 */

const opening = "\\boxed"

export const extract = (text: string): string | null => {
  const found = text.lastIndexOf(opening)
  if (found < 0 || text[found + opening.length] !== "{") return null
  let depth = 0
  for (let at = found + opening.length; at < text.length; at++) {
    if (text[at] === "{") depth += 1
    else if (text[at] === "}" && --depth === 0) return text.slice(found + opening.length + 1, at)
  }
  return null
}
