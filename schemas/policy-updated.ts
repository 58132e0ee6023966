/**
 * PolicyUpdated — the fold went one step further: gradients summed in shard order, clipped, applied by AdamW.
 *
 *   written by  pipelines/update (apply)
 *   read by     pipelines/update (schedule, apply), apps/cli, history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/step/policy
 *   on the wire schemas/policy-updated/v2.avsc (v1 had the norm of the whole gradient only)
 */
import { Schema } from "effect"
import { Causes, policyId, RunId, Sha256 } from "./ids.ts"
import { Count, LongCount, NotNegative, Positive, Share } from "./quantities.ts"

/** The figures of one step, over its whole batch. */
export const StepMetrics = Schema.Struct({
  /** What was minimised: policyLoss and the weighted KL and entropy terms. */
  loss: Schema.Finite,
  /** The policy's loss, aggregated as the run says. */
  policyLoss: Schema.Finite,
  /** Mean KL to the reference by the run's estimator, in nats; 0 where nothing asks for one. */
  kl: Schema.Finite,
  /** Mean entropy, in nats. This and the other means are over tokens, but for the run's aggregation verl-microbatch. */
  entropy: Schema.Finite,
  /** Part of the tokens whose ratio the clip held back, 0–1. */
  clipFraction: Schema.Finite,
  /** Mean difference between behaviour log-probs and the trainer's, in nats; expected ~0. */
  mismatch: Schema.Finite,
  /** Euclidean norm of the summed gradient before clipping. */
  gradientNorm: NotNegative,
  learningRate: NotNegative,
  /** Mean reward of the rollouts; an unknown one counts as 0. */
  rewardMean: Schema.Finite,
  /** Part of the rollouts with verdict "correct". */
  solvedShare: Share,
  /** Rollouts whose reward is unknown. */
  unknownCount: Count,
  /** Part of the groups in which every rollout earned the same. */
  zeroSignalGroups: Share,
  /** Mean response length in tokens. */
  responseLength: NotNegative,
  /** Part of the rollouts that were cut off at the most tokens allowed. */
  truncatedShare: Share,
  /** Response tokens in the batch. */
  tokens: LongCount
})
export type StepMetrics = typeof StepMetrics.Type

/** What one parameter's part of the gradient measures. */
export const ParameterNorm = Schema.Struct({
  /** As the checkpoint names it. */
  parameter: Schema.NonEmptyString,
  norm: NotNegative
})

export class PolicyUpdated extends Schema.TaggedClass<PolicyUpdated>()("PolicyUpdated", {
  runId: RunId,
  causes: Causes,
  /** Number of updates so far: 1 after the first. */
  step: Positive,
  /** SHA-256 of the new weights, as safetensors. */
  policyHash: Sha256,
  /** SHA-256 of the weights the gradients were taken of. */
  previousPolicyHash: Sha256,
  /** SHA-256 of the optimizer's moments. */
  optimizerHash: Sha256,
  /** SHA-256 of weights and moments in one artifact, where this step was stored whole. */
  snapshotHash: Schema.NullOr(Sha256),
  /** SHA-256 of each shard's gradient, in shard order. */
  gradientHashes: Schema.Array(Sha256),
  /**
   * Euclidean norm of the summed gradient before clipping, parameter by parameter in the checkpoint's order; none where
   * nothing was folded, and none in events older than version 2.
   */
  gradientNorms: Schema.Array(ParameterNorm),
  metrics: StepMetrics
}) {
  get eventId(): string {
    return policyId(this)
  }
}

/** Only the whole gradient was measured. */
export const upcastFromV1 = (v1: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...v1,
  gradientNorms: []
})
