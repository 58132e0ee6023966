/**
 * The functions an answer may use, at a complex point.
 */
import { binomialOf, factorialOf } from "./gamma.ts"
import {
  complex,
  exponential,
  isInfinite,
  logarithm,
  minus,
  nothing,
  over,
  plus,
  power,
  real,
  root,
  size,
  times,
  type Value
} from "./value.ts"

const one = real(1)
const two = real(2)
const i = complex(0, 1, 0)

const sine = (z: Value): Value =>
  z.im === 0
    ? complex(Math.sin(z.re), 0, z.error + Math.abs(z.re) * 2 ** -53)
    : over(plus(exponential(times(i, z)), minus(exponential(minus(times(i, z))))), times(two, i))

const cosine = (z: Value): Value =>
  z.im === 0
    ? complex(Math.cos(z.re), 0, z.error + Math.abs(z.re) * 2 ** -53)
    : over(plus(exponential(times(i, z)), exponential(minus(times(i, z)))), two)

const sineHyperbolic = (z: Value): Value => over(plus(exponential(z), minus(exponential(minus(z)))), two)
const cosineHyperbolic = (z: Value): Value => over(plus(exponential(z), exponential(minus(z))), two)

const arcSine = (z: Value): Value =>
  z.im === 0 && Math.abs(z.re) <= 1
    ? complex(Math.asin(z.re), 0, z.error / Math.sqrt(Math.max(1 - z.re * z.re, 1e-12)))
    : minus(times(i, logarithm(plus(times(i, z), root(plus(one, minus(times(z, z))))))))

const arcTangent = (z: Value): Value => {
  if (isInfinite(z)) return real(z.re > 0 ? Math.PI / 2 : -Math.PI / 2)
  if (z.im === 0) return complex(Math.atan(z.re), 0, z.error)
  const turned = times(i, z)
  const difference = plus(logarithm(plus(one, turned)), minus(logarithm(plus(one, minus(turned)))))
  return over(difference, times(two, i))
}

const arcSineHyperbolic = (z: Value): Value => logarithm(plus(z, root(plus(times(z, z), one))))
const arcCosineHyperbolic = (z: Value): Value =>
  logarithm(plus(z, times(root(plus(z, one)), root(plus(z, minus(one))))))
const arcTangentHyperbolic = (z: Value): Value =>
  over(plus(logarithm(plus(one, z)), minus(logarithm(plus(one, minus(z))))), two)

const halfTurn = real(Math.PI / 2)
const inverse = (z: Value): Value => over(one, z)

const unary: Readonly<Record<string, (z: Value) => Value>> = {
  exp: exponential,
  ln: logarithm,
  sqrt: root,
  sin: sine,
  cos: cosine,
  tan: (z) => over(sine(z), cosine(z)),
  csc: (z) => inverse(sine(z)),
  sec: (z) => inverse(cosine(z)),
  cot: (z) => over(cosine(z), sine(z)),
  arcsin: arcSine,
  arccos: (z) => plus(halfTurn, minus(arcSine(z))),
  arctan: arcTangent,
  arccsc: (z) => arcSine(inverse(z)),
  arcsec: (z) => plus(halfTurn, minus(arcSine(inverse(z)))),
  arccot: (z) => arcTangent(inverse(z)),
  sinh: sineHyperbolic,
  cosh: cosineHyperbolic,
  tanh: (z) => over(sineHyperbolic(z), cosineHyperbolic(z)),
  arsinh: arcSineHyperbolic,
  arcosh: arcCosineHyperbolic,
  artanh: arcTangentHyperbolic,
  abs: (z) => (isInfinite(z) ? real(0) : complex(size(z), 0, z.error))
}

const isReal = ({ error, im }: Value): boolean => Math.abs(im) <= error

const whole =
  (round: (x: number) => number) =>
  (z: Value): Value => {
    const near = Math.round(z.re)
    const isNear = Math.abs(z.re - near) <= 4 * z.error + 1e-12
    return { re: isNear ? near : round(z.re), im: 0, error: 0 }
  }

const factorial = (n: number): Value => {
  if (!Number.isInteger(n) || n < 0 || n > 170) return nothing
  let product = real(1)
  for (let factor = 2; factor <= n; factor++) product = times(product, { re: factor, im: 0, error: 0 })
  return product
}

const binomial = (n: number, k: number): Value => {
  if (!Number.isInteger(n) || !Number.isInteger(k) || n < 0 || k < 0 || n > 1000) return nothing
  let product = real(k > n ? 0 : 1)
  for (let at = 1; at <= Math.min(k, n - k); at++) product = over(times(product, real(n - at + 1)), real(at))
  return product
}

/** A number between -1 and 1 that is a name's own. */
const numberOf = (name: string): number => {
  let hash = 2166136261
  for (let at = 0; at < name.length; at++) hash = Math.imul(hash ^ name.charCodeAt(at), 16777619)
  hash = Math.imul(hash ^ (hash >>> 15), 2246822507)
  return ((hash ^ (hash >>> 13)) | 0) / 2 ** 31
}

/** What a symbol stands for at a point: the same wherever the name is the same, on either side of the axes. */
export const symbolAt = (name: string, point: number): Value => {
  const re = 1.2 + numberOf(`${name} ${point}`)
  const im = 0.6 * numberOf(`${point} ${name}`)
  return complex(point % 2 === 0 ? re : -re, im, 0)
}

/** An unknown function: smooth, so that rounding in its arguments stays small, and its name's own. */
const unknown = (name: string, arguments_: ReadonlyArray<Value>): Value => {
  let total = real(0.5 + numberOf(name))
  for (const [place, argument] of arguments_.entries())
    total = plus(total, times(argument, complex(numberOf(`${name} ${place}`), 0.7, 0)))
  return plus(power(plus(total, real(3)), real(3)), minus(total))
}

/** Functions that mind no order of their arguments. */
const ofSeveral: ReadonlySet<string> = new Set(["max", "min", "gcd", "lcm"])

/** Of odd degree, a negative number has a real root. */
const realRoot = (degree: Value, of: Value): Value => {
  const isOddOfNegative = degree.im === 0 && Math.abs(degree.re % 2) === 1 && of.im === 0 && of.re < 0
  return isOddOfNegative ? minus(power(minus(of), over(one, degree))) : power(of, over(one, degree))
}

export const call = (name: string, arguments_: ReadonlyArray<Value>): Value => {
  const known = unary[name]
  if (known !== undefined && arguments_.length === 1) return known(arguments_[0])
  if (name === "log" && arguments_.length === 2) return over(logarithm(arguments_[1]), logarithm(arguments_[0]))
  if (name === "root" && arguments_.length === 2) return power(arguments_[1], over(one, arguments_[0]))
  if (name === "realroot" && arguments_.length === 2) return realRoot(arguments_[0], arguments_[1])
  if (arguments_.every(isReal)) {
    if (name === "floor") return whole(Math.floor)(arguments_[0])
    if (name === "ceil") return whole(Math.ceil)(arguments_[0])
    if (name === "factorial") return factorial(arguments_[0].re)
    if (name === "binomial" && arguments_.length === 2) return binomial(arguments_[0].re, arguments_[1].re)
    if (name === "max" || name === "min") return arguments_.reduce((a, b) => (a.re < b.re === (name === "max") ? b : a))
  }
  if (name === "factorial") return factorialOf(arguments_[0])
  if (name === "binomial" && arguments_.length === 2) return binomialOf(arguments_[0], arguments_[1])
  if (ofSeveral.has(name)) return unknown(name, [arguments_.reduce(plus), arguments_.reduce(times)])
  return unknown(name, arguments_)
}
