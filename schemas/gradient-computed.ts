/**
 * GradientComputed — loss and gradient of one shard, with the log-probs of every token under policy and reference.
 *
 * B is the number of rollouts in the shard, N the number of their response tokens, laid end to end in packed order.
 * The loss terms are this shard's share of the update's: their sums over the shards are its figures, aggregated as the
 * run says.
 *
 *   written by  pipelines/update (gradient)
 *   read by     pipelines/update (apply), history
 *   key         runId — a run's gradients lie together in order
 *   event id    runId/step/gradient/shard
 *   on the wire schemas/gradient-computed/v2.avsc (v1 named no rollout step)
 */
import { Schema } from "effect"
import { Causes, gradientId, RunId, Sha256, Step } from "./ids.ts"
import { Count, Positive } from "./quantities.ts"
import { PerToken } from "./tokens.ts"

const fields = Schema.Struct({
  runId: RunId,
  causes: Causes,
  /** The policy whose gradient this is, by its number of updates. */
  step: Step,
  /** The policy that the batch was sampled from, by its number of updates. Before version 2 it was always `step`. */
  rolloutStep: Step,
  /** Which shard, counted from 0, of how many. */
  shard: Count,
  shards: Positive,
  /** SHA-256 of that policy's weights. */
  policyHash: Sha256,
  /** SHA-256 of the gradient, as safetensors. */
  gradientHash: Sha256,
  /** SHA-256 of the packed shard that it was computed from. */
  packedHash: Sha256,
  /** [B] rollouts in packed order; `length` in response tokens. */
  rollouts: Schema.Array(Schema.Struct({ promptId: Schema.NonEmptyString, sampleIndex: Count, length: Count })),
  /** [N] the advantage of each token; [B] of each rollout in events that were written before advantages went by token. */
  advantages: PerToken,
  /** [N] ln π(token) under this policy, in nats. */
  logProbs: PerToken,
  /** [N] entropy of the policy at each token, in nats. */
  entropies: PerToken,
  /** [N] ln π(token) under the reference policy, in nats; empty where the loss has no KL term. */
  referenceLogProbs: PerToken,
  /** Share of the update's loss: policyLoss and the weighted KL and entropy terms. */
  loss: Schema.Finite,
  /** Share of the policy's loss. */
  policyLoss: Schema.Finite,
  /** Share of the mean KL to the reference by the run's estimator, in nats. */
  kl: Schema.Finite,
  /** Share of the mean entropy, in nats. */
  entropy: Schema.Finite,
  /** Share of the part of tokens whose ratio the clip held back. */
  clipFraction: Schema.Finite,
  /** Share of the mean difference between behaviour log-probs and these, in nats: ~0 when one engine does both. */
  mismatch: Schema.Finite
})

const lengthFault = (shard: typeof fields.Type): string | undefined => {
  const { advantages, entropies, logProbs, referenceLogProbs, rollouts } = shard
  const tokens = rollouts.reduce((sum, { length }) => sum + length, 0)
  if (advantages.length !== tokens && advantages.length !== rollouts.length)
    return `${advantages.length} advantages for ${tokens} tokens of ${rollouts.length} rollouts`
  if (logProbs.length !== tokens) return `${logProbs.length} logProbs for ${tokens} tokens`
  if (entropies.length !== tokens) return `${entropies.length} entropies for ${tokens} tokens`
  if (referenceLogProbs.length !== 0 && referenceLogProbs.length !== tokens)
    return `${referenceLogProbs.length} referenceLogProbs for ${tokens} tokens`
  return undefined
}

export class GradientComputed extends Schema.TaggedClass<GradientComputed>()(
  "GradientComputed",
  fields.check(Schema.makeFilter(lengthFault))
) {
  get eventId(): string {
    return gradientId(this)
  }
}

/** A batch had one update only, so its rollouts were of the same step. */
export const upcastFromV1 = (v1: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...v1,
  rolloutStep: v1.step
})
