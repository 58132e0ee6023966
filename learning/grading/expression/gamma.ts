/**
 * Factorials and binomials beyond the natural numbers, so that those of a symbol can be compared: `n!` is `n (n - 1)!`.
 *
 * Γ by Stirling's series after a shift to where it is sharp, reflected for the left half of the plane.
 */
import { complex, exponential, logarithm, minus, nothing, over, plus, power, real, times, type Value } from "./value.ts"

const one = real(1)
const half = real(0.5)
const i = complex(0, 1, 0)
const pi = real(Math.PI)
const shift = 15
/** B_{2k} / (2k (2k - 1)) of Stirling's series. */
const series = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360, 1 / 156]
/** Beyond it, doubles overflow or the reflection loses too much. */
const sizeLimit = 120

const sine = (z: Value): Value =>
  over(plus(exponential(times(i, z)), minus(exponential(minus(times(i, z))))), times(real(2), i))

const rightGamma = (z: Value): Value => {
  let below = one
  for (let at = 0; at < shift; at++) below = times(below, plus(z, real(at)))
  const w = plus(z, real(shift))
  let sum = plus(times(plus(w, minus(half)), logarithm(w)), minus(w))
  sum = plus(sum, real(Math.log(2 * Math.PI) / 2))
  for (const [k, coefficient] of series.entries()) sum = plus(sum, over(real(coefficient), power(w, real(2 * k + 1))))
  return over(exponential(sum), below)
}

const gamma = (z: Value): Value => {
  if (Math.hypot(z.re, z.im) > sizeLimit) return nothing
  if (z.re >= 0.5) return rightGamma(z)
  return over(pi, times(sine(times(pi, z)), rightGamma(plus(one, minus(z)))))
}

export const factorialOf = (z: Value): Value => gamma(plus(z, one))

/** n over k; where k is a small natural number, by its product. */
export const binomialOf = (n: Value, k: Value): Value => {
  if (k.im !== 0 || !Number.isInteger(k.re) || k.re < 0 || k.re > 100)
    return over(factorialOf(n), times(factorialOf(k), factorialOf(plus(n, minus(k)))))
  let product = one
  for (let at = 0; at < k.re; at++) product = over(times(product, plus(n, real(-at))), real(at + 1))
  return product
}
