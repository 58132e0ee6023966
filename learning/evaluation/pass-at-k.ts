/**
 * pass@k: how likely at least one of k answers is right.
 */

/**
 * The unbiased estimate from n answers with c right ones: 1 − C(n−c, k) / C(n, k), the part of all choices of k among the
 * n answers that have a right one. As a product of n−c+1 ≤ i ≤ n over (1 − k/i), so nothing overflows.
 * Throws RangeError unless 0 ≤ c ≤ n and 1 ≤ k ≤ n are integers.
 *
 * Source: Chen et al. 2021, "Evaluating large language models trained on code" (arXiv 2107.03374), equation 1.
 */
export const passAtK = (n: number, c: number, k: number): number => {
  const sound = [n, c, k].every(Number.isInteger) && c >= 0 && c <= n && k >= 1 && k <= n
  if (!sound) throw new RangeError(`pass@${k} cannot be told from ${n} answers with ${c} right ones`)
  if (n - c < k) return 1
  let noneRight = 1
  for (let i = n - c + 1; i <= n; i++) noneRight *= 1 - k / i
  return 1 - noneRight
}

/** The k that are told where there are n answers: the powers of two from 2 on, and n. None for one answer alone. */
export const attemptsTold = (n: number): ReadonlyArray<number> => {
  const told: Array<number> = []
  for (let k = 2; k < n; k *= 2) told.push(k)
  return n > 1 ? [...told, n] : []
}
