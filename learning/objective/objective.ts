/**
 * Objectives by name: a value that can be written into a run's configuration and sent to a worker.
 */

/** GRPO as the paper's code computes it (One-Shot-RLVR, dp_actor.py): loss = pg - entropyCoefficient * H + klCoefficient * k3. */
export interface GrpoObjective {
  readonly kind: "grpo"
  /** The ratio is clipped to 1 ± clip. */
  readonly clip: number
  /** 1 with the policy loss, 0 without. */
  readonly policyCoefficient: number
  readonly klCoefficient: number
  readonly entropyCoefficient: number
}

/** Negative log-likelihood of the given responses, token mean: supervised pretraining. */
export interface SupervisedObjective {
  readonly kind: "supervised"
}

export type Objective = GrpoObjective | SupervisedObjective
