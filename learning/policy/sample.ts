/**
 * Drawing a token from logits on the host, in doubles, so that it is the same on every backend with the same logits.
 */

export interface Drawn {
  readonly token: number
  /** ln of the token's probability, nats. */
  readonly logProb: number
  /** Of the distribution it was drawn from, nats. */
  readonly entropy: number
}

/** The lowest id among the most likely tokens. */
const mostLikely = (logits: Float32Array): number => {
  let best = 0
  for (let i = 1; i < logits.length; i++) if (logits[i] > logits[best]) best = i
  return best
}

/** The first token whose cumulative weight exceeds the mark; the last one with any weight if rounding leaves none. */
const atMark = (weights: Float64Array, mark: number): number => {
  let reached = 0
  let last = 0
  for (let i = 0; i < weights.length; i++) {
    if (weights[i] === 0) continue
    reached += weights[i]
    last = i
    if (mark < reached) return i
  }
  return last
}

/** Draws tokens from distributions over a vocabulary of a given size. */
export interface Sampler {
  /**
   * @param logits [vocabulary]
   * @param temperature 0 takes the most likely token and reports the distribution at temperature 1
   * @param uniform in [0, 1): where in the cumulative distribution, in the order of token ids, to look
   */
  readonly draw: (logits: Float32Array, temperature: number, uniform: number) => Drawn
}

export const sampler = (vocabulary: number): Sampler => {
  const weights = new Float64Array(vocabulary)
  return {
    draw: (logits, temperature, uniform) => {
      const scale = temperature === 0 ? 1 : 1 / temperature
      const best = mostLikely(logits)
      const highest = logits[best]
      let total = 0
      let weighted = 0
      for (let i = 0; i < vocabulary; i++) {
        const z = (logits[i] - highest) * scale
        const weight = Math.exp(z)
        weights[i] = weight
        total += weight
        if (weight > 0) weighted += weight * z
      }
      const token = temperature === 0 ? best : atMark(weights, uniform * total)
      const logTotal = Math.log(total)
      return {
        token,
        logProb: (logits[token] - highest) * scale - logTotal,
        entropy: logTotal - weighted / total
      }
    }
  }
}
