/**
 * Which of a run's policies to take: the one that did best on a validation set; or, as the paper's tables have it, the
 * one that did best on the tests themselves, named as such; or the last.
 */
import type { EvaluationCompleted } from "../schemas/evaluation-completed.ts"
import type { Protocol } from "../schemas/ids.ts"
import type { RunConfig } from "../schemas/run-config.ts"

export const choiceNames = ["validation", "best-on-test", "last"] as const
export type ChoiceBy = (typeof choiceNames)[number]

export interface Judged {
  readonly config: RunConfig
  /** Of each step and test the first one counts. */
  readonly evaluations: ReadonlyArray<Pick<EvaluationCompleted, "step" | "protocol" | "results">>
  /** Updates of the newest policy. */
  readonly latest: number
}

export interface ChosenCheckpoint {
  readonly by: ChoiceBy
  /** Updates that the policy has had. */
  readonly step: number
  /** Mean of its accuracies in the tests that were compared, 0 to 1; null where none were. */
  readonly accuracy: number | null
  /** Each counts alike, however many problems it has. */
  readonly tests: ReadonlyArray<Protocol>
  /** Problems of these tests together. */
  readonly problems: number
  /** Every step that sat all of these tests, in order. */
  readonly compared: ReadonlyArray<number>
  /** Whether the figure to be reported is the one it was chosen by: on other problems it would be lower. */
  readonly optimistic: boolean
}

/**
 * The tests that a choice compares. The paper averages its benchmarks; a run that sits none has its held-out problems.
 * None where there is nothing to compare: no validation set, no test, or no comparison.
 */
export const testsComparedBy = ({ evaluation }: RunConfig, by: ChoiceBy): ReadonlyArray<Protocol> => {
  if (by === "last") return []
  const wanted = by === "validation" ? "validation" : "test"
  const named = (evaluation.benchmarks ?? []).filter(({ role }) => role === wanted).map(({ test }) => test)
  if (named.length > 0 || by === "validation") return named
  return evaluation.problems?.length === 0 ? [] : ["greedy"]
}

/** Accuracies are parts of at most some ten thousands; what differs by less than this was only summed differently. */
const rounding = 1e-12

interface Candidate {
  readonly step: number
  readonly accuracy: number
  readonly problems: number
}

/** A step with the mean over all these tests; null where it lacks one of them. */
const candidateAt = (
  step: number,
  tests: ReadonlyArray<Protocol>,
  evaluations: Judged["evaluations"]
): Candidate | null => {
  const figures = tests.flatMap((test) => {
    const found = evaluations.find((each) => each.step === step && each.protocol === test)
    return found?.results.find(({ group }) => group === "all") ?? []
  })
  if (figures.length < tests.length) return null
  return {
    step,
    accuracy: figures.reduce((sum, { accuracy }) => sum + accuracy, 0) / tests.length,
    problems: figures.reduce((sum, { problems }) => sum + problems, 0)
  }
}

/**
 * The checkpoint, or null where there is no test to choose by, or no policy has sat all of them.
 *
 * Of equals the earliest: it has had fewer updates, so it is nearer to the base, and the later ones gained nothing that
 * this set can tell. Tests that only first and last policy sit compare only these.
 *
 * Source of best-on-test: arXiv 2504.20571, which reports the checkpoint with the best average over its six benchmarks.
 */
export const chosenCheckpoint = ({ config, evaluations, latest }: Judged, by: ChoiceBy): ChosenCheckpoint | null => {
  const tests = testsComparedBy(config, by)
  const optimistic = by === "best-on-test"
  if (by === "last") return { by, step: latest, accuracy: null, tests, problems: 0, compared: [latest], optimistic }
  if (tests.length === 0) return null
  const steps = [...new Set(evaluations.map(({ step }) => step))].toSorted((a, b) => a - b)
  const candidates = steps.flatMap((step) => candidateAt(step, tests, evaluations) ?? [])
  if (candidates.length === 0) return null
  const best = candidates.reduce((first, next) => (next.accuracy > first.accuracy + rounding ? next : first))
  return { by, ...best, tests, compared: candidates.map(({ step }) => step), optimistic }
}
