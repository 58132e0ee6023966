/**
 * LaTeX as plain text, the way DeepScaleR's reward has it written before it reads it as a line of arithmetic.
 *
 * Rule "roots lose their degree": `\sqrt[3]{5}` is `sqrt(5)`. Commands without a text of their own vanish.
 */

const signs: Readonly<Record<string, string>> = {
  pi: "pi",
  infty: "inf",
  cup: "U",
  cdot: "*",
  times: "*",
  pm: "±",
  mp: "∓",
  div: "÷",
  circ: "∘",
  degree: "°",
  le: "≤",
  leq: "≤",
  leqslant: "⩽",
  ge: "≥",
  geq: "≥",
  geqslant: "⩾",
  ne: "≠",
  neq: "≠",
  lt: "<",
  gt: ">",
  in: "∈",
  cap: "∩",
  approx: "≈",
  equiv: "≡",
  to: "→",
  rightarrow: "→",
  mid: "∣",
  ldots: "…",
  dots: "…",
  cdots: "⋯",
  quad: " ",
  qquad: " ",
  lfloor: "⌊",
  rfloor: "⌋",
  lceil: "⌈",
  rceil: "⌉",
  langle: "⟨",
  rangle: "⟩",
  emptyset: "∅",
  varnothing: "∅",
  setminus: "∖",
  backslash: "\\"
}

/** Functions are written by their names. */
const spelled: ReadonlySet<string> = new Set(
  "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth log ln lg exp lim max min gcd det dim".split(" ")
)
const letters: Readonly<Record<string, string>> = Object.fromEntries(
  "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω ell ℓ hbar ℏ partial ∂ nabla ∇ odot ⊙ forall ∀ exists ∃ angle ∠ triangle △ perp ⟂"
    .split(" ")
    .flatMap((name, at, all) => (at % 2 === 0 ? [[name, all[at + 1]]] : []))
)
/** Commands that swallow what is in the braces behind them. */
const swallowing: ReadonlySet<string> = new Set(["mbox", "label", "hspace", "vspace", "phantom", "hphantom", "color"])

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
    return character === "~" ? " " : character
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
    return signs[name] ?? letters[name] ?? (spelled.has(name) ? name : "")
  }

  #fraction(name: string, depth: number): string | null {
    const above = this.#argument(depth)
    const below = above === null ? null : this.#argument(depth)
    if (above === null || below === null) return null
    return name === "cfrac" ? `${above}${below}` : `${above}/${below}`
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
    if (name === null || !name.endsWith("matrix")) return name === null ? null : ""
    const closing = `\\end{${name}}`
    const end = this.#text.indexOf(closing, this.#at)
    if (end < 0) return null
    const rows: Array<string> = []
    for (const row of this.#text.slice(this.#at, end).split("\\\\")) {
      const cells = row.split("&").map((cell) => new Scribe(cell).run(depth + 1))
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
