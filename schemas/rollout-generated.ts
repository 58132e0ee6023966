/**
 * RolloutGenerated — one sampled answer, with every number needed to grade it, train on it and replay it without the
 * model that produced it.
 *
 *   written by  pipelines/generate
 *   read by     pipelines/verify, pipelines/update (group), history
 *   key         runId/step/cohort — heavy work spreads over all partitions
 *   event id    runId/step/rollout/promptId/sampleIndex — a retry writes the same id
 *   on the wire schemas/rollout-generated/v2.avsc (v1 had no entropies)
 */
import { Schema } from "effect"
import { Stop } from "./answer.ts"
import { Causes, RunId, rolloutId, Sha256, Step } from "./ids.ts"
import { Count } from "./quantities.ts"
import { lengthFault, PerToken, TokenIds } from "./tokens.ts"

const fields = Schema.Struct({
  runId: RunId,
  causes: Causes,
  /** The policy that answered, by its number of updates. */
  step: Step,
  cohort: Count,
  promptId: Schema.NonEmptyString,
  /** Which of the prompt's samples in this step, counted from 0. */
  sampleIndex: Count,
  /** SHA-256 of the weights that answered. */
  policyHash: Sha256,
  /** [T] response tokens only, <eos> included where it was drawn. The arrays below line up with it one to one. */
  tokens: TokenIds,
  /** [T] ln π(token) under the policy that sampled it, at the run's temperature, in nats. */
  logProbs: PerToken,
  /** [T] entropy of the distribution each token was drawn from, in nats. Null in events of version 1. */
  entropies: Schema.NullOr(PerToken),
  /** The response decoded, without special tokens. */
  text: Schema.String,
  stop: Stop
}).check(Schema.makeFilter(lengthFault))

export class RolloutGenerated extends Schema.TaggedClass<RolloutGenerated>()("RolloutGenerated", fields) {
  get eventId(): string {
    return rolloutId(this)
  }
}

/** v1 had no entropies. They cannot be recomputed without the weights, so an old event says unknown, not zero. */
export const upcastFromV1 = (v1: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...v1,
  entropies: null
})
