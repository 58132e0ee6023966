/**
 * The answer in a response: what stands in its last `\boxed{…}`.
 */

const opening = "\\boxed{"

/**
 * The content of the last `\boxed{`, up to the brace that closes it; null where there is none or it is never closed.
 *
 * Braces after a backslash (`\{`) are text and do not count. One pass, no recursion: any length and nesting is safe.
 */
export const lastBoxed = (text: string): string | null => {
  const found = text.lastIndexOf(opening)
  if (found < 0) return null
  const start = found + opening.length
  let depth = 1
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === "\\") at += 1
    else if (character === "{") depth += 1
    else if (character === "}" && --depth === 0) return text.slice(start, at)
  }
  return null
}

/** Whether a response has an answer in a box at all, right or wrong; an empty box has none. */
export const answerIsBoxed = (text: string): boolean => {
  const answer = lastBoxed(text)
  return answer !== null && answer.trim() !== ""
}
