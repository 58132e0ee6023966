/**
 * CriticGradientComputed — the critic's loss and gradient of one shard, with the values of every token.
 *
 * N is the number of response tokens in the shard, rollout after rollout in packed order. The loss terms are this shard's
 * share of the batch's: their sums over the shards are the batch's.
 *
 *   written by  pipelines/update (critic-gradient)
 *   read by     pipelines/update (apply-critic), history
 *   key         runId — a run's gradients lie together in order
 *   event id    runId/step/critic-gradient/shard
 *   on the wire schemas/critic-gradient-computed/v1.avsc
 */
import { Schema } from "effect"
import { Causes, criticGradientId, RunId, Sha256, Step } from "./ids.ts"
import { Count, Positive } from "./quantities.ts"
import { PerToken } from "./tokens.ts"

const fields = Schema.Struct({
  runId: RunId,
  causes: Causes,
  /** The critic whose gradient this is, by its number of updates. */
  step: Step,
  /** The policy that the batch was sampled from, by its number of updates. */
  rolloutStep: Step,
  /** Which shard, counted from 0, of how many. */
  shard: Count,
  shards: Positive,
  /** SHA-256 of that critic's weights. */
  criticHash: Sha256,
  /** SHA-256 of the gradient, as safetensors. */
  gradientHash: Sha256,
  /** SHA-256 of the packed shard that it was computed from. */
  packedHash: Sha256,
  /** [B] rollouts in packed order; `length` in response tokens. */
  rollouts: Schema.Array(Schema.Struct({ promptId: Schema.NonEmptyString, sampleIndex: Count, length: Count })),
  /** [N] the value of the state each token was drawn in under this critic, in units of reward. */
  values: PerToken,
  /** [N] the same under the critic that the advantages were computed with. */
  oldValues: PerToken,
  /** [N] what the values are drawn to: advantage, before it was whitened, plus old value. */
  returns: PerToken,
  /** Share of the batch's loss. */
  loss: Schema.Finite,
  /** Share of the part of tokens whose value the clip held back. */
  clipFraction: Schema.Finite
})

const lengthFault = ({ rollouts, ...arrays }: typeof fields.Type): string | undefined => {
  const tokens = rollouts.reduce((sum, { length }) => sum + length, 0)
  for (const name of ["values", "oldValues", "returns"] as const)
    if (arrays[name].length !== tokens) return `${arrays[name].length} ${name} for ${tokens} tokens`
  return undefined
}

export class CriticGradientComputed extends Schema.TaggedClass<CriticGradientComputed>()(
  "CriticGradientComputed",
  fields.check(Schema.makeFilter(lengthFault))
) {
  get eventId(): string {
    return criticGradientId(this)
  }
}
