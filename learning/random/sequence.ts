/**
 * A sequence of random draws, for making data: Philox with a counter that runs.
 *
 * key = (seed, stream), counter = (block low, block high, 0, 2^32 - 1); each block gives four words, used in order.
 */
import { philox, uint32, unitInterval } from "./philox.ts"
import { sequenceWord } from "./uniform-at.ts"

export interface Randomness {
  readonly uint32: () => number
  /** An integer in 0..n-1, each equally likely. n is an integer in 1..2^32. */
  readonly below: (n: number) => number
  /** An integer in low..high, both included, each equally likely. */
  readonly between: (low: number, high: number) => number
  /** A double in [0, 1) with 53 random bits. */
  readonly uniform: () => number
  /** An element, each equally likely. Throws RangeError when there is none. */
  readonly choice: <A>(from: ReadonlyArray<A>) => A
  /** An element with probability weight / sum of weights. Throws RangeError unless they pair up and some weight is positive. */
  readonly weighted: <A>(from: ReadonlyArray<A>, weights: ReadonlyArray<number>) => A
}

/** Uint32 words one by one, for about 2^66 of them. */
const words = (seed: number, stream: number): (() => number) => {
  const key = [uint32("seed", seed), uint32("stream", stream)] as const
  let block = 0
  let buffer: Uint32Array = new Uint32Array(0)
  let used = 0
  return () => {
    if (used === buffer.length) {
      buffer = philox(key, [block >>> 0, Math.floor(block / 0x100000000), 0, sequenceWord])
      block += 1
      used = 0
    }
    return buffer[used++]
  }
}

const totalOf = (count: number, weights: ReadonlyArray<number>): number => {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (count !== weights.length || weights.some((weight) => !(weight >= 0)) || !(total > 0 && total < Infinity)) {
    throw new RangeError(`cannot choose among ${count} by the weights ${weights.join(", ")}`)
  }
  return total
}

/** The draws of (seed, stream), always the same. Throws RangeError when either is no uint32. */
export const sequence = (seed: number, stream: number): Randomness => {
  const next = words(seed, stream)

  const below = (n: number): number => {
    if (!Number.isInteger(n) || n < 1 || n > 0x100000000) throw new RangeError(`cannot draw an integer below ${n}`)
    const limit = 0x100000000 - (0x100000000 % n) // words from here on would favour small results
    let word = next()
    while (word >= limit) word = next()
    return word % n
  }

  const uniform = (): number => {
    const high = next()
    return unitInterval(high, next())
  }

  const weighted = <A>(from: ReadonlyArray<A>, weights: ReadonlyArray<number>): A => {
    const mark = uniform() * totalOf(from.length, weights)
    let reached = 0
    let last = 0
    for (let index = 0; index < weights.length; index++) {
      if (weights[index] === 0) continue
      reached += weights[index]
      last = index
      if (mark < reached) return from[index]
    }
    return from[last] // only when rounding put the mark on the very end
  }

  return {
    uint32: next,
    below,
    between: (low, high) => low + below(high - low + 1),
    uniform,
    choice: (from) => from[below(from.length)],
    weighted
  }
}
