/**
 * CriticUpdated — the critic's fold went one step further, as the policy's does: gradients summed in shard order, clipped,
 * applied by the critic's own AdamW.
 *
 *   written by  pipelines/update (apply-critic)
 *   read by     pipelines/update (schedule, group, apply, apply-critic), history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/step/critic
 *   on the wire schemas/critic-updated/v1.avsc
 */
import { Schema } from "effect"
import { Causes, criticId, RunId, Sha256 } from "./ids.ts"
import { NotNegative, Positive } from "./quantities.ts"

/** The critic's figures of one step, over its whole batch. */
export const CriticMetrics = Schema.Struct({
  /** Half the clipped squared distance between values and returns, aggregated as the run says. */
  loss: Schema.Finite,
  /** Part of the tokens whose value the clip held back, 0–1. */
  clipFraction: Schema.Finite,
  /** Euclidean norm of the summed gradient before clipping. */
  gradientNorm: NotNegative,
  learningRate: NotNegative,
  /** Mean over tokens, in units of reward. */
  valueMean: Schema.Finite,
  returnMean: Schema.Finite,
  /** 1 - Var(return - value) / Var(return) over tokens; 0 where all returns are the same. */
  explainedVariance: Schema.Finite
})
export type CriticMetrics = typeof CriticMetrics.Type

export class CriticUpdated extends Schema.TaggedClass<CriticUpdated>()("CriticUpdated", {
  runId: RunId,
  causes: Causes,
  /** Number of updates so far: 1 after the first. */
  step: Positive,
  /** SHA-256 of the new weights, as safetensors. */
  criticHash: Sha256,
  /** SHA-256 of the weights the gradients were taken of. */
  previousCriticHash: Sha256,
  /** SHA-256 of the optimizer's moments. */
  optimizerHash: Sha256,
  /** SHA-256 of weights and moments in one artifact, where this step was stored whole. */
  snapshotHash: Schema.NullOr(Sha256),
  /** SHA-256 of each shard's gradient, in shard order. */
  gradientHashes: Schema.Array(Sha256),
  metrics: CriticMetrics
}) {
  get eventId(): string {
    return criticId(this)
  }
}
