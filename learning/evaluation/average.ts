/**
 * The average over test sets, as the paper's column "Avg" has it: each set counts alike, however many problems it has.
 */
import {
  type BootstrapOptions,
  defaultResamples,
  drawsOf,
  hasSpread,
  meanOf,
  percentile95,
  resampledMeans
} from "./bootstrap.ts"
import type { Figure } from "./figures.ts"
import { holding, wilson95 } from "./interval.ts"
import { accuracies, type ProblemOutcome, unequalAnswers } from "./outcome.ts"
import { NoProblems } from "./outcome-errors.ts"

const scoresOf = (outcomes: ReadonlyArray<ProblemOutcome>, set: number): Float64Array => {
  if (outcomes.length === 0) throw new NoProblems({ what: `set ${set + 1}` })
  const unequal = unequalAnswers(outcomes)
  if (unequal !== null) throw unequal
  return accuracies(outcomes)
}

/**
 * The unweighted mean of the sets' accuracies, with the stratified bootstrap's interval: problems are drawn within their
 * set, each set independently of the others. Sets may differ in k.
 *
 * A set whose problems all score alike has no spread to draw from, but it is not certain either: the distances from its
 * value to its Wilson limits are added to the bootstrap's as independent errors are, by their squares (Zou and Donner
 * 2008, Statistics in Medicine 27, "Construction of confidence limits about effect measures").
 *
 * Throws NoProblems without a set or for a set without problems, and UnequalAnswers where k differs within a set.
 */
export const averageOf = (sets: ReadonlyArray<ReadonlyArray<ProblemOutcome>>, options: BootstrapOptions): Figure => {
  if (sets.length === 0) throw new NoProblems({ what: "an average" })
  const scores = sets.map(scoresOf)
  const averages = new Float64Array(options.resamples ?? defaultResamples)
  const below: Array<number> = []
  const above: Array<number> = []
  scores.forEach((ofSet, set) => {
    const mean = meanOf(ofSet)
    if (hasSpread(ofSet)) {
      const means = resampledMeans(ofSet, drawsOf(ofSet.length, options, set))
      means.forEach((resampled, i) => {
        averages[i] += resampled / sets.length
      })
      return
    }
    const { high, low } = wilson95(mean, ofSet.length)
    below.push((mean - low) / sets.length)
    above.push((high - mean) / sets.length)
    for (let i = 0; i < averages.length; i++) averages[i] += mean / sets.length
  })
  const value = scores.reduce((sum, ofSet) => sum + meanOf(ofSet), 0) / sets.length
  const drawn = holding(value, percentile95(averages))
  const interval = {
    low: value - Math.hypot(value - drawn.low, ...below),
    high: value + Math.hypot(drawn.high - value, ...above)
  }
  return { metric: "average", value, ...holding(value, interval, 0, 1) }
}
