/**
 * EvaluationCompleted — every answer of one test is in: its figures, over all problems and group by group.
 *
 *   written by  pipelines/evaluate (complete)
 *   read by     pipelines/update (schedule), apps/cli, history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/step/evaluation/protocol
 *   on the wire schemas/evaluation-completed/v1.avsc
 */
import { Schema } from "effect"
import { Causes, evaluationId, Protocol, RunId, Sha256, Step } from "./ids.ts"
import { NotNegative, Positive, Share } from "./quantities.ts"

export const EvaluationResult = Schema.Struct({
  /** "all", or a family of problems. */
  group: Schema.NonEmptyString,
  problems: Positive,
  samplesPerProblem: Positive,
  /** Mean over problems of the part of right answers. */
  accuracy: Share,
  /** 95 % interval of the accuracy over draws of problems. */
  low: Share,
  high: Share,
  /** Part of the problems with at least one right answer among the samples. */
  passAtK: Share,
  /** Part of the answers with a closed box. */
  boxed: Share,
  /** Part of the answers cut off at the most tokens allowed. */
  truncated: Share,
  /** Mean response length in tokens. */
  responseLength: NotNegative
})
export type EvaluationResult = typeof EvaluationResult.Type

export class EvaluationCompleted extends Schema.TaggedClass<EvaluationCompleted>()("EvaluationCompleted", {
  runId: RunId,
  causes: Causes,
  /** The policy that sat the test, by its number of updates. */
  step: Step,
  /** SHA-256 of that policy's weights. */
  policyHash: Sha256,
  protocol: Protocol,
  /** "all" first, then the groups in the order of the problems. */
  results: Schema.Array(EvaluationResult)
}) {
  get eventId(): string {
    return evaluationId(this)
  }
}
