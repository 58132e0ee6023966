/**
 * How Qwen's evaluation rewrites an answer before it compares it, as a row of named rules in their order.
 *
 * What later rules see is what earlier ones left, mistakes included: brackets that a set needs are gone, `j` is `i`.
 */
import type { Steps } from "../steps.ts"
import { withFractions, withRoots, withSlash } from "./fractions.ts"
import { withoutUnits } from "./units.ts"
import { withNumberWords } from "./word-numbers.ts"

type Rewrite = (text: string) => string

const replaced =
  (...pairs: ReadonlyArray<readonly [string, string]>): Rewrite =>
  (text) =>
    pairs.reduce((left, [from, to]) => left.replaceAll(from, to), text)

/** Everything from an opening to the next closing character, once for each opening. */
const between = (text: string, opening: string, close: string, keep: (content: string) => string): string => {
  let rest = ""
  let from = 0
  for (;;) {
    const at = text.indexOf(opening, from)
    const end = at < 0 ? -1 : text.indexOf(close, at + opening.length)
    if (end < 0) return rest + text.slice(from)
    rest += text.slice(from, at) + keep(text.slice(at + opening.length, end))
    from = end + close.length
  }
}

const trailingPoints: Rewrite = (text) => {
  let end = text.length
  while (text[end - 1] === ".") end -= 1
  return text.slice(0, end)
}

const matrices: Rewrite = (text) =>
  replaced(
    ["\\end{array}", "\\end{pmatrix}"],
    ["bmatrix", "pmatrix"]
  )(between(text, "\\begin{array}{", "}", () => "\\begin{pmatrix}"))

/** From the first `\text{` to the end, where the end is a brace: `5 \text{ or } 6_{2}` is 5. */
const textAtEnd: Rewrite = (text) => {
  const at = text.indexOf("\\text{")
  if (at < 0 || !text.endsWith("}")) return text
  const rest = text.slice(0, at).trim()
  return rest === "" ? text : rest
}

const infinities: Rewrite = (text) => {
  const spelled = text.replaceAll("infinity", "\\infty")
  return spelled.includes("\\infty") ? spelled : spelled.replaceAll("inf", "\\infty")
}

const imaginaryJ: Rewrite = (text) => (text.includes("j") && !text.includes("i") ? text.replaceAll("j", "i") : text)

const isDigit = (character: string | undefined): boolean =>
  character !== undefined && character >= "0" && character <= "9"

/** A point after a digit goes with the zeros behind it, where no other digit follows. */
const zerosAfterPoint: Rewrite = (text) => {
  if (!text.includes(".")) return text
  let rest = ""
  for (let at = 0; at < text.length; at++) {
    let end = at + 1
    if (text[at] === "." && isDigit(text[at - 1])) {
      while (text[end] === "0") end += 1
      if (!isDigit(text[end])) {
        at = end - 1
        continue
      }
    }
    rest += text[at]
  }
  return rest
}

const leadingPoint: Rewrite = (text) => (text.startsWith(".") ? `0${text}` : text)

/** `k = 5` is 5, where there is one equation and at most two characters before the sign. */
const shortLeftSide: Rewrite = (text) => {
  const sides = text.split("=", 3)
  return sides.length === 2 && sides[0].length <= 2 ? sides[1] : text
}

const before: ReadonlyArray<Rewrite> = [
  replaced(["\n", ""]),
  trailingPoints,
  replaced(["\\!", ""]),
  matrices,
  replaced(["tfrac", "frac"], ["dfrac", "frac"], ["\\neq", "\\ne"], ["\\leq", "\\le"], ["\\geq", "\\ge"]),
  replaced(["\\left", ""], ["\\right", ""], ["\\{", "{"], ["\\}", "}"]),
  textAtEnd
]

const membership = ["x=", "y=", "z=", "x\\in", "y\\in", "z\\in", "x\\to", "y\\to", "z\\to"].map(
  (key) => [key, ""] as const
)

const behind: ReadonlyArray<Rewrite> = [
  replaced(["^{\\circ}", ""], ["^\\circ", ""]),
  replaced(["\\$", ""], ["$", ""], ["\\(", ""], ["\\)", ""]),
  withNumberWords,
  (text) => between(text, "\\text{", "}", (content) => content),
  replaced(...membership),
  replaced(["\\emptyset", "{}"], ["(-\\infty,\\infty)", "\\mathbb{R}"]),
  replaced(["\\%", ""], ["%", ""]),
  replaced([" .", " 0."], ["{.", "{0."]),
  infinities,
  replaced(["and", ""], ["\\mathbf", ""]),
  (text) => between(text, "\\mbox{", "}", () => ""),
  imaginaryJ,
  zerosAfterPoint,
  leadingPoint,
  shortLeftSide,
  withRoots,
  replaced([" ", ""]),
  withFractions,
  withSlash
]

/** @param keepsUnits whether the benchmark is one whose units are kept. */
export const strip = (answer: string, keepsUnits: boolean, steps: Steps): string => {
  steps.take(answer.length)
  const run = (text: string, rule: Rewrite): string => rule(text)
  const begun = before.reduce(run, answer.trim())
  return behind.reduce(run, keepsUnits ? begun : withoutUnits(begun, steps))
}
