/**
 * A cleaned answer cut at what stands outside every bracket.
 */

const opens = "([{"
const closes = ")]}"

/** Each piece between separators at the top level. A separator is one character, or a command. */
export const pieces = (text: string, separators: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found: Array<string> = []
  let depth = 0
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    const isEscaped = character === "\\" && (text[at + 1] === "{" || text[at + 1] === "}")
    if (isEscaped) {
      depth += text[at + 1] === "{" ? 1 : -1
      at += 1
      continue
    }
    if (opens.includes(character)) depth += 1
    else if (closes.includes(character)) depth -= 1
    if (depth > 0) continue
    const separator = separators.find((one) => text.startsWith(one, at))
    if (separator === undefined) continue
    found.push(text.slice(from, at).trim())
    from = at + separator.length
    at = from - 1
  }
  return [...found, text.slice(from).trim()]
}

/** Whether the bracket at the start is closed by the one at the end, of whatever type. */
export const isEnclosed = (text: string): boolean => {
  if (!opens.includes(text[0] ?? " ") || !closes.includes(text[text.length - 1])) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "\\") {
      if (text[at + 1] === "{") depth += 1
      if (text[at + 1] === "}") depth -= 1
      at += 1
    } else if (opens.includes(text[at])) depth += 1
    else if (closes.includes(text[at]) && --depth === 0) return at === text.length - 1
  }
  return false
}

/** Whether a set in `\{…\}` is the whole text. */
export const isSet = (text: string): boolean => {
  if (!text.startsWith("\\{") || !text.endsWith("\\}")) return false
  let depth = 0
  for (let at = 0; at < text.length - 1; at++) {
    if (text[at] !== "\\") continue
    if (text[at + 1] === "{") depth += 1
    else if (text[at + 1] === "}" && --depth === 0) return at === text.length - 2
    at += 1
  }
  return false
}
