/**
 * Exact fractions of bounded size. What would grow beyond the bound is null: nobody's answer has a thousand digits, and
 * towers of exponents do.
 */

export interface Rational {
  readonly numerator: bigint
  /** Positive. */
  readonly denominator: bigint
}

/** Bits of a numerator or denominator. */
export const sizeLimit = 4096
const bound = 1n << BigInt(sizeLimit)
const small = 1n << 60n

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value)

export const greatestCommonDivisor = (a: bigint, b: bigint): bigint => {
  let [large, rest] = [magnitude(a), magnitude(b)]
  while (rest !== 0n) [large, rest] = [rest, large % rest]
  return large
}

/** In lowest terms where the parts are large; null for a denominator of 0 and for what is too large. */
export const rational = (above: bigint, below: bigint): Rational | null => {
  if (below === 0n) return null
  let [numerator, denominator] = below < 0n ? [-above, -below] : [above, below]
  if (magnitude(numerator) > small || denominator > small) {
    const shared = greatestCommonDivisor(numerator, denominator)
    numerator /= shared
    denominator /= shared
    if (magnitude(numerator) > bound || denominator > bound) return null
  }
  return { numerator, denominator }
}

export const integer = (value: bigint): Rational => ({ numerator: value, denominator: 1n })

export const isSame = (a: Rational, b: Rational): boolean => a.numerator * b.denominator === b.numerator * a.denominator

export const add = (a: Rational, b: Rational): Rational | null =>
  rational(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator)

export const negate = ({ denominator, numerator }: Rational): Rational => ({ numerator: -numerator, denominator })

export const multiply = (a: Rational, b: Rational): Rational | null =>
  rational(a.numerator * b.numerator, a.denominator * b.denominator)

export const divide = (a: Rational, b: Rational): Rational | null =>
  rational(a.numerator * b.denominator, a.denominator * b.numerator)

const bits = (value: bigint): number => magnitude(value).toString(16).length * 4

export const reduced = ({ denominator, numerator }: Rational): Rational => {
  const shared = greatestCommonDivisor(numerator, denominator)
  return shared === 0n ? integer(0n) : { numerator: numerator / shared, denominator: denominator / shared }
}

/** A whole power; 0 to a negative power is null. */
export const wholePower = (base: Rational, exponent: bigint): Rational | null => {
  const { denominator, numerator } = reduced(base)
  if (numerator === 0n && exponent <= 0n) return exponent === 0n ? integer(1n) : null
  const isUnit = magnitude(numerator) === 1n && denominator === 1n
  if (isUnit) return integer(exponent % 2n === 0n ? 1n : numerator)
  const times = magnitude(exponent)
  if (numerator === 0n) return integer(0n)
  if (times > BigInt(sizeLimit)) return null
  if (Math.max(bits(numerator), bits(denominator)) * Number(times) > 2 * sizeLimit) return null
  const [above, below] = [numerator ** times, denominator ** times]
  return exponent < 0n ? rational(below, above) : rational(above, below)
}

/** The whole root of a natural number, or null where it is not one. */
const wholeRoot = (value: bigint, degree: bigint): bigint | null => {
  if (value < 2n) return value
  if (degree > BigInt(bits(value))) return null
  let guess = 1n << BigInt(Math.ceil(bits(value) / Number(degree)) + 1)
  for (;;) {
    const next = ((degree - 1n) * guess + value / guess ** (degree - 1n)) / degree
    if (next >= guess) break
    guess = next
  }
  return guess ** degree === value ? guess : null
}

/** The principal root where it is a fraction: of a negative number it is none, whatever the degree. */
export const exactRoot = (of: Rational, degree: bigint): Rational | null => {
  if (of.numerator < 0n || degree < 1n || degree > 64n) return null
  const { denominator, numerator } = reduced(of)
  const above = wholeRoot(numerator, degree)
  const below = wholeRoot(denominator, degree)
  return above === null || below === null ? null : { numerator: above, denominator: below }
}

/** The nearest float; exact for parts below 2^53. */
export const toFloat = ({ denominator, numerator }: Rational): number => {
  const limit = 1n << 1000n
  if (magnitude(numerator) < limit && denominator < limit) return Number(numerator) / Number(denominator)
  const shift = BigInt(Math.max(0, bits(denominator) - bits(numerator) + 64))
  const quotient = (numerator << shift) / denominator
  return Number(quotient) / 2 ** Number(shift)
}

/** A number as digits write it, with a point or an exponent or without. */
export const ofDigits = (whole: string, part: string, exponent: number): Rational | null => {
  if (whole.length + part.length > 1200 || Math.abs(exponent) > 1000) return null
  const digits = BigInt(`${whole}${part}` || "0")
  const places = part.length - exponent
  return places >= 0 ? rational(digits, 10n ** BigInt(places)) : rational(digits * 10n ** BigInt(-places), 1n)
}
