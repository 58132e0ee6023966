/**
 * ScoresComputed — log-probs and values of every token of a shard, from which advantages are made.
 *
 * N is the number of response tokens in the shard, rollout after rollout in packed order.
 *
 *   written by  pipelines/update (score)
 *   read by     pipelines/update (group), history
 *   key         runId — a run's scores lie together in order
 *   event id    runId/step/scores/shard
 *   on the wire schemas/scores-computed/v1.avsc
 */
import { Schema } from "effect"
import { Causes, RunId, Sha256, Step, scoresId } from "./ids.ts"
import { Count, Positive } from "./quantities.ts"
import { PerToken } from "./tokens.ts"

const fields = Schema.Struct({
  runId: RunId,
  causes: Causes,
  /** The policy that the batch was sampled from, by its number of updates. */
  step: Step,
  /** Which shard, counted from 0, of how many. */
  shard: Count,
  shards: Positive,
  /** SHA-256 of the packed shard that was scored. */
  packedHash: Sha256,
  /** [B] rollouts in packed order; `length` in response tokens. */
  rollouts: Schema.Array(Schema.Struct({ promptId: Schema.NonEmptyString, sampleIndex: Count, length: Count })),
  /** [N] ln π(token) under the batch's policy, as the trainer computes it, in nats; empty where not asked for. */
  oldLogProbs: PerToken,
  /** [N] ln π(token) under the reference policy, in nats; empty where not asked for. */
  referenceLogProbs: PerToken,
  /** [N] the critic's value of the state each token was drawn in, in units of reward; empty where there is no critic. */
  values: PerToken
})

const lengthFault = ({ rollouts, ...arrays }: typeof fields.Type): string | undefined => {
  const tokens = rollouts.reduce((sum, { length }) => sum + length, 0)
  for (const name of ["oldLogProbs", "referenceLogProbs", "values"] as const)
    if (arrays[name].length !== 0 && arrays[name].length !== tokens)
      return `${arrays[name].length} ${name} for ${tokens} tokens`
  return undefined
}

export class ScoresComputed extends Schema.TaggedClass<ScoresComputed>()(
  "ScoresComputed",
  fields.check(Schema.makeFilter(lengthFault))
) {
  get eventId(): string {
    return scoresId(this)
  }
}
