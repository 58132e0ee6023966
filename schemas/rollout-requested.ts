/**
 * RolloutRequested — step k asks for one cohort of answers: which prompts, which samples of each.
 *
 *   written by  pipelines/update (schedule)
 *   read by     pipelines/generate, history
 *   key         runId/step/cohort — heavy work spreads over all partitions
 *   event id    runId/step/rollouts/cohort
 *   on the wire schemas/rollout-requested/v1.avsc
 */
import { Schema } from "effect"
import { Causes, RunId, rolloutRequestId, Sha256, Step } from "./ids.ts"
import { Count, Positive } from "./quantities.ts"

export class RolloutRequested extends Schema.TaggedClass<RolloutRequested>()("RolloutRequested", {
  runId: RunId,
  causes: Causes,
  /** The policy that shall answer, by its number of updates. */
  step: Step,
  cohort: Count,
  /** SHA-256 of that policy's weights. */
  policyHash: Sha256,
  /** Samples firstSample … firstSample + samples − 1 of each prompt, sampled side by side in this order. */
  prompts: Schema.Array(Schema.Struct({ promptId: Schema.NonEmptyString, firstSample: Count, samples: Positive }))
}) {
  get eventId(): string {
    return rolloutRequestId(this)
  }
}
