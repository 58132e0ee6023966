/**
 * Answers counted test by test and step by step: how many are right by either verdict, and which verdicts changed. Only
 * those that changed are kept whole.
 */
import { Result } from "effect"
import { accuracyFigure } from "../../../learning/evaluation/figures.ts"
import type { AnswerOutcome, ProblemOutcome } from "../../../learning/evaluation/outcome.ts"
import { pairedComparison } from "../../../learning/evaluation/paired.ts"
import { outcomesOf } from "../../../pipelines/evaluate/figures-of-test.ts"
import type { Verdict } from "../../../schemas/answer.ts"
import { type Judged, type Turn, turnOf, turns } from "./judged.ts"

/** A share, or a difference of two, with its 95 % interval over problems; null where problems differ in their answers. */
export interface Estimate {
  readonly value: number
  readonly interval: readonly [low: number, high: number] | null
}

export type Turned = Readonly<Record<Turn, number>>

/** How one test went at one step, then and now. */
export interface RegradeResult extends Turned {
  readonly test: string
  readonly step: number | null
  readonly problems: number
  readonly answers: number
  /** Those that had a verdict before. */
  readonly compared: number
  readonly changed: number
  /** Null where not every answer had a verdict before. */
  readonly recorded: Estimate | null
  readonly now: Estimate
  /** Now minus recorded, problem by problem. */
  readonly difference: Estimate | null
}

export interface Changed extends Judged {
  readonly turn: Turn
}

/** What is kept of an answer whose verdict stays. */
interface Slim {
  readonly problemId: string
  readonly sampleIndex: number
  readonly recorded: Verdict | null
  readonly now: Verdict
}

interface Sitting {
  readonly test: string
  readonly step: number | null
  readonly answers: Array<Slim>
  readonly changed: Array<Changed>
}

/** The problems of a test, in their order. */
export type ProblemsOf = (test: string) => ReadonlyArray<{ readonly id: string; readonly family: string }>

export interface Tally {
  readonly add: (judged: Judged) => void
  /** By step, then by test in the order in which `tests` names them. */
  readonly results: (seed: number, tests: ReadonlyArray<string>, problemsOf: ProblemsOf) => ReadonlyArray<RegradeResult>
  /** In the same order, then problem by problem, sample by sample. */
  readonly changed: (tests: ReadonlyArray<string>, problemsOf: ProblemsOf) => ReadonlyArray<Changed>
}

/** Only whether it is right is asked of it. */
const outcomeOf = (correct: boolean): AnswerOutcome => ({
  ...{ correct, gaveUp: false, boxed: false, truncated: false, length: 0 },
  ...{ reflects: false, wouldExecute: false, form: null }
})
const [right, notRight] = [outcomeOf(true), outcomeOf(false)]

const estimateOf = (outcomes: ReadonlyArray<ProblemOutcome>, seed: number): Estimate => {
  const figure = accuracyFigure(outcomes, { seed })
  if (figure !== null) return { value: figure.value, interval: [figure.low, figure.high] }
  const answers = outcomes.flatMap((problem) => problem.answers)
  return { value: answers.filter(({ correct }) => correct).length / answers.length, interval: null }
}

const resultOf = ({ answers, changed, step, test }: Sitting, seed: number, problemsOf: ProblemsOf): RegradeResult => {
  const outcomes = (verdictOf: (slim: Slim) => Verdict | null) =>
    outcomesOf(
      problemsOf(test),
      answers.map((slim) => ({ ...slim, outcome: verdictOf(slim) === "correct" ? right : notRight }))
    )
  const after = outcomes((slim) => slim.now)
  const compared = answers.filter(({ recorded }) => recorded !== null).length
  const before = compared === answers.length ? outcomes((slim) => slim.recorded) : null
  const now = estimateOf(after, seed)
  const recorded = before === null ? null : estimateOf(before, seed)
  const paired = before === null ? null : Result.getOrNull(pairedComparison(before, after, { seed }))
  const count = (turn: Turn) => changed.filter((each) => each.turn === turn).length
  return {
    test,
    step,
    problems: after.length,
    answers: answers.length,
    compared,
    changed: changed.length,
    ...sumOf(turns.map((turn) => ({ ...noTurns, [turn]: count(turn) }))),
    recorded,
    now,
    difference:
      recorded === null
        ? null
        : {
            value: now.value - recorded.value,
            interval: paired === null ? null : [paired.difference.low, paired.difference.high]
          }
  }
}

const noTurns: Turned = { rightToWrong: 0, wrongToRight: 0, nowUnknown: 0, wasUnknown: 0 }

/** Changes of several tests together. */
export const sumOf = (results: ReadonlyArray<Turned>): Turned =>
  results.reduce<Turned>(
    (sum, each) => ({
      rightToWrong: sum.rightToWrong + each.rightToWrong,
      wrongToRight: sum.wrongToRight + each.wrongToRight,
      nowUnknown: sum.nowUnknown + each.nowUnknown,
      wasUnknown: sum.wasUnknown + each.wasUnknown
    }),
    noTurns
  )

export const tally = (): Tally => {
  const sittings = new Map<string, Sitting>()
  const inOrder = (tests: ReadonlyArray<string>) =>
    [...sittings.values()].sort(
      (a, b) => (a.step ?? 0) - (b.step ?? 0) || tests.indexOf(a.test) - tests.indexOf(b.test)
    )
  return {
    add: (judged) => {
      const { now, problem, recorded, sample, step, test } = judged
      const key = `${step} ${test}`
      const sitting = sittings.get(key) ?? { test, step, answers: [], changed: [] }
      sittings.set(key, sitting)
      const verdict = recorded?.verdict ?? null
      sitting.answers.push({ problemId: problem, sampleIndex: sample, recorded: verdict, now: now.verdict })
      const turn = verdict === null ? null : turnOf(verdict, now.verdict)
      if (turn !== null) sitting.changed.push({ ...judged, turn })
    },
    results: (seed, tests, problemsOf) => inOrder(tests).map((sitting) => resultOf(sitting, seed, problemsOf)),
    changed: (tests, problemsOf) =>
      inOrder(tests).flatMap(({ changed, test }) => {
        const places = new Map(problemsOf(test).map(({ id }, place) => [id, place]))
        const placeOf = ({ problem }: Changed): number => places.get(problem) ?? places.size
        return changed.toSorted((a, b) => placeOf(a) - placeOf(b) || a.sample - b.sample)
      })
  }
}
