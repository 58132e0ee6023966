/**
 * An objective's value and derivatives, token by token.
 *
 * All sums are taken in doubles from the first token to the last, each divided by the tokens of the whole batch; so the
 * shares of the shards of a batch add up to the batch's token mean, however it was cut.
 */
import { k3 } from "./kl.ts"
import type { GrpoObjective, Objective } from "./objective.ts"
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
  if (objective.kind === "grpo") {
    requireLength("oldLogProbs", batch.oldLogProbs.length, tokens)
    requireLength("advantages", batch.advantages.length, batch.lengths.length)
    if (batch.referenceLogProbs.length > 0 || objective.klCoefficient !== 0) {
      requireLength("referenceLogProbs", batch.referenceLogProbs.length, tokens)
    }
  }
}

const evaluateGrpo = (objective: GrpoObjective, batch: TokenBatch): ObjectiveResult => {
  const { advantages, batchTokens, entropies, lengths, logProbs, oldLogProbs, referenceLogProbs } = batch
  const { clip, entropyCoefficient, klCoefficient, policyCoefficient } = objective
  const hasReference = referenceLogProbs.length > 0
  const dLogProbs = new Float32Array(logProbs.length)
  const dEntropies = new Float32Array(logProbs.length).fill(-entropyCoefficient / batchTokens)
  let policy = 0
  let kl = 0
  let entropy = 0
  let clipped = 0
  let mismatch = 0
  let t = 0
  for (let rollout = 0; rollout < lengths.length; rollout++) {
    for (const end = t + lengths[rollout]; t < end; t++) {
      const pg = policyLoss(logProbs[t], oldLogProbs[t], advantages[rollout], clip)
      let derivative = policyCoefficient * pg.derivative
      policy += pg.value
      clipped += pg.clipped ? 1 : 0
      entropy += entropies[t]
      mismatch += Math.abs(logProbs[t] - oldLogProbs[t])
      if (hasReference) {
        const estimate = k3(logProbs[t], referenceLogProbs[t])
        kl += estimate.value
        derivative += klCoefficient * estimate.derivative
      }
      dLogProbs[t] = derivative / batchTokens
    }
  }
  const loss = (policyCoefficient * policy - entropyCoefficient * entropy + klCoefficient * kl) / batchTokens
  const terms = {
    policyLoss: policy / batchTokens,
    entropy: entropy / batchTokens,
    clipFraction: clipped / batchTokens,
    mismatch: mismatch / batchTokens
  }
  return { loss, terms: hasReference ? { ...terms, kl: kl / batchTokens } : terms, dLogProbs, dEntropies }
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
 *   grpo         policyCoefficient * policyLoss - entropyCoefficient * entropy + klCoefficient * kl
 *                terms: those three, the share of tokens held by the clip (clipFraction), and the mean distance between
 *                the trained and the recorded log-probs in nats (mismatch); kl only where there is a reference
 *   supervised   the negative log-likelihood; terms: it and the entropy
 *
 * @throws RangeError where the arrays of the batch do not fit together
 */
export const evaluateObjective = (objective: Objective, batch: TokenBatch): ObjectiveResult => {
  check(objective, batch)
  return objective.kind === "grpo" ? evaluateGrpo(objective, batch) : evaluateSupervised(batch)
}
