/**
 * The bootstrap over problems: how far would a mean have been off with other problems of the same kind?
 *
 * Problems are drawn with replacement, as many as there are, many times; the interval leaves out 2.5 % of the means on
 * either side. Draws are Philox's by seed, so an interval is a function of the scores and the seed. They do not depend on
 * the scores: one drawing serves all metrics of equally many problems.
 * Source: Efron and Tibshirani 1993, "An introduction to the bootstrap", chapter 13 (percentile interval).
 */
import { sequence } from "../random/sequence.ts"
import { hashOf } from "../random/uniform-at.ts"
import type { Interval } from "./interval.ts"

export interface BootstrapOptions {
  /** A uint32. */
  readonly seed: number
  /** How many times the problems are drawn; at least 1, and 2,000 unless told. */
  readonly resamples?: number
}

export const defaultResamples = 2000

/** How many indices below `count` one random number gives: as many as it has digits to that base within 30 bits. */
const indicesAtOnce = (count: number): number => Math.max(1, Math.min(30, Math.floor(30 / Math.log2(count))))

/**
 * Which problems each resample has: [resamples × count] indices, one resample after another. Sets of problems with other
 * numbers are drawn independently. Throws RangeError for a seed that is no uint32 and for less than one resample.
 */
export const drawsOf = (
  count: number,
  { resamples = defaultResamples, seed }: BootstrapOptions,
  set = 0
): Uint32Array => {
  if (!Number.isInteger(resamples) || resamples < 1) throw new RangeError(`cannot draw problems ${resamples} times`)
  const { below } = sequence(seed, hashOf(`evaluation/bootstrap/${set}`))
  const atOnce = indicesAtOnce(count)
  const choices = count ** atOnce
  const draws = new Uint32Array(resamples * count)
  for (let i = 0; i < draws.length; ) {
    let digits = below(choices)
    for (const end = Math.min(i + atOnce, draws.length); i < end; i++) {
      const others = Math.floor(digits / count)
      draws[i] = digits - others * count // % is several times slower
      digits = others
    }
  }
  return draws
}

export const meanOf = (scores: Float64Array): number => {
  let sum = 0
  for (let i = 0; i < scores.length; i++) sum += scores[i]
  return sum / scores.length
}

/** Differences of shares that are equal in truth, 2/3 − 1/3 and 1/3 − 0, may differ by rounding. */
const rounding = 1e-12

/** Whether any two scores differ. Where none do, the bootstrap has nothing to say. */
export const hasSpread = (scores: Float64Array): boolean =>
  scores.some((score) => Math.abs(score - scores[0]) > rounding)

/** The mean score of each resample, [resamples]. */
export const resampledMeans = (scores: Float64Array, draws: Uint32Array): Float64Array => {
  const means = new Float64Array(draws.length / scores.length)
  for (let resample = 0, at = 0; resample < means.length; resample++) {
    let sum = 0
    for (const end = at + scores.length; at < end; at++) sum += scores[draws[at]]
    means[resample] = sum / scores.length
  }
  return means
}

/** The value below which a share of sorted values lies, straight between neighbours (numpy's default). */
const quantile = (sorted: Float64Array, share: number): number => {
  const place = share * (sorted.length - 1)
  const before = Math.floor(place)
  const after = Math.min(before + 1, sorted.length - 1)
  return sorted[before] + (place - before) * (sorted[after] - sorted[before])
}

/** Between which 95 % of the values lie. */
export const percentile95 = (values: Float64Array): Interval => {
  const sorted = values.toSorted()
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) }
}
