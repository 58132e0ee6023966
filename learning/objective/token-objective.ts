/**
 * What every objective looks like: numbers per token in, a loss and its derivative per token out.
 *
 * N is the number of response tokens of a shard, rollout after rollout; B the number of rollouts. The model needs from
 * an objective nothing but dLoss/dlogProb and dLoss/dentropy of each token, so objectives are pure functions on the
 * host, written once for every backend, and each can be held against finite differences.
 */

/** The tokens of one shard, concatenated in rollout order without padding. */
export interface TokenBatch {
  /** [B] response tokens of each rollout; they sum to N. */
  readonly lengths: Int32Array
  /** [N] ln pi_theta(token) under the weights being trained, in nats, temperature applied. */
  readonly logProbs: Float32Array
  /** [N] entropy of the distribution each token was drawn from, under the weights being trained, in nats. */
  readonly entropies: Float32Array
  /** [N] ln pi_old(token): what the sampler recorded. */
  readonly oldLogProbs: Float32Array
  /** [N] ln pi_ref(token) under the frozen base; empty where no term needs it. */
  readonly referenceLogProbs: Float32Array
  /** [B] one advantage for each rollout, spread over its tokens. */
  readonly advantages: Float32Array
  /** Response tokens in the whole batch that this shard is part of: the divisor of a token mean over all shards. */
  readonly batchTokens: number
}

export interface ObjectiveResult {
  /** This shard's share of the batch's loss: the shares of all shards sum to it. */
  readonly loss: number
  /** Named parts and diagnostics, each likewise a share of the batch's token mean. */
  readonly terms: Readonly<Record<string, number>>
  /** [N] dLoss / dlogProbs. */
  readonly dLogProbs: Float32Array
  /** [N] dLoss / dentropies. */
  readonly dEntropies: Float32Array
}
