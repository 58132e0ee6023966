/**
 * Ways of writing expressions. One parser reads them all; what differs is told here.
 */

export interface Dialect {
  /** LaTeX, or a line of arithmetic as programming languages write it. */
  readonly syntax: "latex" | "line"
  /** Whether two things side by side are multiplied. */
  readonly juxtaposes: boolean
  /** Names that are numbers; others are symbols. */
  readonly constants: ReadonlySet<string>
  /** Whether any letter before a parenthesis is a function, or only those that usually are. */
  readonly applies: "every-letter" | "usual-letters"
  /** Whether what follows a whole expression is ignored, instead of making it unreadable. */
  readonly stopsEarly: boolean
  /** Whether `1,234` is one number. */
  readonly groupsThousands: boolean
  /** Whether digits with nothing but white space between them are one number: `1\,998`. */
  readonly joinsDigits?: boolean
  /** On a line, the words that are not their letters side by side; all of them where it is not said. */
  readonly wholeWords?: ReadonlySet<string>
  /** Whether roots of odd degree are real, and `\max`, `\gcd`, `\choose` and exponents without braces are known. */
  readonly isFuller?: boolean
}

/** Our own reading of an answer. */
export const ours: Dialect = {
  syntax: "latex",
  juxtaposes: true,
  constants: new Set(["pi", "e", "i"]),
  applies: "usual-letters",
  stopsEarly: false,
  groupsThousands: false,
  isFuller: true
}

/** LaTeX with every name a symbol, π and e too, read as far as it can be. */
export const symbolic: Dialect = {
  syntax: "latex",
  juxtaposes: true,
  constants: new Set(),
  applies: "every-letter",
  stopsEarly: true,
  groupsThousands: true,
  joinsDigits: true
}

/** LaTeX in which π is a number, read whole or not at all. */
export const strict: Dialect = {
  syntax: "latex",
  juxtaposes: true,
  constants: new Set(["pi", "i"]),
  applies: "usual-letters",
  stopsEarly: false,
  groupsThousands: true
}

/** A line in which every product is written out. */
export const explicit: Dialect = {
  syntax: "line",
  juxtaposes: false,
  constants: new Set(["pi", "E", "I"]),
  applies: "usual-letters",
  stopsEarly: false,
  groupsThousands: false
}

/** A line in which side by side means times, and a word is its letters. */
export const loose: Dialect = {
  ...explicit,
  juxtaposes: true,
  constants: new Set(["pi"]),
  wholeWords: new Set(
    "sqrt cbrt abs Abs exp ln log sin cos tan csc sec cot asin acos atan sinh cosh tanh factorial binomial floor ceiling pi mu nu xi oo".split(
      " "
    )
  )
}
