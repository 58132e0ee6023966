/**
 * The exact sign test: could as many problems have got better, and as few worse, by tossing a coin?
 */

/**
 * Two-sided p-value: twice the smaller tail of the binomial distribution of better + worse tosses, at most 1. Problems
 * that stayed the same do not enter. 1 where nothing changed.
 *
 * The tail is its largest term, by logarithms, times a sum of ratios: exact to about 12 digits also where 2^−n underflows.
 * Source: Conover 1999, "Practical nonparametric statistics", section 3.4. With one answer a problem it is McNemar's exact
 * test.
 */
export const signTest = (better: number, worse: number): number => {
  const tosses = better + worse
  const fewer = Math.min(better, worse)
  let logLargest = -tosses * Math.LN2
  for (let i = 1; i <= fewer; i++) logLargest += Math.log((tosses - fewer + i) / i)
  let ratio = 1
  let sum = 1
  for (let i = fewer; i > 0; i--) {
    ratio *= i / (tosses - i + 1)
    sum += ratio
  }
  return Math.min(1, 2 * Math.exp(logLargest) * sum)
}
