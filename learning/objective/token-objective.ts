/**
 * What every objective looks like: numbers per token in, a loss and its derivative per token out.
 *
 * N is the number of response tokens of a shard, rollout after rollout; B the number of rollouts. The model needs from
 * an objective nothing but its derivatives by what it computed of each token, so objectives are pure functions on the
 * host, written once for every backend, and each can be held against finite differences.
 */

/**
 * What a rollout's sums are divided by, where that is not the tokens of the whole batch: how losses are aggregated, see
 * aggregation.ts. Decided over the whole batch, so that the shares of its shards add up.
 */
export interface Divisors {
  /** [B] of the policy's or the critic's loss. */
  readonly loss: Float64Array
  /** [B] of KL, entropy and the diagnostics. */
  readonly terms: Float64Array
}

/** The tokens of one shard, concatenated in rollout order without padding. */
export interface TokenBatch {
  /** [B] response tokens of each rollout; they sum to N. */
  readonly lengths: Int32Array
  /** [N] ln pi_theta(token) under the weights being trained, in nats, temperature applied. */
  readonly logProbs: Float32Array
  /** [N] entropy of the distribution each token was drawn from, under the weights being trained, in nats. */
  readonly entropies: Float32Array
  /** [N] ln pi_old(token): what the ratio is taken to. */
  readonly oldLogProbs: Float32Array
  /** [N] ln pi(token) as the sampler recorded it; empty where it is what the ratio is taken to. */
  readonly behaviourLogProbs: Float32Array
  /** [N] ln pi_ref(token) under the frozen base; empty where no term needs it. */
  readonly referenceLogProbs: Float32Array
  /** [N] the advantage of each token. */
  readonly advantages: Float32Array
  /** Response tokens in the whole batch that this shard is part of: the divisor of a token mean over all shards. */
  readonly batchTokens: number
  /** Null: everything is a token mean. */
  readonly divisors: Divisors | null
}

export interface ObjectiveResult {
  /** This shard's share of the batch's loss: the shares of all shards sum to it. */
  readonly loss: number
  /** Named parts and diagnostics, each likewise a share of the batch's. */
  readonly terms: Readonly<Record<string, number>>
  /** [N] dLoss / dlogProbs. */
  readonly dLogProbs: Float32Array
  /** [N] dLoss / dentropies. */
  readonly dEntropies: Float32Array
}

/** The tokens of one shard as a critic sees them: the value of the state that each token was drawn in. */
export interface ValueBatch {
  /** [B] response tokens of each rollout; they sum to N. */
  readonly lengths: Int32Array
  /** [N] under the weights being trained. */
  readonly values: Float32Array
  /** [N] under the critic that the advantages were computed with. */
  readonly oldValues: Float32Array
  /** [N] what the values should have been. */
  readonly returns: Float32Array
  readonly batchTokens: number
  readonly divisors: Divisors | null
}

export interface ValueResult {
  /** This shard's share of the batch's loss. */
  readonly loss: number
  readonly terms: Readonly<Record<string, number>>
  /** [N] dLoss / dvalues. */
  readonly dValues: Float32Array
}
