/**
 * GradientRequested — one shard of a step's batch is ready to be learned from.
 *
 *   written by  pipelines/update (group)
 *   read by     pipelines/update (gradient), history
 *   key         runId/step/shard — heavy work spreads over all partitions
 *   event id    runId/step/shard/index
 *   on the wire schemas/gradient-requested/v2.avsc (v1 named no rollout step)
 */
import { Schema } from "effect"
import { Causes, gradientRequestId, RunId, Sha256, Step } from "./ids.ts"
import { Count, LongCount, Positive } from "./quantities.ts"

export class GradientRequested extends Schema.TaggedClass<GradientRequested>()("GradientRequested", {
  runId: RunId,
  causes: Causes,
  /** The policy whose gradient is asked for, by its number of updates. */
  step: Step,
  /** The policy that the batch was sampled from, by its number of updates. Before version 2 it was always `step`. */
  rolloutStep: Step,
  /** Which shard, counted from 0, of how many. */
  shard: Count,
  shards: Positive,
  /** SHA-256 of that policy's weights. */
  policyHash: Sha256,
  /** SHA-256 of the reference policy's weights; null where the loss has no KL term. */
  referenceHash: Schema.NullOr(Sha256),
  /** SHA-256 of the packed shard: tokens, advantages, behaviour log-probs. */
  packedHash: Sha256,
  /** Rollouts in this shard. */
  rollouts: Positive,
  /** Response tokens in this shard. */
  tokens: LongCount,
  /** Response tokens in the whole batch: what the loss is a mean over. */
  batchTokens: LongCount
}) {
  get eventId(): string {
    return gradientRequestId(this)
  }
}

/** A batch had one update only, so its rollouts were of the same step. */
export const upcastFromV1 = (v1: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...v1,
  rolloutStep: v1.step
})
