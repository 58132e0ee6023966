/**
 * Truncated importance weights: what a token's loss is multiplied by where the sampler's numbers are not those the ratio
 * is taken to (https://fengyao.notion.site/off-policy-rl; "tis" in later verl).
 */

export interface ImportanceWeights {
  /** [N] min(exp(oldLogProb - behaviourLogProb), cap): constants, with no derivative. */
  readonly weights: Float64Array
  /** [N] 1 where the cap cut. */
  readonly truncated: Uint8Array
}

/**
 * @param oldLogProbs [N] nats, what the ratio is taken to
 * @param behaviourLogProbs [N] nats, as the sampler recorded them
 * @param cap above 0
 */
export const importanceWeights = (
  oldLogProbs: ArrayLike<number>,
  behaviourLogProbs: ArrayLike<number>,
  cap: number
): ImportanceWeights => {
  const weights = new Float64Array(oldLogProbs.length)
  const truncated = new Uint8Array(oldLogProbs.length)
  for (let t = 0; t < weights.length; t++) {
    const weight = Math.exp(oldLogProbs[t] - behaviourLogProbs[t])
    weights[t] = Math.min(weight, cap)
    truncated[t] = weight > cap ? 1 : 0
  }
  return { weights, truncated }
}
