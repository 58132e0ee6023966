/**
 * ScoresRequested — what the advantages of a batch need beside its rewards is to be computed, for one shard of it.
 *
 *   written by  pipelines/update (group), where a run's advantages or ratios need more than rewards
 *   read by     pipelines/update (score), history
 *   key         runId/step/shard — heavy work spreads over all partitions
 *   event id    runId/step/scoring/shard
 *   on the wire schemas/scores-requested/v1.avsc
 */
import { Schema } from "effect"
import { Causes, RunId, Sha256, Step, scoresRequestId } from "./ids.ts"
import { Count, LongCount, Positive } from "./quantities.ts"

export class ScoresRequested extends Schema.TaggedClass<ScoresRequested>()("ScoresRequested", {
  runId: RunId,
  causes: Causes,
  /** The policy that the batch was sampled from, by its number of updates. */
  step: Step,
  /** Which shard, counted from 0, of how many. */
  shard: Count,
  shards: Positive,
  /** SHA-256 of the policy's weights whose log-probs are asked for; null where those of the sampler are used. */
  policyHash: Schema.NullOr(Sha256),
  /** SHA-256 of the reference policy's weights; null where no reward is reduced by a KL. */
  referenceHash: Schema.NullOr(Sha256),
  /** SHA-256 of the critic's weights; null where there is none. */
  criticHash: Schema.NullOr(Sha256),
  /** SHA-256 of the packed shard: tokens and behaviour log-probs. */
  packedHash: Sha256,
  /** Rollouts in this shard. */
  rollouts: Positive,
  /** Response tokens in this shard. */
  tokens: LongCount
}) {
  get eventId(): string {
    return scoresRequestId(this)
  }
}
