/**
 * Objectives by name: a value that can be written into a run's configuration and sent to a worker.
 */

/** How far the policy is from the reference, estimated at one token; see kl.ts. */
export type KlEstimator = "k1" | "abs" | "k2" | "k3"

/**
 * What a policy is trained on: loss = policyCoefficient * policy loss + klCoefficient * KL - entropyCoefficient * entropy.
 *
 * With the paper's settings this is GRPO as its code computes it (One-Shot-RLVR, dp_actor.py).
 */
export interface PolicyObjective {
  readonly kind: "policy"
  /** clip: the ratio of each token (PPO, GRPO, DAPO). gspo: one ratio for a whole response (arXiv 2507.18071). */
  readonly policyLoss: "clip" | "gspo"
  /** The ratio is clipped to 1 - clipLow … 1 + clipHigh; equal in PPO and GRPO, clipHigh larger in DAPO. */
  readonly clipLow: number
  readonly clipHigh: number
  /** Each token's policy loss is weighted by min(exp(old - behaviour), cap), a constant; null: not weighted. */
  readonly importanceCap: number | null
  /** 1 with the policy loss, 0 without. */
  readonly policyCoefficient: number
  readonly klEstimator: KlEstimator
  readonly klCoefficient: number
  readonly entropyCoefficient: number
}

/** What a critic is trained on: the squared distance of its values from the returns, clipped around the old values. */
export interface ValueObjective {
  readonly kind: "value"
  /** A value is clipped to ± clip around the old one. */
  readonly clip: number
}

/** Negative log-likelihood of the given responses, token mean: supervised pretraining. */
export interface SupervisedObjective {
  readonly kind: "supervised"
}

export type Objective = PolicyObjective | SupervisedObjective

/** The paper's, as its code runs it: training_1.5b_pi1_r128.sh with ppo_trainer.yaml. */
export const paperObjective = {
  kind: "policy",
  policyLoss: "clip",
  clipLow: 0.2,
  clipHigh: 0.2,
  importanceCap: null,
  policyCoefficient: 1,
  klEstimator: "k3",
  klCoefficient: 0.001,
  entropyCoefficient: 0.001
} as const satisfies PolicyObjective
