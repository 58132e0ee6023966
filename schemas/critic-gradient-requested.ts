/**
 * CriticGradientRequested — one shard of a step's batch is ready for the critic to learn from.
 *
 *   written by  pipelines/update (group), in runs with a critic
 *   read by     pipelines/update (critic-gradient), history
 *   key         runId/step/shard — heavy work spreads over all partitions
 *   event id    runId/step/critic-shard/shard
 *   on the wire schemas/critic-gradient-requested/v1.avsc
 */
import { Schema } from "effect"
import { Causes, criticGradientRequestId, RunId, Sha256, Step } from "./ids.ts"
import { Count, LongCount, Positive } from "./quantities.ts"

export class CriticGradientRequested extends Schema.TaggedClass<CriticGradientRequested>()("CriticGradientRequested", {
  runId: RunId,
  causes: Causes,
  /** The critic whose gradient is asked for, by its number of updates. */
  step: Step,
  /** The policy that the batch was sampled from, by its number of updates. */
  rolloutStep: Step,
  /** Which shard, counted from 0, of how many. */
  shard: Count,
  shards: Positive,
  /** SHA-256 of that critic's weights. */
  criticHash: Sha256,
  /** SHA-256 of the packed shard: tokens, old values, returns. */
  packedHash: Sha256,
  /** Rollouts in this shard. */
  rollouts: Positive,
  /** Response tokens in this shard. */
  tokens: LongCount,
  /** Response tokens in the whole batch: what the loss is a mean over. */
  batchTokens: LongCount
}) {
  get eventId(): string {
    return criticGradientRequestId(this)
  }
}
