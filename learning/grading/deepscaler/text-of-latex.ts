/**
 * LaTeX as plain text, the way DeepScaleR's reward has it written before it reads it as a line of arithmetic.
 *
 * Rule "roots lose their degree": `\sqrt[3]{5}` is `sqrt(5)`. Commands without a text of their own vanish.
 */

import { accents, bracketed, inAlphabet, letters, signs, spelled, swallowing } from "./latex-signs.ts"

/** Deeper groups are left as they are. */
const depthLimit = 100

class Scribe {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** Up to a closing brace, an `&`, a line's end or `\end` of the group that was begun, or to the end of the text. */
  run(depth: number): string | null {
    if (depth > depthLimit) return null
    let written = ""
    while (this.#at < this.#text.length) {
      const isClosing = this.#text[this.#at] === "}"
      if (isClosing && depth > 0) break
      const next = isClosing ? this.#skipOne() : this.#one(depth)
      if (next === null) return null
      written += next
    }
    return written
  }

  #skipOne(): string {
    this.#at += 1
    return ""
  }

  #one(depth: number): string | null {
    const character = this.#text[this.#at]
    if (character === "{") return this.#group(depth)
    if (character === "\\") return this.#command(depth)
    this.#at += 1
    return character === "~" ? "\u00a0" : character
  }

  #group(depth: number): string | null {
    this.#at += 1
    const content = this.run(depth + 1)
    this.#at += 1
    return content
  }

  #name(): string {
    const from = this.#at
    while (/^[A-Za-z]$/.test(this.#text[this.#at] ?? "")) this.#at += 1
    return this.#text.slice(from, this.#at)
  }

  #skipSpace(): void {
    while (/^\s$/.test(this.#text[this.#at] ?? "")) this.#at += 1
  }

  #sign(): string {
    const sign = this.#text[this.#at] ?? ""
    this.#at += 1
    if (sign === "\\") return "\n"
    if (sign === "!") return ""
    return ",;: ".includes(sign) ? " " : sign
  }

  #argument(depth: number): string | null {
    this.#skipSpace()
    return this.#at < this.#text.length && this.#text[this.#at] !== "}" ? this.#one(depth + 1) : ""
  }

  #command(depth: number): string | null {
    if (depth > depthLimit) return null
    this.#at += 1
    const name = this.#name()
    if (name === "") return this.#sign()
    this.#skipSpace()
    if (name === "frac" || name === "cfrac" || name === "nicefrac" || name === "sfrac")
      return this.#fraction(name, depth)
    if (name === "sqrt") return this.#root(depth)
    if (name === "begin") return this.#environment(depth)
    if (swallowing.has(name)) return this.#argument(depth) === null ? null : ""
    if (name === "textcolor") return this.#argument(depth) === null ? null : this.#argument(depth)
    if (Object.hasOwn(accents, name) || inAlphabet(name, "") !== null) return this.#styled(name, depth)
    return signs[name] ?? letters[name] ?? (spelled.has(name) ? name : "")
  }

  #styled(name: string, depth: number): string | null {
    const content = this.#argument(depth)
    if (content === null) return null
    return inAlphabet(name, content) ?? `${content}${accents[name]}`
  }

  #fraction(name: string, depth: number): string | null {
    const above = this.#argument(depth)
    const below = above === null ? null : this.#argument(depth)
    if (above === null || below === null) return null
    return name === "cfrac" || name === "sfrac" ? `${above}${below}` : `${above}/${below}`
  }

  #root(depth: number): string | null {
    if (this.#text[this.#at] === "[") {
      const close = this.#text.indexOf("]", this.#at)
      if (close >= 0) this.#at = close + 1
    }
    const content = this.#argument(depth)
    return content === null ? null : `sqrt(${content})`
  }

  /** A matrix is its rows in brackets, of whichever kind it was; the name of any other environment goes. */
  #environment(depth: number): string | null {
    const name = this.#argument(depth)
    if (name === null || !bracketed.has(name)) return name === null ? null : ""
    if (name === "array") this.#argument(depth)
    const closing = `\\end{${name}}`
    const end = this.#text.indexOf(closing, this.#at)
    if (end < 0) return null
    const rows: Array<string> = []
    for (const row of this.#text.slice(this.#at, end).split("\\\\")) {
      const cells = row
        .replace(/^\s*\[[^\]]*\]/, "")
        .split("&")
        .map((cell) => new Scribe(cell).run(depth + 1))
      if (cells.includes(null)) return null
      rows.push(cells.map((cell) => cell?.trim()).join(" "))
    }
    this.#at = end + closing.length
    return `[${rows.join(";")}]`
  }
}

/** Null where groups are too deep. A closing brace too many is dropped, with nothing after it lost. */
export const textOfLatex = (latex: string): string | null => {
  const parts = new Scribe(
    latex.replaceAll("\\tfrac", "\\frac").replaceAll("\\dfrac", "\\frac").replaceAll("\\frac", " \\frac")
  )
  return parts.run(0)?.trim() ?? null
}
