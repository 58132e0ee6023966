/**
 * Two policies on the same problems: is b better than a, and by how much?
 *
 * Problems differ far more than policies do, so each problem is its own control: what is looked at is the difference of
 * its two scores.
 */
import { Result } from "effect"
import { type BootstrapOptions, drawsOf, hasSpread, meanOf, percentile95, resampledMeans } from "./bootstrap.ts"
import type { Figure } from "./figures.ts"
import { holding, sameDifference95 } from "./interval.ts"
import { accuracies, type ProblemOutcome, unequalAnswers } from "./outcome.ts"
import { NoProblems, type UnequalAnswers, UnpairedProblems } from "./outcome-errors.ts"
import { signTest } from "./sign-test.ts"

export interface PairedComparison {
  readonly problems: number
  /** Accuracy of b minus accuracy of a, between −1 and 1, with its 95 % interval over problems. */
  readonly difference: Figure
  /** Of the difference: standard deviation over problems (n − 1) by √n. Null for one problem alone. */
  readonly standardError: number | null
  /** Problems of which b has a greater part right than a; a smaller one; the same. */
  readonly better: number
  readonly worse: number
  readonly same: number
  /** Two-sided, of better against worse. */
  readonly pValue: number
  /** McNemar's exact test where every problem has one answer from each; else the exact sign test. */
  readonly test: "mcnemar" | "sign"
}

const byProblem = (outcomes: ReadonlyArray<ProblemOutcome>): ReadonlyArray<ProblemOutcome> =>
  outcomes.toSorted((a, b) => (a.problemId < b.problemId ? -1 : a.problemId > b.problemId ? 1 : 0))

const idsOf = (outcomes: ReadonlyArray<ProblemOutcome>): ReadonlyArray<string> =>
  outcomes.map((outcome) => outcome.problemId)

const repeatedIn = (ids: ReadonlyArray<string>): ReadonlyArray<string> => {
  const seen = new Set<string>()
  return ids.filter((id) => seen.size === seen.add(id).size)
}

const whyUnpaired = (a: ReadonlyArray<string>, b: ReadonlyArray<string>): UnpairedProblems | null => {
  const [inA, inB] = [new Set(a), new Set(b)]
  const onlyInA = [...inA].filter((id) => !inB.has(id))
  const onlyInB = [...inB].filter((id) => !inA.has(id))
  const repeated = [...new Set([...repeatedIn(a), ...repeatedIn(b)])]
  const paired = onlyInA.length + onlyInB.length + repeated.length === 0
  return paired ? null : new UnpairedProblems({ onlyInA, onlyInB, repeated })
}

const standardErrorOf = (differences: Float64Array): number | null => {
  const count = differences.length
  if (count < 2) return null
  const mean = meanOf(differences)
  const squares = differences.map((difference) => (difference - mean) ** 2)
  return Math.sqrt(meanOf(squares) / (count - 1))
}

const answersEach = (outcomes: ReadonlyArray<ProblemOutcome>): number => outcomes[0].answers.length

/**
 * b against a, problems matched by id; in which order they are given does not matter. The interval is the bootstrap's over
 * problems, or Bonett and Price's where all problems changed alike. a and b may differ in k: scores are shares.
 * Fails where a problem is in one of them only or twice, where there is none, and where k differs within a or within b.
 */
export const pairedComparison = (
  a: ReadonlyArray<ProblemOutcome>,
  b: ReadonlyArray<ProblemOutcome>,
  options: BootstrapOptions
): Result.Result<PairedComparison, UnpairedProblems | NoProblems | UnequalAnswers> => {
  const fault = whyUnpaired(idsOf(a), idsOf(b)) ?? unequalAnswers(a) ?? unequalAnswers(b)
  if (fault !== null) return Result.fail(fault)
  if (a.length === 0) return Result.fail(new NoProblems({ what: "a comparison" }))
  const before = accuracies(byProblem(a))
  const differences = accuracies(byProblem(b)).map((after, i) => after - before[i])
  const problems = differences.length
  const value = meanOf(differences)
  const interval = hasSpread(differences)
    ? percentile95(resampledMeans(differences, drawsOf(problems, options)))
    : sameDifference95(value, problems)
  const better = differences.filter((difference) => difference > 0).length
  const worse = differences.filter((difference) => difference < 0).length
  return Result.succeed({
    problems,
    difference: { metric: "difference", value, ...holding(value, interval, -1, 1) },
    standardError: standardErrorOf(differences),
    better,
    worse,
    same: problems - better - worse,
    pValue: signTest(better, worse),
    test: answersEach(a) === 1 && answersEach(b) === 1 ? "mcnemar" : "sign"
  })
}
