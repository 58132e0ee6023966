/**
 * From recorded answers to the figures of a test.
 */
import { figuresOf, type GroupFigures } from "../../learning/evaluation/figures.ts"
import type { AnswerOutcome, ProblemOutcome } from "../../learning/evaluation/outcome.ts"
import type { EvaluationResult } from "../../schemas/evaluation-completed.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import type { Question } from "../runs.ts"

type Sampled = Pick<EvaluationSampled, "verdict" | "boxed" | "stop" | "tokens" | "reflects" | "wouldExecute" | "form">

/** An answer as figures count it. What nobody looked for counts as not there. */
export const outcomeOf = (answer: Sampled): AnswerOutcome => ({
  correct: answer.verdict === "correct",
  gaveUp: answer.verdict === "unknown",
  boxed: answer.boxed,
  truncated: answer.stop === "length",
  length: answer.tokens.length,
  reflects: answer.reflects === true,
  wouldExecute: answer.wouldExecute === true,
  form: answer.form
})

/** One answer's place in a test and how it went. */
export interface PlacedOutcome {
  readonly problemId: string
  readonly sampleIndex: number
  readonly outcome: AnswerOutcome
}

/** Answers by their problems, both in order; questions without an answer are left out. */
export const outcomesOf = (
  questions: ReadonlyArray<Pick<Question, "id" | "family">>,
  placed: ReadonlyArray<PlacedOutcome>
): ReadonlyArray<ProblemOutcome> => {
  const byProblem = Map.groupBy(placed, ({ problemId }) => problemId)
  return questions.flatMap(({ family, id }): ReadonlyArray<ProblemOutcome> => {
    const [first, ...others] = (byProblem.get(id) ?? []).toSorted((a, b) => a.sampleIndex - b.sampleIndex)
    if (first === undefined) return []
    return [{ problemId: id, group: family, answers: [first.outcome, ...others.map(({ outcome }) => outcome)] }]
  })
}

const resultOf = ({ figures, group, problems, samplesPerProblem }: GroupFigures): EvaluationResult => {
  const byMetric = new Map(figures.map((figure) => [figure.metric, figure]))
  const value = (metric: string): number => byMetric.get(metric)?.value ?? 0
  const accuracy = value("accuracy")
  return {
    group,
    problems,
    samplesPerProblem,
    accuracy,
    low: byMetric.get("accuracy")?.low ?? accuracy,
    high: byMetric.get("accuracy")?.high ?? accuracy,
    // Of one answer to each problem it is the accuracy, which stands there once.
    passAtK: samplesPerProblem === 1 ? accuracy : value(`pass@${samplesPerProblem}`),
    boxed: value("boxed"),
    truncated: value("truncated"),
    responseLength: value("responseLength"),
    figures
  }
}

/**
 * Figures over all problems and group by group.
 *
 * @param seed draws the problems of the intervals
 */
export const resultsOf = (outcomes: ReadonlyArray<ProblemOutcome>, seed: number): ReadonlyArray<EvaluationResult> =>
  figuresOf(outcomes, { seed }).map(resultOf)
