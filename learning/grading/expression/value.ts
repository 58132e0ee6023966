/**
 * Complex numbers in double precision that know how far off they may be.
 *
 * The bound is first-order: it follows what rounding does to each operation, so that "equal within the bound" means
 * equal unless chance has it at every point.
 */

export interface Value {
  readonly re: number
  readonly im: number
  /** How far off it may be, in the plane. */
  readonly error: number
}

const rounding = 2 ** -52

export const real = (re: number): Value => ({ re, im: 0, error: Math.abs(re) * rounding })
export const complex = (re: number, im: number, error: number): Value => ({
  re,
  im,
  error: error + (Math.abs(re) + Math.abs(im)) * rounding
})

export const size = ({ im, re }: Value): number => (im === 0 ? Math.abs(re) : Math.hypot(re, im))

export const isUsable = ({ error, im, re }: Value): boolean =>
  !Number.isNaN(re) && !Number.isNaN(im) && !Number.isNaN(error)

export const isInfinite = ({ im, re }: Value): boolean => im === 0 && (re === Infinity || re === -Infinity)

export const nothing: Value = { re: NaN, im: NaN, error: NaN }
export const infinity: Value = { re: Infinity, im: 0, error: 0 }

/** What overflowed is nothing; infinity comes only from infinity. */
const finite = (re: number, im: number, error: number): Value =>
  Number.isFinite(re) && Number.isFinite(im) && Number.isFinite(error) ? complex(re, im, error) : nothing

const extended = (re: number): Value =>
  Number.isNaN(re) ? nothing : Number.isFinite(re) ? real(re) : { re, im: 0, error: 0 }

const anyInfinite = (a: Value, b: Value): boolean => isInfinite(a) || isInfinite(b)

export const plus = (a: Value, b: Value): Value => {
  if (anyInfinite(a, b)) return a.im === 0 && b.im === 0 ? extended(a.re + b.re) : nothing
  return finite(a.re + b.re, a.im + b.im, a.error + b.error)
}

export const minus = (a: Value): Value => ({ re: -a.re, im: a.im === 0 ? 0 : -a.im, error: a.error })

export const times = (a: Value, b: Value): Value => {
  if (anyInfinite(a, b)) return a.im === 0 && b.im === 0 ? extended(a.re * b.re) : nothing
  const error = size(a) * b.error + size(b) * a.error + a.error * b.error
  return a.im === 0 && b.im === 0
    ? finite(a.re * b.re, 0, error)
    : finite(a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re, error + size(a) * size(b) * rounding)
}

export const over = (a: Value, b: Value): Value => {
  if (isInfinite(b)) return isInfinite(a) ? nothing : real(0)
  const below = size(b)
  if (below <= b.error) return nothing
  if (isInfinite(a)) return b.im === 0 ? extended(a.re / b.re) : nothing
  const error = (a.error + (size(a) / below) * b.error) / below
  if (a.im === 0 && b.im === 0) return finite(a.re / b.re, 0, error)
  const norm = b.re * b.re + b.im * b.im
  return finite((a.re * b.re + a.im * b.im) / norm, (a.im * b.re - a.re * b.im) / norm, error)
}

export const exponential = (z: Value): Value => {
  if (isInfinite(z)) return z.re > 0 ? infinity : real(0)
  const growth = Math.exp(z.re)
  return z.im === 0
    ? finite(growth, 0, growth * z.error)
    : finite(growth * Math.cos(z.im), growth * Math.sin(z.im), growth * (z.error + Math.abs(z.im) * rounding))
}

export const logarithm = (z: Value): Value => {
  if (isInfinite(z)) return z.re > 0 ? infinity : nothing
  const length = size(z)
  if (length <= z.error) return nothing
  return finite(Math.log(length), z.im === 0 && z.re > 0 ? 0 : Math.atan2(z.im, z.re), z.error / length)
}

const wholePower = (base: Value, exponent: number): Value => {
  let result = real(1)
  let square = base
  for (let left = exponent; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) result = times(result, square)
    if (left > 1) square = times(square, square)
  }
  return result
}

export const power = (base: Value, exponent: Value): Value => {
  const isWhole = exponent.im === 0 && Number.isInteger(exponent.re) && Math.abs(exponent.re) <= 4096
  if (isWhole) {
    const whole = wholePower(base, Math.abs(exponent.re))
    return exponent.re < 0 ? over(real(1), whole) : whole
  }
  if (size(base) <= base.error) return exponent.re > 0 ? { re: 0, im: 0, error: base.error } : nothing
  if (exponent.im === 0 && exponent.re === 0.5) return root(base)
  return exponential(times(exponent, logarithm(base)))
}

/** The principal square root. */
export const root = (z: Value): Value => {
  if (isInfinite(z)) return z.re > 0 ? infinity : nothing
  const length = size(z)
  if (length === 0) return z.error === 0 ? z : { re: 0, im: 0, error: Math.sqrt(z.error) }
  const error = z.error / (2 * Math.sqrt(length))
  if (z.im === 0) return z.re >= 0 ? finite(Math.sqrt(z.re), 0, error) : finite(0, Math.sqrt(-z.re), error)
  const re = Math.sqrt((length + Math.abs(z.re)) / 2)
  const im = Math.abs(z.im) / (2 * re)
  return z.re >= 0 ? finite(re, z.im >= 0 ? im : -im, error) : finite(im, z.im >= 0 ? re : -re, error)
}

/** Whether two values are the same as far as their bounds can tell. */
export const isSameValue = (a: Value, b: Value): boolean => {
  if (anyInfinite(a, b)) return a.re === b.re && a.im === b.im
  return Math.hypot(a.re - b.re, a.im - b.im) <= 32 * (a.error + b.error) + Number.MIN_VALUE
}

/** Whether the bound leaves enough digits to tell two different values apart. */
export const isSharp = (z: Value): boolean => isInfinite(z) || z.error <= 1e-9 * Math.max(size(z), 1e-3)
