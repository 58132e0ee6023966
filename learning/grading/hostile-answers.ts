/**
 * For the tests and the bench: answers nobody would write, in kinds. Each comes from a seed, so that one can be had again.
 */
import type { Randomness } from "../random/sequence.ts"
import { gradingModes } from "./modes.ts"
import type { Submission } from "./submission.ts"

type Maker = (random: Randomness) => string

const leaves =
  "0 1 2 7 10 -3 0.5 .25 1,000 x y n a i e j \\pi \\infty \\theta \\emptyset \\text{cm} \\mathrm{~m} 5_{8} \\% % ° √ ½ 3!".split(
    " "
  )

const twice = (random: Randomness, depth: number): readonly [string, string] => [
  expression(random, depth - 1),
  expression(random, depth - 1)
]

const forms: ReadonlyArray<(a: string, b: string) => string> = [
  (a, b) => `${a}+${b}`,
  (a, b) => `${a}-${b}`,
  (a, b) => `${a} \\cdot ${b}`,
  (a, b) => `${a}${b}`,
  (a, b) => `${a}/${b}`,
  (a, b) => `\\frac{${a}}{${b}}`,
  (a, b) => `\\frac${a}${b}`,
  (a, b) => `${a}^{${b}}`,
  (a, b) => `${a}_{${b}}`,
  (a, b) => `\\sqrt[${a}]{${b}}`,
  (a, b) => `\\log_{${a}} ${b}`,
  (a, b) => `(${a}, ${b})`,
  (a, b) => `[${a}, ${b})`,
  (a, b) => `\\{${a}, ${b}\\}`,
  (a, b) => `${a} \\text{ or } ${b}`,
  (a, b) => `${a} \\cup ${b}`,
  (a, b) => `${a} = ${b}`,
  (a, b) => `${a} < ${b} \\le ${a}`,
  (a, b) => `${a} \\pm ${b}`,
  (a, b) => `\\begin{pmatrix} ${a} & ${b} \\\\ ${b} & ${a} \\end{pmatrix}`,
  (a, b) => `\\left(${a}\\right)!${b}`,
  (a, b) => `\\binom{${a}}{${b}}`,
  (a, b) => `|${a}|\\sin ${b}`,
  (a, b) => `\\boxed{${a}} and \\boxed{${b}}`,
  (a, b) => `x \\in ${a}, ${b}`
]

const expression = (random: Randomness, depth: number): string => {
  if (depth <= 0 || random.below(4) === 0) return random.choice(leaves)
  const [a, b] = twice(random, depth)
  return random.choice(forms)(a, b)
}

const grammatical: Maker = (random) => expression(random, random.between(1, 6))

/** A grammatical one with a piece taken out or put in. */
const broken: Maker = (random) => {
  const text = grammatical(random)
  const at = random.below(text.length + 1)
  const piece = random.choice([
    "",
    "{",
    "}",
    "\\",
    "$",
    "&",
    "\\\\",
    "^",
    "_",
    "(",
    "\u0000",
    "\ud800",
    "'",
    '"',
    "\n\n"
  ])
  return text.slice(0, at) + piece + text.slice(at + random.below(4))
}

const bytes: Maker = (random) =>
  Array.from({ length: random.below(400) }, () =>
    String.fromCharCode(random.below(random.below(8) === 0 ? 65536 : 256))
  ).join("")

const pieces =
  "\\frac \\sqrt { } ( ) [ ] \\{ \\} ^ _ , ; = < \\le \\text{ \\begin{pmatrix} \\end{pmatrix} & \\\\ 1 23 4.5 x \\pi + - * / ! ' | $ \\pm \\cup and or million inf degree one hundred".split(
    " "
  )
const soup: Maker = (random) =>
  Array.from({ length: random.between(1, 60) }, () => random.choice(pieces)).join(random.choice(["", " "]))

const units = [
  "{",
  "}",
  "(",
  ")",
  "\\{",
  "\\boxed{",
  "\\sqrt{",
  "\\frac{1}{",
  "\\text{",
  "9^",
  "9^{",
  "1/",
  "1+",
  "1,",
  "-",
  "!",
  "9!",
  " ",
  "\n",
  "\\\\",
  "&",
  "x_",
  "_",
  "^",
  "1.",
  "0",
  "one ",
  "cm ",
  "a ",
  "1,000",
  "\\left(",
  "|",
  "$",
  "=",
  "\\pm ",
  "and ",
  "e",
  "1 ",
  "\\cup "
]
const repeated =
  (count: number): Maker =>
  (random) => {
    const unit = random.choice(units)
    return unit.repeat(Math.ceil(count / unit.length)) + random.choice(["", "1", "}", "x"])
  }

const openers = [
  ["{", "}"],
  ["(", ")"],
  ["\\sqrt{", "}"],
  ["\\frac{1}{", "}"],
  ["\\text{", "}"],
  ["\\{", "\\}"],
  ["9^{", "}"],
  ["\\sin(", ")"],
  ["\\begin{pmatrix}", "\\end{pmatrix}"]
] as const
const nested: Maker = (random) => {
  const [open, close] = random.choice(openers)
  const depth = random.choice([50, 150, 1000, 10_000])
  return open.repeat(depth) + random.choice(leaves) + close.repeat(depth - (random.below(3) === 0 ? 1 : 0))
}

const large: Maker = (random) =>
  random.choice([
    "9^{9^{9^{9}}}",
    "9^9^9^9",
    "2^{1000000}-1",
    "1000000!",
    "((9!)!)!",
    "9!!!!!!",
    "10^{-999999999}",
    "1e999999999",
    "\\binom{1000000}{500000}",
    "\\sqrt[999999]{2}",
    "(x+1)^{100000}",
    "\\sin(10^{400})",
    "0^{-1}",
    "\\log_{1}{0}",
    `${"9".repeat(random.between(1, 900))}^{${random.below(5000)}}`
  ])

const makers: ReadonlyArray<readonly [Maker, number]> = [
  [grammatical, 400],
  [broken, 250],
  [soup, 150],
  [bytes, 100],
  [large, 60],
  [nested, 20],
  [repeated(900), 17],
  [repeated(1_000_000), 3]
]

const made: Maker = (random) =>
  random.weighted(
    makers.map(([make]) => make),
    makers.map(([, weight]) => weight)
  )(random)

/** One submission, to one of the modes. */
export const hostileSubmission = (random: Randomness, id: string): Submission => {
  const answer = made(random)
  const reference = random.choice([answer, "1", "x", grammatical(random), broken(random)])
  const text = random.choice([`so \\boxed{${answer}}.`, `The answer is ${answer}`, answer, `$${answer}$`])
  return { id, text, reference, mode: random.choice(gradingModes), where: random.choice(["box", "anywhere"]) }
}
