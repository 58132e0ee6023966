/**
 * Signs that stand for LaTeX: Greek letters, fractions in one character, raised and lowered digits.
 */

const relations: Readonly<Record<string, string>> = {
  "≤": "\\le ",
  "⩽": "\\le ",
  "≥": "\\ge ",
  "⩾": "\\ge ",
  "≠": "\\ne ",
  "≈": "\\approx ",
  "≡": "\\equiv ",
  "∪": "\\cup ",
  "∈": "\\in ",
  "∖": "\\setminus ",
  "∶": ":",
  "：": ":"
}

const operations: Readonly<Record<string, string>> = {
  "√": "\\sqrt ",
  "∞": "\\infty ",
  "×": "\\times ",
  "·": "\\cdot ",
  "⋅": "\\cdot ",
  "÷": "\\div ",
  "⁄": "/",
  "∕": "/",
  "−": "-",
  "–": "-",
  "±": "\\pm ",
  "∓": "\\mp ",
  "∅": "\\emptyset ",
  ℝ: "\\mathbb{R}",
  "，": ",",
  "（": "(",
  "）": ")",
  "。": "."
}

const blank: Readonly<Record<string, string>> = Object.fromEntries(
  ["°", "\u00a0", "\u2009", "\u202f", "~", "\n", "\t", "\r"].map((sign) => [sign, " "])
)

/** Money says in what a number is counted, and dollars also open formulas. */
const nothing: Readonly<Record<string, string>> = { $: "", "€": "", "£": "" }

const greek: Readonly<Record<string, string>> = Object.fromEntries(
  "α alpha β beta γ gamma δ delta ε epsilon θ theta λ lambda μ mu ν nu π pi ρ rho σ sigma τ tau φ phi ω omega Δ Delta Ω Omega"
    .split(" ")
    .flatMap((sign, at, all) => (at % 2 === 0 ? [[sign, `\\${all[at + 1]} `]] : []))
)

const fractions: Readonly<Record<string, string>> = Object.fromEntries(
  "½ 1 2 ⅓ 1 3 ⅔ 2 3 ¼ 1 4 ¾ 3 4 ⅕ 1 5 ⅖ 2 5 ⅗ 3 5 ⅘ 4 5 ⅙ 1 6 ⅚ 5 6 ⅛ 1 8 ⅜ 3 8 ⅝ 5 8 ⅞ 7 8"
    .split(" ")
    .flatMap((sign, at, all) => (at % 3 === 0 ? [[sign, `\\frac{${all[at + 1]}}{${all[at + 2]}}`]] : []))
)

const fullWidth: Readonly<Record<string, string>> = Object.fromEntries(
  [..."０１２３４５６７８９"].map((sign, digit) => [sign, String(digit)])
)

export const signs: Readonly<Record<string, string>> = {
  ...relations,
  ...operations,
  ...blank,
  ...nothing,
  ...greek,
  ...fractions,
  ...fullWidth
}

const raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻"
const lowered = "₀₁₂₃₄₅₆₇₈₉₊₋"
const plain = "0123456789+-"

const level = (text: string, from: string, mark: "^" | "_"): string =>
  text.replace(new RegExp(`[${from}]+`, "g"), (run) => {
    const digits = [...run].map((sign) => plain[from.indexOf(sign)]).join("")
    return `${mark}{${digits}}`
  })

/** `x²` as `x^{2}`, `x₁` as `x_{1}`. */
export const levelled = (text: string): string => level(level(text, raised, "^"), lowered, "_")
