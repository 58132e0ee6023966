/**
 * float32 numbers in the fewest digits that still say which float32 it is: 0.1, not 0.10000000149011612.
 */

/** The double of fewest digits that rounds to this float32. */
export const shortest = (value: number): number => {
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits))
    if (Math.fround(short) === value) return short
  }
  return value
}

export const shortestOf = (values: Float32Array): ReadonlyArray<number> => Array.from(values, shortest)
