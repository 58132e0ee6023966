/**
 * From verdicts to figures: accuracy with its interval, pass@k, share boxed.
 */

/** How one problem went: its answers, each right or wrong. */
export interface ProblemOutcome {
  readonly problemId: string
  readonly group: string
  readonly correct: ReadonlyArray<boolean>
  readonly boxed: ReadonlyArray<boolean>
  readonly truncated: ReadonlyArray<boolean>
  /** Response tokens of each answer. */
  readonly lengths: ReadonlyArray<number>
}

export interface GroupResult {
  readonly group: string
  readonly problems: number
  readonly samplesPerProblem: number
  /** Mean over problems of the share of right answers. */
  readonly accuracy: number
  /** 95 % interval of the accuracy over draws of problems. */
  readonly low: number
  readonly high: number
  /** Share of problems with at least one right answer among k. */
  readonly passAtK: number
  readonly boxed: number
  readonly truncated: number
  readonly responseLength: number
}

const mean = (values: ReadonlyArray<number>): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length

const share = (flags: ReadonlyArray<boolean>): number => mean(flags.map(Number))

/** The normal deviate that leaves 2.5 % on either side. */
const z95 = 1.959963984540054

/**
 * A 95 % interval of the mean of per-problem scores in 0..1. Wilson's for the binomial case, with the number of problems
 * scaled by how much less the scores vary than single answers would: with one answer a problem it is Wilson's exactly.
 */
export const interval95 = (scores: ReadonlyArray<number>): readonly [low: number, high: number] => {
  const n = scores.length
  if (n === 0) return [0, 1]
  const p = mean(scores)
  const variance = mean(scores.map((score) => (score - p) * (score - p)))
  const binomial = p * (1 - p)
  const size = variance > 0 && binomial > 0 ? n * Math.max(1, binomial / variance) : n
  const z2 = z95 * z95
  const centre = (p + z2 / (2 * size)) / (1 + z2 / size)
  const half = (z95 / (1 + z2 / size)) * Math.sqrt(binomial / size + z2 / (4 * size * size))
  return [Math.max(0, centre - half), Math.min(1, centre + half)]
}

const resultOf = (group: string, outcomes: ReadonlyArray<ProblemOutcome>): GroupResult => {
  const scores = outcomes.map(({ correct }) => share(correct))
  const [low, high] = interval95(scores)
  return {
    group,
    problems: outcomes.length,
    samplesPerProblem: outcomes[0].correct.length,
    accuracy: mean(scores),
    low,
    high,
    passAtK: share(outcomes.map(({ correct }) => correct.includes(true))),
    boxed: mean(outcomes.map(({ boxed }) => share(boxed))),
    truncated: mean(outcomes.map(({ truncated }) => share(truncated))),
    responseLength: mean(outcomes.map(({ lengths }) => mean(lengths)))
  }
}

/** Figures over all problems ("all") and for each group, groups in the order of the problems. */
export const statistics = (outcomes: ReadonlyArray<ProblemOutcome>): ReadonlyArray<GroupResult> => {
  if (outcomes.length === 0) return []
  const groups = [...new Set(outcomes.map(({ group }) => group))]
  return [
    resultOf("all", outcomes),
    ...groups.map((group) =>
      resultOf(
        group,
        outcomes.filter((outcome) => outcome.group === group)
      )
    )
  ]
}
