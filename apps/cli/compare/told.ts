/**
 * Two policies on the same problems: the paired comparison, test by test and over all of them, as lines and as a table.
 */
import { Effect } from "effect"
import type { ProblemOutcome } from "../../../learning/evaluation/outcome.ts"
import { type PairedComparison, pairedComparison } from "../../../learning/evaluation/paired.ts"
import { writeLines, writeText } from "../json-lines.ts"
import { share, signed } from "../report/figures.ts"
import { type Alignment, aligned, cell, widthOf } from "../report/grid.ts"
import { printableLine } from "../report/hostile-text.ts"
import { paint, rule, type Terminal } from "../report/terminal.ts"
import { terminalOf } from "../reporter.ts"

/** What both sat. */
export interface Pair {
  readonly test: string
  readonly set: string
  readonly a: ReadonlyArray<ProblemOutcome>
  readonly b: ReadonlyArray<ProblemOutcome>
}

export interface ComparisonLine {
  readonly type: "comparison"
  readonly a: string
  readonly b: string
  /** The test's name; "all" over all of them. */
  readonly test: string
  readonly set: string
  readonly accuracyA: number
  readonly accuracyB: number
  readonly comparison: PairedComparison
}

const accuracyOf = (outcomes: ReadonlyArray<ProblemOutcome>): number =>
  outcomes.reduce((sum, { answers }) => sum + answers.filter(({ correct }) => correct).length / answers.length, 0) /
  outcomes.length

/** Two sets may call different problems by one id. */
const apart = (pairs: ReadonlyArray<Pair>, side: "a" | "b"): ReadonlyArray<ProblemOutcome> =>
  pairs.flatMap((pair) => pair[side].map((outcome) => ({ ...outcome, problemId: `${pair.test}/${outcome.problemId}` })))

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b))

/** Tests may differ in k. Answers are repeated until all problems have equally many, which leaves every share what it is. */
const evened = (outcomes: ReadonlyArray<ProblemOutcome>): ReadonlyArray<ProblemOutcome> => {
  const sizes = new Set(outcomes.map(({ answers }) => answers.length))
  const common = [...sizes].reduce((k, size) => (k * size) / gcd(k, size), 1)
  return outcomes.map((outcome) => {
    const [first, ...others] = outcome.answers
    const more = Array.from({ length: common / outcome.answers.length - 1 }, () => outcome.answers).flat()
    return { ...outcome, answers: [first, ...others, ...more] }
  })
}

/**
 * A line for each test and, of more than one, a last one over all their problems. Fails with UnpairedProblems, NoProblems
 * or UnequalAnswers.
 */
export const comparisonLines = Effect.fn("compare.lines")(function* (asked: {
  readonly a: string
  readonly b: string
  readonly pairs: ReadonlyArray<Pair>
  readonly seed: number
}) {
  const { a, b, pairs, seed } = asked
  const lineOf = ({ test, set, ...sides }: Pair) =>
    Effect.map(
      Effect.fromResult(pairedComparison(sides.a, sides.b, { seed })),
      (comparison): ComparisonLine => ({
        ...{ type: "comparison", a, b, test, set, accuracyA: accuracyOf(sides.a), accuracyB: accuracyOf(sides.b) },
        comparison
      })
    )
  const lines = yield* Effect.forEach(pairs, lineOf)
  const all: Pair = { test: "all", set: "all", a: evened(apart(pairs, "a")), b: evened(apart(pairs, "b")) }
  return pairs.length > 1 ? [...lines, yield* lineOf(all)] : lines
})

const probability = (p: number): string => (p < 0.0001 ? "<0.0001" : p.toFixed(4))

const rowOf = ({ accuracyA, accuracyB, comparison, set, test }: ComparisonLine): ReadonlyArray<string> => {
  const { better, difference, pValue, problems, same, worse } = comparison
  const { high, low, value } = difference
  return [
    printableLine(test === "all" ? "all" : `${set} (${test})`),
    String(problems),
    ...[share(accuracyA), share(accuracyB), signed(value), `[${signed(low)}, ${signed(high)}]`],
    ...[String(better), String(worse), String(same), probability(pValue)]
  ]
}

const headings = ["test", "n", "a", "b", "b - a", "95 %", "better", "worse", "same", "p"]

/** Lines without a newline at the end. */
export const comparisonTable = (lines: ReadonlyArray<ComparisonLine>, terminal: Terminal): string => {
  const [first] = lines
  const alignments: ReadonlyArray<Alignment> = headings.map((name) =>
    name === "test" || name === "95 %" ? "left" : "right"
  )
  const rows = aligned(
    [
      headings.map((text) => cell(terminal, text, "quiet")),
      ...lines.map((line) => rowOf(line).map((text) => cell(terminal, text)))
    ],
    alignments
  )
  const line = rule(terminal, widthOf(rows))
  return [
    paint(terminal, "title", "the same problems, two policies"),
    paint(terminal, "quiet", `a  ${printableLine(first?.a ?? "")}`),
    paint(terminal, "quiet", `b  ${printableLine(first?.b ?? "")}`),
    ...[line, ...rows.map(({ shown }) => shown), line]
  ].join("\n")
}

const fieldsOf = ({ comparison: { test: by, ...figures }, ...line }: ComparisonLine) => ({ ...line, ...figures, by })

/** A table for a person, lines for a program. */
export const tellComparison = (lines: ReadonlyArray<ComparisonLine>, json: boolean) =>
  json ? writeLines(lines.map(fieldsOf)) : writeText(`\n${comparisonTable(lines, terminalOf(process.stdout))}\n`)
