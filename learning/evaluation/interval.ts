/**
 * 95 % intervals in closed form, and what holds for each interval whatever it is made by.
 */

export interface Interval {
  readonly low: number
  readonly high: number
}

/** The normal deviate that leaves 2.5 % on either side. */
export const z95 = 1.959963984540054

/** The interval, widened where needed so that it holds the value, and cut to the given bounds. */
export const holding = (value: number, { high, low }: Interval, from = -Infinity, to = Infinity): Interval => ({
  low: Math.max(from, Math.min(low, value)),
  high: Math.min(to, Math.max(high, value))
})

/**
 * Wilson's score interval of a share of `count` problems. It has a width also where all are right, or none.
 *
 * Source: Wilson 1927, JASA 22; Newcombe 1998, Statistics in Medicine 17, method 3.
 */
export const wilson95 = (share: number, count: number): Interval => {
  const z2 = z95 * z95
  const centre = (share + z2 / (2 * count)) / (1 + z2 / count)
  const half = (z95 / (1 + z2 / count)) * Math.sqrt((share * (1 - share)) / count + z2 / (4 * count * count))
  return holding(share, { low: centre - half, high: centre + half }, 0, 1)
}

/**
 * The interval of the mean difference of paired scores where all `count` differences are the same, so that they tell
 * nothing of their spread: Wald's interval after one problem won outright and one lost outright have been added.
 *
 * Source: Bonett and Price 2012, Statistics in Medicine 31, "Adjusted Wald confidence interval for a difference of
 * binomial proportions based on paired data"; with differences between −1 and 1 in place of −1, 0 and 1.
 */
export const sameDifference95 = (difference: number, count: number): Interval => {
  const size = count + 2
  const mean = (count * difference) / size
  const variance = (count * difference * difference + 2) / size - mean * mean
  const half = z95 * Math.sqrt(variance / size)
  return holding(difference, { low: mean - half, high: mean + half }, -1, 1)
}
