/**
 * How a test went, as the figures of it need to know: each problem with the facts of its answers.
 */
import { UnequalAnswers } from "./outcome-errors.ts"

export interface AnswerOutcome {
  readonly correct: boolean
  /** The grader could not tell: the verdict is unknown, and the answer counts as not right. */
  readonly gaveUp: boolean
  /** It has an answer in a box. */
  readonly boxed: boolean
  /** It was cut off at the most tokens allowed. */
  readonly truncated: boolean
  /** Response tokens. */
  readonly length: number
  /** It has one of the words of self-reflection: `reflects`. */
  readonly reflects: boolean
  /** The paper's script would have run it as a program: `wouldExecute`. */
  readonly wouldExecute: boolean
  /** The normal form that the grader compared, by which answers are counted as equal; null where there is no answer. */
  readonly form: string | null
}

export type Answers = readonly [AnswerOutcome, ...ReadonlyArray<AnswerOutcome>]

export interface ProblemOutcome {
  readonly problemId: string
  readonly group: string
  /** All problems of a test have equally many: k. */
  readonly answers: Answers
}

/** Which problem has another number of answers than the first one; null where all have equally many. */
export const unequalAnswers = (outcomes: ReadonlyArray<ProblemOutcome>): UnequalAnswers | null => {
  const odd = outcomes.find(({ answers }) => answers.length !== outcomes[0].answers.length)
  if (odd === undefined) return null
  return new UnequalAnswers({
    first: outcomes[0].problemId,
    expected: outcomes[0].answers.length,
    problemId: odd.problemId,
    got: odd.answers.length
  })
}

/** Part of the answers for which something holds. */
export const shareOf = (answers: Answers, holds: (answer: AnswerOutcome) => boolean): number => {
  let count = 0
  for (const answer of answers) if (holds(answer)) count += 1
  return count / answers.length
}

/** Part of right answers of each problem, [problems]. */
export const accuracies = (outcomes: ReadonlyArray<ProblemOutcome>): Float64Array =>
  Float64Array.from(outcomes, ({ answers }) => shareOf(answers, ({ correct }) => correct))
