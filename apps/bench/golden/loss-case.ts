/**
 * One case of losses.json: what the reference was given and what it said, and ours beside it.
 */
import { Schema } from "effect"
import type { Device } from "../../../learning/policy/device.ts"
import type { Formulas } from "./formulas.ts"

/** One output of a case. */
export interface Compared {
  readonly what: string
  readonly actual: ArrayLike<number>
  readonly expected: ReadonlyArray<number>
  readonly isWhitened: boolean
  /** What the reference's float32 itself has lost at each value, beyond the tolerance; null: nothing. */
  readonly lost: ArrayLike<number> | null
}

/** What a case is computed with. */
export interface Computing {
  readonly formulas: Formulas
  /** Where logits go through the policy's own head. */
  readonly device: Device
}

export interface RawCase {
  readonly input: unknown
  readonly output: unknown
}

export type LossCase = (raw: RawCase, computing: Computing) => ReadonlyArray<Compared>

/** The check of one recorded function; what does not have its form is a SchemaError. */
export const lossCase =
  <I, O>(
    Input: Schema.Codec<I, unknown>,
    Output: Schema.Codec<O, unknown>,
    compare: (input: I, output: O, computing: Computing) => ReadonlyArray<Compared>
  ): LossCase =>
  ({ input, output }, computing) =>
    compare(Schema.decodeUnknownSync(Input)(input), Schema.decodeUnknownSync(Output)(output), computing)

export const one = (what: string, actual: number, expected: number): Compared => many(what, [actual], [expected])

export const many = (what: string, actual: ArrayLike<number>, expected: ReadonlyArray<number>): Compared => ({
  what,
  actual,
  expected,
  isWhitened: false,
  lost: null
})

/** Whitened or normalised by a standard deviation, which enlarges what float32 has lost. */
export const whitened = (what: string, actual: ArrayLike<number>, expected: ReadonlyArray<number>): Compared => ({
  ...many(what, actual, expected),
  isWhitened: true
})

/** How far ours may be, as the README beside the numbers says. */
const tolerance = ({ isWhitened }: Compared, expected: number): number =>
  isWhitened ? 2e-5 : 1e-6 + 2e-5 * Math.abs(expected)

const isNear = (compared: Compared, i: number): boolean => {
  const [actual, expected] = [compared.actual[i], compared.expected[i]]
  const within = tolerance(compared, expected) + (compared.lost?.[i] ?? 0)
  return Object.is(actual, expected) || actual === expected || Math.abs(actual - expected) <= within
}

/**
 * A sentence for each value that is off.
 *
 * @param isUndefined whether the reference may have divided 0 by 0, for the mask empties a row: then its NaN says nothing
 */
export const offOf = (name: string, compared: Compared, isUndefined: boolean): ReadonlyArray<string> => {
  const { actual, expected, what } = compared
  const place = `losses ${name} ${what}`
  if (actual.length !== expected.length) {
    return [`${place}[length]: expected ${expected.length}, got ${actual.length}`]
  }
  return expected.flatMap((value, i) =>
    isNear(compared, i) || (isUndefined && Number.isNaN(value))
      ? []
      : [`${place}[${i}]: expected ${value}, got ${actual[i]}`]
  )
}
