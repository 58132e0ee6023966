/**
 * An objective's value and derivatives, token by token.
 *
 * All sums are taken in doubles from the first token to the last, each divided by what the whole batch says; so the
 * shares of the shards of a batch add up to the batch's loss, however it was cut.
 */
import { aggregate } from "./aggregation.ts"
import { requireLength, requireRollouts } from "./fitting-arrays.ts"
import { importanceWeights } from "./importance-weights.ts"
import { klEstimators } from "./kl.ts"
import type { Objective, PolicyObjective } from "./objective.ts"
import { type TokenLosses, tokenLosses } from "./policy-loss.ts"
import { sequenceLosses } from "./sequence-ratio.ts"
import type { ObjectiveResult, TokenBatch } from "./token-objective.ts"

const check = (objective: Objective, batch: TokenBatch): void => {
  const tokens = batch.logProbs.length
  requireRollouts(tokens, batch)
  requireLength("entropies", batch.entropies.length, tokens)
  if (objective.kind === "policy") {
    requireLength("oldLogProbs", batch.oldLogProbs.length, tokens)
    requireLength("advantages", batch.advantages.length, tokens)
    if (batch.behaviourLogProbs.length > 0) {
      requireLength("behaviourLogProbs", batch.behaviourLogProbs.length, tokens)
    }
    if (batch.referenceLogProbs.length > 0 || objective.klCoefficient !== 0) {
      requireLength("referenceLogProbs", batch.referenceLogProbs.length, tokens)
    }
  }
}

/** What the sampler recorded. */
const behaviour = ({ behaviourLogProbs, oldLogProbs }: TokenBatch): Float32Array =>
  behaviourLogProbs.length > 0 ? behaviourLogProbs : oldLogProbs

/** Each token's policy loss, and 1 where its importance weight was cut; null where there are no weights. */
const policyLosses = (
  { clipHigh, clipLow, importanceCap, policyLoss }: PolicyObjective,
  batch: TokenBatch
): TokenLosses & { readonly truncated: Uint8Array | null } => {
  const clip = { low: clipLow, high: clipHigh }
  const losses = policyLoss === "gspo" ? sequenceLosses(batch, clip) : tokenLosses(batch, clip)
  if (importanceCap === null) return { ...losses, truncated: null }
  const { truncated, weights } = importanceWeights(batch.oldLogProbs, behaviour(batch), importanceCap)
  return {
    values: losses.values.map((value, t) => weights[t] * value),
    derivatives: losses.derivatives.map((derivative, t) => weights[t] * derivative),
    clipped: losses.clipped,
    truncated
  }
}

const evaluatePolicy = (objective: PolicyObjective, batch: TokenBatch): ObjectiveResult => {
  const { batchTokens, divisors, entropies, lengths, logProbs, referenceLogProbs } = batch
  const { entropyCoefficient, klCoefficient, policyCoefficient } = objective
  const { clipped, derivatives, truncated, values } = policyLosses(objective, batch)
  const sampled = behaviour(batch)
  const estimate = klEstimators[objective.klEstimator]
  const hasReference = referenceLogProbs.length > 0
  const kls = new Float64Array(hasReference ? logProbs.length : 0)
  const distances = new Float64Array(logProbs.length)
  const dLogProbs = new Float32Array(logProbs.length)
  const dEntropies = new Float32Array(logProbs.length)
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    const lossDivisor = divisors?.loss[rollout] ?? batchTokens
    const termDivisor = divisors?.terms[rollout] ?? batchTokens
    for (const end = t + lengths[rollout]; t < end; t++) {
      distances[t] = Math.abs(logProbs[t] - sampled[t])
      const own = policyCoefficient * derivatives[t]
      let others = 0
      if (hasReference) {
        const kl = estimate(logProbs[t], referenceLogProbs[t])
        kls[t] = kl.value
        others = klCoefficient * kl.derivative
      }
      // One division where both have the same divisor: what a token mean always was.
      dLogProbs[t] =
        lossDivisor === termDivisor ? (own + others) / lossDivisor : own / lossDivisor + others / termDivisor
      dEntropies[t] = -entropyCoefficient / termDivisor
    }
  }
  const mean = (each: ArrayLike<number>) => aggregate(each, lengths, divisors?.terms ?? batchTokens)
  const policyLoss = aggregate(values, lengths, divisors?.loss ?? batchTokens)
  const entropy = mean(entropies)
  const kl = hasReference ? mean(kls) : 0
  const terms = {
    policyLoss,
    entropy,
    clipFraction: mean(clipped),
    mismatch: mean(distances),
    ...(hasReference && { kl }),
    ...(truncated !== null && { truncatedFraction: mean(truncated) })
  }
  const loss = policyCoefficient * policyLoss - entropyCoefficient * entropy + klCoefficient * kl
  return { loss, terms, dLogProbs, dEntropies }
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
 *                the trained and the sampled log-probs in nats (mismatch); kl only where there is a reference, and the
 *                share of tokens whose importance weight was cut (truncatedFraction) only where there are weights
 *   supervised   the negative log-likelihood; terms: it and the entropy
 *
 * @throws RangeError where the arrays of the batch do not fit together
 */
export const evaluateObjective = (objective: Objective, batch: TokenBatch): ObjectiveResult => {
  check(objective, batch)
  return objective.kind === "policy" ? evaluatePolicy(objective, batch) : evaluateSupervised(batch)
}
