/**
 * From outcomes to figures: what is told of a policy that sat a test, each with its 95 % interval over problems.
 */
import { type BootstrapOptions, drawsOf, hasSpread, meanOf, percentile95, resampledMeans } from "./bootstrap.ts"
import { holding, type Interval, wilson95 } from "./interval.ts"
import { majorityAccuracy } from "./majority.ts"
import { type AnswerOutcome, type Answers, type ProblemOutcome, shareOf, unequalAnswers } from "./outcome.ts"
import { attemptsTold, passAtK } from "./pass-at-k.ts"

export interface Figure extends Interval {
  /** `accuracy`, `pass@4`, `maj@8`… */
  readonly metric: string
  /** Mean over problems. low ≤ value ≤ high. */
  readonly value: number
}

export interface GroupFigures {
  /** "all", or a group of problems. */
  readonly group: string
  readonly problems: number
  /** k. */
  readonly samplesPerProblem: number
  readonly figures: ReadonlyArray<Figure>
}

interface Metric {
  readonly name: string
  /** Between 0 and 1. */
  readonly isShare: boolean
  /** Of the k answers to one problem. */
  readonly score: (answers: Answers) => number
}

const share = (name: string, holds: (answer: AnswerOutcome) => boolean): Metric => ({
  name,
  isShare: true,
  score: (answers) => shareOf(answers, holds)
})

const accuracy = share("accuracy", ({ correct }) => correct)

const rightAmong = (answers: Answers): number => answers.filter(({ correct }) => correct).length

/** What is told where each problem has k answers, in order. */
const metricsOf = (k: number): ReadonlyArray<Metric> => [
  accuracy,
  ...attemptsTold(k).map((attempts) => ({
    name: `pass@${attempts}`,
    isShare: true,
    score: (answers: Answers) => passAtK(k, rightAmong(answers), attempts)
  })),
  ...(k > 1 ? [{ name: `maj@${k}`, isShare: true, score: majorityAccuracy }] : []),
  share("boxed", ({ boxed }) => boxed),
  share("truncated", ({ truncated }) => truncated),
  {
    name: "responseLength",
    isShare: false,
    score: (answers) => answers.reduce((sum, { length }) => sum + length, 0) / answers.length
  },
  share("reflection", ({ reflects }) => reflects),
  share("gaveUp", ({ gaveUp }) => gaveUp),
  share("wouldExecute", ({ wouldExecute }) => wouldExecute)
]

/**
 * The bootstrap's interval. Where all problems score alike the bootstrap sees no spread: then Wilson's for a share, and
 * the value alone for a length.
 */
const figureOf = (
  { isShare, name, score }: Metric,
  problems: ReadonlyArray<ProblemOutcome>,
  draws: Uint32Array
): Figure => {
  const scores = Float64Array.from(problems, ({ answers }) => score(answers))
  const value = meanOf(scores)
  const intervalWithoutSpread = () => (isShare ? wilson95(value, scores.length) : { low: value, high: value })
  const interval = hasSpread(scores) ? percentile95(resampledMeans(scores, draws)) : intervalWithoutSpread()
  return { metric: name, value, ...holding(value, interval) }
}

/**
 * Accuracy alone, the same to the last bit as `figuresOf` tells it of all problems; null where there are none, or where
 * they differ in their number of answers. Throws RangeError for a seed that is no uint32.
 */
export const accuracyFigure = (outcomes: ReadonlyArray<ProblemOutcome>, options: BootstrapOptions): Figure | null =>
  outcomes.length === 0 || unequalAnswers(outcomes) !== null
    ? null
    : figureOf(accuracy, outcomes, drawsOf(outcomes.length, options))

/**
 * Figures over all problems ("all") and for each group, groups in the order of the problems; none where there are no
 * problems. Where there is one group only, it is told beside "all" all the same.
 * Throws UnequalAnswers where problems differ in their number of answers, and RangeError for a seed that is no uint32.
 */
export const figuresOf = (
  outcomes: ReadonlyArray<ProblemOutcome>,
  options: BootstrapOptions
): ReadonlyArray<GroupFigures> => {
  if (outcomes.length === 0) return []
  const unequal = unequalAnswers(outcomes)
  if (unequal !== null) throw unequal
  const k = outcomes[0].answers.length
  const metrics = metricsOf(k)
  const drawsBySize = new Map<number, Uint32Array>()
  const drawsFor = (count: number): Uint32Array => {
    const draws = drawsBySize.get(count) ?? drawsOf(count, options)
    drawsBySize.set(count, draws)
    return draws
  }
  const told = (group: string, problems: ReadonlyArray<ProblemOutcome>): GroupFigures => ({
    group,
    problems: problems.length,
    samplesPerProblem: k,
    figures: metrics.map((metric) => figureOf(metric, problems, drawsFor(problems.length)))
  })
  const groups = Map.groupBy(outcomes, ({ group }) => group)
  return [told("all", outcomes), ...[...groups].map(([group, problems]) => told(group, problems))]
}
