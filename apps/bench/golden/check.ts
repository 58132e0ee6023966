/**
 * A check: one case of the reference against ours, with a sentence for each value that is off.
 */

export interface Check {
  /** The model and the case. */
  readonly name: string
  readonly off: ReadonlyArray<string>
}

const sentence = (name: string, index: number | string, expected: unknown, got: unknown): string =>
  `${name}[${index}]: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`

/** Values one by one; where there are more or fewer than expected, the count is off. */
const each = <A>(
  name: string,
  actual: ArrayLike<A>,
  expected: ReadonlyArray<A>,
  isOff: (actual: A, expected: A) => boolean
): Check => {
  const off = expected.flatMap((value, i) =>
    i < actual.length && isOff(actual[i], value) ? [sentence(name, i, value, actual[i])] : []
  )
  const counts = actual.length === expected.length ? [] : [sentence(name, "length", expected.length, actual.length)]
  return { name, off: [...off, ...counts] }
}

/** Numbers within an absolute tolerance; what is no number is off. */
export const near = (name: string, actual: ArrayLike<number>, expected: ReadonlyArray<number>, within: number): Check =>
  each(name, actual, expected, (a, b) => !(Math.abs(a - b) <= within))

export const same = <A extends string | number>(
  name: string,
  actual: ArrayLike<A>,
  expected: ReadonlyArray<A>
): Check => each(name, actual, expected, (a, b) => a !== b)

export const sameText = (name: string, actual: string, expected: string): Check => ({
  name,
  off: actual === expected ? [] : [`${name}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`]
})

/** A case that could not even be tried. */
export const failed = (name: string, why: string): Check => ({ name, off: [`${name}: ${why}`] })

/** What an error says, whatever it is. */
export const saidBy = (error: unknown): string => (error instanceof Error ? error.message : String(error))
