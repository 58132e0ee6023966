/**
 * Arrays that belong together are as long as each other, or are refused by name.
 */

/** @throws RangeError */
export const requireLength = (name: string, actual: number, expected: number): void => {
  if (actual !== expected) throw new RangeError(`${name} has ${actual} entries, the batch needs ${expected}`)
}

/**
 * Lengths that add up to the tokens, all of them part of the batch, and divisors for each rollout if there are any.
 *
 * @throws RangeError
 */
export const requireRollouts = (
  tokens: number,
  {
    batchTokens,
    divisors,
    lengths
  }: {
    readonly lengths: Int32Array
    readonly batchTokens: number
    readonly divisors: { readonly loss: Float64Array; readonly terms: Float64Array } | null
  }
): void => {
  requireLength(
    "lengths, summed,",
    lengths.reduce((sum, length) => sum + length, 0),
    tokens
  )
  if (!(batchTokens >= tokens && batchTokens > 0)) {
    throw new RangeError(`batchTokens is ${batchTokens}, but this shard alone has ${tokens} tokens`)
  }
  if (divisors === null) return
  requireLength("divisors.loss", divisors.loss.length, lengths.length)
  requireLength("divisors.terms", divisors.terms.length, lengths.length)
}
