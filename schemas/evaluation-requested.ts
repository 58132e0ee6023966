/**
 * EvaluationRequested — one cohort of a test that a policy shall sit.
 *
 *   written by  pipelines/update (schedule)
 *   read by     pipelines/evaluate, history
 *   key         runId/step/protocol/cohort — heavy work spreads over all partitions
 *   event id    runId/step/test/protocol/cohort
 *   on the wire schemas/evaluation-requested/v1.avsc
 */
import { Schema } from "effect"
import { Causes, evaluationRequestId, Protocol, RunId, Sha256, Step } from "./ids.ts"
import { Count, NotNegative, Positive } from "./quantities.ts"

export class EvaluationRequested extends Schema.TaggedClass<EvaluationRequested>()("EvaluationRequested", {
  runId: RunId,
  causes: Causes,
  /** The policy that sits the test, by its number of updates. */
  step: Step,
  /** Which cohort, counted from 0, of how many. */
  cohort: Count,
  cohorts: Positive,
  /** SHA-256 of that policy's weights. */
  policyHash: Sha256,
  protocol: Protocol,
  /** 0 is greedy. */
  temperature: NotNegative,
  samplesPerProblem: Positive,
  problemIds: Schema.Array(Schema.NonEmptyString)
}) {
  get eventId(): string {
    return evaluationRequestId(this)
  }
}
