/**
 * Rule "number words": a text with English number words in it becomes that number, whatever else it says; digits alone
 * lose leading zeros.
 */

const values: Readonly<Record<string, number>> = Object.fromEntries([
  ..."zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen"
    .split(" ")
    .map((word, value) => [word, value]),
  ..."twenty thirty forty fifty sixty seventy eighty ninety".split(" ").map((word, at) => [word, 20 + 10 * at]),
  ["hundred", 100],
  ["thousand", 1e3],
  ["million", 1e6],
  ["billion", 1e9],
  ["point", NaN]
])

const scales = ["billion", "million", "thousand"] as const

/** Up to four words; more, or none, are no number. */
const small = (words: ReadonlyArray<string>): number | null => {
  const [a, b, c, d] = words.map((word) => values[word])
  switch (words.length) {
    case 1:
      return a
    case 2:
      return words.includes("hundred") ? a * b : a + b
    case 3:
      return a * b + c
    case 4:
      return a * b + c + d
    default:
      return null
  }
}

const whole = (words: ReadonlyArray<string>): number | null => {
  if (words.length === 1) return values[words[0]]
  let total = 0
  let from = 0
  for (const scale of scales) {
    const at = words.indexOf(scale)
    if (at < 0) continue
    const count = at < from ? null : small(words.slice(from, at))
    if (count === null) return null
    total += count * values[scale]
    from = at + 1
  }
  if (from === words.length) return total
  const rest = small(words.slice(from))
  return rest === null ? null : total + rest
}

const isTwice = (words: ReadonlyArray<string>, word: string): boolean => words.indexOf(word) !== words.lastIndexOf(word)

/** What the text becomes; itself where it names no number. */
export const withNumberWords = (text: string): string => {
  const plain = text.replaceAll("-", " ").toLowerCase()
  if (/^\d+$/.test(plain)) return plain.replace(/^0+(?=\d)/, "")
  const found = plain.split(/\s+/).filter((word) => Object.hasOwn(values, word))
  if (found.length === 0 || [...scales, "point"].some((word) => isTwice(found, word))) return text
  const point = found.indexOf("point")
  const before = point < 0 ? found : found.slice(0, point)
  const total = before.length === 0 ? 0 : whole(before)
  if (total === null || Number.isNaN(total)) return text
  if (point < 0) return String(total)
  const decimals = found.slice(point + 1)
  if (decimals.some((word) => !(values[word] < 10))) return text
  return decimals.length === 0
    ? String(total)
    : String(Number(`${total}.${decimals.map((word) => values[word]).join("")}`))
}
