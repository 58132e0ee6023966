/**
 * Advantages of whole responses: how much better a rollout did than the others of its group.
 *
 * As computed by the paper's code (One-Shot-RLVR, core_algos.py, compute_grpo_outcome_advantage): every copy of a
 * prompt is a group of its own, so 128 rollouts of one example are 16 groups of 8, not one group of 128.
 */

export interface GroupNormalisation {
  /** Whether the standard deviation of the group divides: true in GRPO, false in Dr. GRPO (arXiv 2503.20783). */
  readonly std: boolean
  /** Added to the standard deviation, so that a group of equal rewards gets 0 and not 0/0. */
  readonly epsilon: number
}

/** How a group is compared. */
export type AdvantageEstimator = ({ readonly kind: "grpo" } & GroupNormalisation) | { readonly kind: "rloo" }

/** The paper's, as its code runs it. */
export const paperEstimator = { kind: "grpo", std: true, epsilon: 1e-6 } as const satisfies AdvantageEstimator

/**
 * The advantages of one group: (r - mean) / (std + epsilon) with the unbiased std (n - 1), or r - mean without it. A group of
 * one has nothing to be compared with: the code takes mean 0 and std 1 then, so its advantage is its reward.
 *
 * @param rewards [n] of one group, in sample order
 * @returns [n] float32; computed in doubles from left to right, rounded once at the end
 */
export const groupAdvantages = (
  rewards: ArrayLike<number>,
  { epsilon, std: isDivided }: GroupNormalisation = paperEstimator
): Float32Array => {
  const n = rewards.length
  const advantages = new Float32Array(n)
  let sum = 0
  for (let i = 0; i < n; i++) sum += rewards[i]
  const mean = n === 1 ? 0 : sum / n
  let squares = 0
  for (let i = 0; i < n; i++) squares += (rewards[i] - mean) * (rewards[i] - mean)
  const std = n === 1 ? 1 : Math.sqrt(squares / (n - 1))
  const divisor = isDivided ? std + epsilon : 1
  for (let i = 0; i < n; i++) advantages[i] = (rewards[i] - mean) / divisor
  return advantages
}

/**
 * The advantages of one group by RLOO (arXiv 2402.14740): r less the mean of the others.
 *
 * @param rewards [n] of one group, in sample order
 * @returns [n] float32; computed in doubles, rounded once at the end
 * @throws RangeError for a group of one, which has no others
 */
export const leaveOneOutAdvantages = (rewards: ArrayLike<number>): Float32Array => {
  const n = rewards.length
  if (n < 2) throw new RangeError(`RLOO compares a rollout with the others of its group; a group of ${n} has none`)
  let sum = 0
  for (let i = 0; i < n; i++) sum += rewards[i]
  return Float32Array.from(rewards, (reward) => reward - (sum - reward) / (n - 1))
}

/**
 * The advantages of a whole batch in which each `groupSize` consecutive rollouts are one copy of a prompt.
 *
 * @param rewards [B] in prompt-major order, B a multiple of groupSize
 * @returns [B] float32
 * @throws RangeError where the rewards do not fill whole groups
 */
export const batchAdvantages = (
  rewards: Float32Array,
  groupSize: number,
  estimator: AdvantageEstimator = paperEstimator
): Float32Array => {
  if (!Number.isInteger(groupSize) || groupSize < 1 || rewards.length % groupSize !== 0) {
    throw new RangeError(`${rewards.length} rewards do not fill whole groups of ${groupSize}`)
  }
  const advantages = new Float32Array(rewards.length)
  for (let first = 0; first < rewards.length; first += groupSize) {
    const group = rewards.subarray(first, first + groupSize)
    advantages.set(estimator.kind === "rloo" ? leaveOneOutAdvantages(group) : groupAdvantages(group, estimator), first)
  }
  return advantages
}

/**
 * One number for each rollout, given to each of its tokens.
 *
 * @param values [B]
 * @param lengths [B] response tokens
 * @returns [N]
 */
export const overTokens = (values: ArrayLike<number>, lengths: ArrayLike<number>): Float32Array => {
  let tokens = 0
  for (let i = 0; i < lengths.length; i++) tokens += lengths[i]
  const spread = new Float32Array(tokens)
  let at = 0
  for (let i = 0; i < lengths.length; i++) {
    spread.fill(values[i], at, at + lengths[i])
    at += lengths[i]
  }
  return spread
}
