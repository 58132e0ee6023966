/**
 * What single LaTeX commands are in plain text, to DeepScaleR's reward.
 */

export const signs: Readonly<Record<string, string>> = {
  pi: "π",
  infty: "∞",
  cup: "∪",
  cdot: "·",
  times: "×",
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
  backslash: "\\",
  therefore: "∴",
  because: "∵",
  simeq: "≃",
  sim: "∼",
  cong: "≅",
  propto: "∝",
  blacksquare: "▪",
  square: "□",
  lvert: "|",
  rvert: "|",
  vert: "|",
  Vert: "‖",
  lVert: "‖",
  rVert: "‖",
  star: "⋆",
  ast: "∗",
  bullet: "∙",
  prime: "'",
  wedge: "∧",
  vee: "∨",
  lnot: "¬",
  Rightarrow: "⇒",
  Leftrightarrow: "⇔",
  mapsto: "↦",
  subset: "⊂",
  subseteq: "⊆",
  notin: "∉",
  sum: "∑",
  prod: "∏",
  int: "∫",
  parallel: "∥",
  AA: "Å",
  surd: "√"
}

/** Functions are written by their names. */
export const spelled: ReadonlySet<string> = new Set(
  "sin cos tan cot sec csc arcsin arccos arctan sinh cosh tanh coth log ln lg exp lim max min gcd det dim".split(" ")
)
export const letters: Readonly<Record<string, string>> = Object.fromEntries(
  "alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ nu ν xi ξ rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω ell ℓ hbar ℏ partial ∂ nabla ∇ odot ⊙ forall ∀ exists ∃ angle ∠ triangle △ perp ⟂"
    .split(" ")
    .flatMap((name, at, all) => (at % 2 === 0 ? [[name, all[at + 1]]] : []))
)
/** Commands that swallow what is in the braces behind them. */
export const swallowing: ReadonlySet<string> = new Set(["mbox", "label", "hspace", "vspace", "color", "texttt"])

/** Where capitals and small letters of an alphabet begin. */
const alphabets: Readonly<Record<string, readonly [number, number]>> = {
  mathbf: [0x1d400, 0x1d41a],
  mathit: [0x1d434, 0x1d44e],
  mathcal: [0x1d49c, 0x1d4b6],
  mathfrak: [0x1d504, 0x1d51e],
  mathbb: [0x1d538, 0x1d552],
  mathsf: [0x1d5a0, 0x1d5ba],
  mathtt: [0x1d670, 0x1d68a]
}
const doubled: Readonly<Record<string, string>> = { C: "ℂ", N: "ℕ", Q: "ℚ", R: "ℝ", Z: "ℤ" }

/** Rule "letters of another alphabet": a bold x is not x. Null where the command sets no such letters. */
export const inAlphabet = (command: string, text: string): string | null => {
  const from = Object.hasOwn(alphabets, command) ? alphabets[command] : undefined
  if (from === undefined) return null
  return text.replace(/[A-Za-z]/g, (letter) => {
    if (command === "mathbb" && Object.hasOwn(doubled, letter)) return doubled[letter]
    const isCapital = letter <= "Z"
    return String.fromCodePoint(from[isCapital ? 0 : 1] + letter.charCodeAt(0) - (isCapital ? 65 : 97))
  })
}

/** Accents stand behind their letter. */
export const accents: Readonly<Record<string, string>> = {
  bar: "\u0305",
  hat: "\u0302",
  vec: "\u20d7",
  tilde: "\u0303",
  dot: "\u0307",
  ddot: "\u0308"
}

/** Matrices written as rows in brackets; the rest are lines of text. */
export const bracketed: ReadonlySet<string> = new Set(["pmatrix", "bmatrix", "smallmatrix", "array"])
