/**
 * An objective's value and derivatives, token by token.
 *
 * All sums are taken in doubles from the first token to the last, each divided by what the whole batch says; so the
 * shares of the shards of a batch add up to the batch's loss, however it was cut.
 */
import { k3 } from "./kl.ts"
import type { Objective, PolicyObjective } from "./objective.ts"
import { policyLoss } from "./policy-loss.ts"
import type { ObjectiveResult, TokenBatch } from "./token-objective.ts"

const requireLength = (name: string, actual: number, expected: number): void => {
  if (actual !== expected) throw new RangeError(`${name} has ${actual} entries, the batch needs ${expected}`)
}

const check = (objective: Objective, batch: TokenBatch): void => {
  const tokens = batch.logProbs.length
  requireLength(
    "lengths, summed,",
    batch.lengths.reduce((sum, length) => sum + length, 0),
    tokens
  )
  requireLength("entropies", batch.entropies.length, tokens)
  if (!(batch.batchTokens >= tokens && batch.batchTokens > 0)) {
    throw new RangeError(`batchTokens is ${batch.batchTokens}, but this shard alone has ${tokens} tokens`)
  }
  if (objective.kind === "policy") {
    requireLength("oldLogProbs", batch.oldLogProbs.length, tokens)
    requireLength("advantages", batch.advantages.length, tokens)
    if (batch.referenceLogProbs.length > 0 || objective.klCoefficient !== 0) {
      requireLength("referenceLogProbs", batch.referenceLogProbs.length, tokens)
    }
  }
}

const evaluatePolicy = (objective: PolicyObjective, batch: TokenBatch): ObjectiveResult => {
  const { advantages, batchTokens, divisors, entropies, lengths, logProbs, oldLogProbs, referenceLogProbs } = batch
  const { clipHigh, clipLow, entropyCoefficient, klCoefficient, policyCoefficient } = objective
  const clip = { low: clipLow, high: clipHigh }
  const hasReference = referenceLogProbs.length > 0
  const dLogProbs = new Float32Array(logProbs.length)
  const dEntropies = new Float32Array(logProbs.length)
  let policyTotal = 0
  let klTotal = 0
  let entropyTotal = 0
  let clippedTotal = 0
  let mismatchTotal = 0
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    const lossDivisor = divisors?.loss[rollout] ?? batchTokens
    const termDivisor = divisors?.terms[rollout] ?? batchTokens
    let policy = 0
    let kl = 0
    let entropy = 0
    let clipped = 0
    let mismatch = 0
    for (const end = t + lengths[rollout]; t < end; t++) {
      const pg = policyLoss(logProbs[t], oldLogProbs[t], advantages[t], clip)
      policy += pg.value
      clipped += pg.clipped ? 1 : 0
      entropy += entropies[t]
      mismatch += Math.abs(logProbs[t] - oldLogProbs[t])
      const own = policyCoefficient * pg.derivative
      let others = 0
      if (hasReference) {
        const estimate = k3(logProbs[t], referenceLogProbs[t])
        kl += estimate.value
        others = klCoefficient * estimate.derivative
      }
      // One division where both have the same divisor: what a token mean always was.
      dLogProbs[t] =
        lossDivisor === termDivisor ? (own + others) / lossDivisor : own / lossDivisor + others / termDivisor
      dEntropies[t] = -entropyCoefficient / termDivisor
    }
    policyTotal += policy / lossDivisor
    klTotal += kl / termDivisor
    entropyTotal += entropy / termDivisor
    clippedTotal += clipped / termDivisor
    mismatchTotal += mismatch / termDivisor
  }
  const loss = policyCoefficient * policyTotal - entropyCoefficient * entropyTotal + klCoefficient * klTotal
  const terms = { policyLoss: policyTotal, entropy: entropyTotal, clipFraction: clippedTotal, mismatch: mismatchTotal }
  return { loss, terms: hasReference ? { ...terms, kl: klTotal } : terms, dLogProbs, dEntropies }
}

const evaluateSupervised = ({ batchTokens, entropies, logProbs }: TokenBatch): ObjectiveResult => {
  let negativeLogLikelihood = 0
  let entropy = 0
  for (let t = 0; t < logProbs.length; t++) {
    negativeLogLikelihood -= logProbs[t]
    entropy += entropies[t]
  }
  const loss = negativeLogLikelihood / batchTokens
  return {
    loss,
    terms: { negativeLogLikelihood: loss, entropy: entropy / batchTokens },
    dLogProbs: new Float32Array(logProbs.length).fill(-1 / batchTokens),
    dEntropies: new Float32Array(logProbs.length)
  }
}

/**
 * The objective of one shard.
 *
 *   policy       policyCoefficient * policyLoss - entropyCoefficient * entropy + klCoefficient * kl
 *                terms: those three, the share of tokens held by the clip (clipFraction), and the mean distance between
 *                the trained and the recorded log-probs in nats (mismatch); kl only where there is a reference
 *   supervised   the negative log-likelihood; terms: it and the entropy
 *
 * @throws RangeError where the arrays of the batch do not fit together
 */
export const evaluateObjective = (objective: Objective, batch: TokenBatch): ObjectiveResult => {
  check(objective, batch)
  return objective.kind === "policy" ? evaluatePolicy(objective, batch) : evaluateSupervised(batch)
}
