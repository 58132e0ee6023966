/**
 * Philox4x32-10: random bits as a function of coordinates.
 *
 * A counter-based generator keeps no state: the same key and counter give the same 128 bits on every machine, in any
 * order, so a draw can be named (run seed, step, prompt, sample, position) and made again alone.
 * Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011 (Random123).
 */

const multiplierA = 0xd2511f53
const multiplierB = 0xcd9e8d57
const weylA = 0x9e3779b9
const weylB = 0xbb67ae85
const rounds = 10

export type Key = readonly [number, number]
export type Counter = readonly [number, number, number, number]

/** The upper 32 bits of a * b, exactly; JavaScript has an exact lower half (Math.imul) but no upper one. */
const upperProduct = (a: number, b: number): number => {
  const aLow = a & 0xffff
  const aHigh = a >>> 16
  const bLow = b & 0xffff
  const bHigh = b >>> 16
  const middle = aHigh * bLow + ((aLow * bLow) >>> 16) // < 2^32
  const carry = aLow * bHigh + (middle & 0xffff) // < 2^32
  return (aHigh * bHigh + (middle >>> 16) + (carry >>> 16)) >>> 0
}

/** Four uint32 for a key and a counter of uint32 words. */
export const philox = (key: Key, counter: Counter): Uint32Array => {
  let [keyA, keyB] = key
  let [x0, x1, x2, x3] = counter
  for (let round = 0; round < rounds; round++) {
    const upperA = upperProduct(multiplierA, x0)
    const upperB = upperProduct(multiplierB, x2)
    const lowerA = Math.imul(multiplierA, x0)
    const lowerB = Math.imul(multiplierB, x2)
    x0 = (upperB ^ x1 ^ keyA) >>> 0
    x1 = lowerB >>> 0
    x2 = (upperA ^ x3 ^ keyB) >>> 0
    x3 = lowerA >>> 0
    keyA = (keyA + weylA) >>> 0
    keyB = (keyB + weylB) >>> 0
  }
  return Uint32Array.of(x0, x1, x2, x3)
}

/** A double in [0, 1) with 53 random bits from two words. As float32 it may round to 1: compare in double. */
export const unitInterval = (high: number, low: number): number =>
  ((high >>> 5) * 0x4000000 + (low >>> 6)) / 0x20000000000000

/** Refuses what is no uint32: a wrapped coordinate would share its draws with another one in silence. */
export const uint32 = (name: string, value: number): number => {
  if (value >>> 0 !== value) throw new RangeError(`${name} must be an integer in 0..4294967295, got ${value}`)
  return value
}
