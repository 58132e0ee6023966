/**
 * Self-reflection: does a response go back to what it did?
 */

/** The paper's words (section 3.2.4, figure 4). */
export const defaultReflectionWords: ReadonlyArray<string> = ["rethink", "recheck", "recalculate"]

/**
 * Whether a response contains one of the words, however often, in upper or lower case, also within a longer word:
 * "Rechecking" counts; "recalculating" does not, for the e is missing. The paper says "contain" and its repository has no
 * counter, so reading that as a part of the text, letter for letter, is ours.
 * A word is looked for as it stands, not as a pattern; a blank one is found nowhere.
 */
export const reflects = (text: string, words: ReadonlyArray<string> = defaultReflectionWords): boolean => {
  const lower = text.toLowerCase()
  return words.some((word) => word.trim() !== "" && lower.includes(word.toLowerCase()))
}
