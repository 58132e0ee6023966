/**
 * The statistics of docs/science.md: gains over seeds with their intervals, and rank correlation. Pure.
 */
import { sequence } from "../../../learning/random/sequence.ts"
import { hashOf } from "../../../learning/random/uniform-at.ts"
import { gainOf, type Pairs } from "../../cli/sweep/ranking.ts"

export interface Interval {
  readonly low: number
  readonly high: number
}

export interface OverSeeds extends Interval {
  readonly mean: number
  readonly bySeed: ReadonlyArray<number>
}

export const meanOf = (values: ReadonlyArray<number>): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

/** 97.5 % quantiles of Student's t for 1, 2… degrees of freedom. */
const studentT = [12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]

/** Half of the 95 % interval of a mean of independent values; 0 for one alone, which has none. */
const studentHalf = (values: ReadonlyArray<number>): number => {
  const count = values.length
  if (count < 2) return 0
  const mean = meanOf(values)
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1)
  return (studentT[count - 2] ?? 1.96) * Math.sqrt(variance / count)
}

export const pooled = (pairs: ReadonlyArray<Pairs>): Pairs =>
  pairs.reduce(
    (sum, each) => ({
      problems: sum.problems + each.problems,
      before: sum.before + each.before,
      after: sum.after + each.after,
      won: sum.won + each.won,
      lost: sum.lost + each.lost
    }),
    { problems: 0, before: 0, after: 0, won: 0, lost: 0 }
  )

/**
 * The mean gain over seeds with a 95 % interval. Each seed has problems of its own, so Student's interval over the seeds
 * covers chance in training and in problems both; but three seeds may lie close together by luck, so the interval is
 * never narrower than that of all problems together (paired, Bonett and Price). Null without a seed.
 */
export const overSeeds = (pairs: ReadonlyArray<Pairs>): OverSeeds | null => {
  if (pairs.length === 0) return null
  const bySeed = pairs.map(({ lost, problems, won }) => (won - lost) / problems)
  const mean = meanOf(bySeed)
  const half = studentHalf(bySeed)
  const { high, low } = gainOf(pooled(pairs))
  return { mean, bySeed, low: Math.max(-1, Math.min(low, mean - half)), high: Math.min(1, Math.max(high, mean + half)) }
}

/** Ranks from 1 on, the smallest first; equal values share the mean of their ranks. */
export const ranksOf = (values: ReadonlyArray<number>): ReadonlyArray<number> =>
  values.map((value) => {
    const below = values.filter((other) => other < value).length
    const equal = values.filter((other) => other === value).length
    return below + (equal + 1) / 2
  })

const pearson = (xs: ReadonlyArray<number>, ys: ReadonlyArray<number>): number | null => {
  const [mx, my] = [meanOf(xs), meanOf(ys)]
  const sum = (of: (i: number) => number): number => xs.reduce((total, _, i) => total + of(i), 0)
  const deviations = sum((i) => (xs[i] - mx) ** 2) * sum((i) => (ys[i] - my) ** 2)
  return deviations === 0 ? null : sum((i) => (xs[i] - mx) * (ys[i] - my)) / Math.sqrt(deviations)
}

export type Point = readonly [x: number, y: number]

/** Spearman's rank correlation; null where one side does not vary. */
export const spearman = (points: ReadonlyArray<Point>): number | null =>
  pearson(ranksOf(points.map(([x]) => x)), ranksOf(points.map(([, y]) => y)))

export interface Correlation extends Interval {
  readonly rho: number
  readonly points: number
}

export const resamples = 2000
const stream = hashOf("science/bootstrap")

/**
 * Spearman's correlation with its 95 % percentile interval: the points drawn with replacement, `resamples` times, by a
 * fixed seed. Null below four points, or where one side does not vary.
 */
export const correlationOf = (points: ReadonlyArray<Point>): Correlation | null => {
  const rho = spearman(points)
  if (points.length < 4 || rho === null) return null
  const random = sequence(0, stream)
  const drawn: Array<number> = []
  for (let i = 0; i < resamples; i++) {
    const again = spearman(points.map(() => random.choice(points)))
    if (again !== null) drawn.push(again)
  }
  drawn.sort((a, b) => a - b)
  const at = (share: number): number => drawn[Math.round(share * (drawn.length - 1))]
  return { rho, points: points.length, low: at(0.025), high: at(0.975) }
}
