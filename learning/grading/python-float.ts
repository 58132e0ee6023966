/**
 * What Python's `float()` makes of a text, for graders that ask it: whole numbers, decimals, exponents, `inf`, `nan`,
 * underscores between digits and white space around. Null where it would refuse.
 */

const form = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/
const wordForm = /^[+-]?(?:inf|infinity|nan)$/i
const underscore = /^_|_$|__|_\D|\D_/

export const pythonFloat = (text: string): number | null => {
  const trimmed = text.trim()
  if (trimmed.length > 1000) return null
  if (wordForm.test(trimmed)) {
    if (/nan$/i.test(trimmed)) return NaN
    return trimmed.startsWith("-") ? -Infinity : Infinity
  }
  if (trimmed.includes("_") && underscore.test(trimmed)) return null
  const plain = trimmed.replaceAll("_", "")
  return form.test(plain) ? Number(plain) : null
}
