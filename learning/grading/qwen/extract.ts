/**
 * Where Qwen's evaluation finds the answer in a completion: a sentence of Minerva's, the last box, a phrase that
 * announces it, the last number.
 */

export interface Found {
  readonly text: string
  readonly by: "final answer sentence" | "box" | "answer is" | "final answer is" | "答案是" | "last number" | "nothing"
}

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= "0" && character <= "9"

const digitsEnd = (text: string, from: number): number => {
  let at = from
  while (isDigit(text[at])) at += 1
  return at
}

/** The last number, all commas taken away before. A minus that touches it belongs to it: `2-3` ends in −3. */
export const lastNumber = (withCommas: string): string | null => {
  const text = withCommas.replaceAll(",", "")
  let found: string | null = null
  for (let at = 0; at < text.length; ) {
    const from = at
    const digits = text[at] === "-" ? at + 1 : at
    const whole = digitsEnd(text, digits)
    const to = text[whole] === "." && isDigit(text[whole + 1]) ? digitsEnd(text, whole + 1) : whole
    if (to > digits) found = text.slice(from, to)
    at = to > digits ? to : from + 1
  }
  return found
}

/** What stands in the box that begins here; all that follows where it is never closed. `\{` counts like `{`. */
const boxContent = (text: string): string => {
  if (!text.startsWith("{")) return text.split("$", 1)[0].trim()
  let depth = 1
  for (let at = 1; at < text.length; at++) {
    if (text[at] === "{") depth += 1
    else if (text[at] === "}" && --depth === 0) return text.slice(1, at)
  }
  return text.slice(1)
}

const after = (text: string, phrase: string, isLast: boolean): string => {
  const at = isLast ? text.lastIndexOf(phrase) : text.indexOf(phrase)
  return text.slice(at + phrase.length)
}

const find = (text: string): Found => {
  if (text.includes("final answer is $") && text.includes("$. I hope")) {
    const rest = after(text, "final answer is $", false)
    return { text: rest.split("$. I hope", 1)[0].trim(), by: "final answer sentence" }
  }
  if (text.includes("boxed")) return { text: boxContent(after(text, "boxed", true)), by: "box" }
  if (text.includes("he answer is")) return { text: after(text, "he answer is", true).trim(), by: "answer is" }
  if (text.includes("final answer is"))
    return { text: after(text, "final answer is", true).trim(), by: "final answer is" }
  if (text.includes("答案是")) {
    const rest = text.split("答案是", 2)[1].trim()
    return { text: rest.split("\n\n", 1)[0].trim(), by: "答案是" }
  }
  const number = lastNumber(text)
  return number === null ? { text: "", by: "nothing" } : { text: number, by: "last number" }
}

/** Line breaks go with the white space after them; so do one colon before and one point or slash behind. */
const tidy = (text: string): string => {
  let line = text.includes("\n")
    ? text
        .split("\n")
        .map((part, index) => (index === 0 ? part : part.trimStart()))
        .join("")
    : text
  if (line.startsWith(":")) line = line.slice(1)
  if (line.endsWith(".")) line = line.slice(0, -1)
  return line.endsWith("/") ? line.slice(0, -1) : line
}

export const extract = (completion: string): Found => {
  const { by, text } = find(completion.replaceAll("\u043a\u0438", ""))
  return { text: tidy(text), by }
}
