/**
 * LaTeX commands by what they do to an answer: nothing, set its type, or name what another command names too.
 */

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "))

/** Commands that only lay out or adorn. */
export const layout = set(
  "left right middle big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr displaystyle textstyle scriptstyle limits nolimits quad qquad thinspace medspace thickspace enspace hfill noindent boxed fbox tiny scriptsize footnotesize small normalsize large Large LARGE huge Huge therefore because checkmark blacksquare square Box mathopen mathclose mathrel mathbin mathord"
)

/** What stands in their braces is words. */
export const wording = set(
  "text textrm textit textbf textsf texttt mbox hbox mathrm operatorname mathsf rm textnormal emph"
)

/** What stands in their braces is what it is without them. */
export const styling = set(
  "mathbf boldsymbol bm mathit pmb mathnormal bf ensuremath mathtt mathcal tt it sf underline uline"
)

/** Commands that go with what stands in their braces. */
export const dropped = set("color phantom hphantom vphantom hspace vspace tag label textcolor colorbox")

export const renamed: Readonly<Record<string, string>> = {
  dfrac: "frac",
  tfrac: "frac",
  cfrac: "frac",
  sfrac: "frac",
  nicefrac: "frac",
  flatfrac: "frac",
  leq: "le",
  leqslant: "le",
  leqq: "le",
  geq: "ge",
  geqslant: "ge",
  geqq: "ge",
  neq: "ne",
  varnothing: "emptyset",
  ast: "times",
  lbrace: "{",
  rbrace: "}",
  arcsinh: "arsinh",
  thicksim: "approx",
  simeq: "approx",
  sim: "approx",
  backslash: "setminus",
  smallsetminus: "setminus",
  bar: "overline",
  tg: "tan",
  ctg: "cot",
  cotg: "cot",
  cosec: "csc",
  arctg: "arctan",
  arcctg: "arccot",
  mod: "bmod"
}

/** Commands for what one sign, or a word of ours, says too. */
export const written: Readonly<Record<string, string>> = {
  vert: "|",
  lvert: "|",
  rvert: "|",
  langle: "(",
  rangle: ")",
  lor: " or ",
  vee: " or ",
  land: " and ",
  wedge: " and ",
  lparen: "(",
  rparen: ")"
}

/** Functions that people also set as words: `\operatorname{sin}`, `\mathrm{arctg}`. */
export const functionWords = set(
  "sin cos tan cot sec csc arcsin arccos arctan arccot arcsec arccsc sinh cosh tanh arsinh arcosh artanh ln log lg exp tg ctg cotg cosec arctg arcctg max min gcd lcm"
)

/** Names that are written without a backslash. */
export const bareNames: Readonly<Record<string, string>> = {
  sqrt: "\\sqrt ",
  pi: "\\pi ",
  inf: "\\infty ",
  infty: "\\infty ",
  infinity: "\\infty ",
  sin: "\\sin ",
  cos: "\\cos ",
  tan: "\\tan ",
  ln: "\\ln ",
  log: "\\log ",
  mod: "\\bmod ",
  thousand: "\\times 10^{3} ",
  million: "\\times 10^{6} ",
  billion: "\\times 10^{9} ",
  trillion: "\\times 10^{12} "
}
