/**
 * Mean, population variance and standard deviation, bit for bit as numpy's mean, var and std give them for float64.
 *
 * Which of two examples is first can hang on the last bit, so sums are made in numpy's order: pairwise, in blocks of at
 * most 128 with 8 accumulators. A sum from left to right puts ranks 14 and 15 of the paper's examples the other way
 * round.
 */

/** Longest stretch that is summed without being halved. */
const block = 128
const lanes = 8

const sumOfBlock = (values: ReadonlyArray<number>, from: number, to: number): number => {
  let sum = 0
  let at = from
  if (to - from >= lanes) {
    const lane = values.slice(from, from + lanes)
    for (at = from + lanes; at + lanes <= to; at += lanes) for (let i = 0; i < lanes; i++) lane[i] += values[at + i]
    sum = lane[0] + lane[1] + (lane[2] + lane[3]) + (lane[4] + lane[5] + (lane[6] + lane[7]))
  }
  for (; at < to; at++) sum += values[at]
  return sum
}

const sumBetween = (values: ReadonlyArray<number>, from: number, to: number): number => {
  const count = to - from
  if (count <= block) return sumOfBlock(values, from, to)
  const half = Math.floor(count / 2)
  const middle = from + half - (half % lanes)
  return sumBetween(values, from, middle) + sumBetween(values, middle, to)
}

/** The sum of values, [n], as numpy's add.reduce makes it. */
export const pairwiseSum = (values: ReadonlyArray<number>): number => sumBetween(values, 0, values.length)

export interface Spread {
  readonly mean: number
  /** Mean of the squared deviations: of the population, not of a sample. */
  readonly variance: number
  /** Square root of the variance. */
  readonly std: number
}

/** Of at least one value. */
export const spreadOf = (values: ReadonlyArray<number>): Spread => {
  const mean = pairwiseSum(values) / values.length
  const squares = values.map((value) => (value - mean) * (value - mean))
  const variance = pairwiseSum(squares) / values.length
  return { mean, variance, std: Math.sqrt(variance) }
}
