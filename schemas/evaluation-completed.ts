/**
 * EvaluationCompleted — every answer of one test is in: its figures, over all problems and group by group.
 *
 *   written by  pipelines/evaluate (complete)
 *   read by     pipelines/update (schedule), apps/cli, history
 *   key         runId — what a run does next is one ordered story
 *   event id    runId/step/evaluation/protocol
 *   on the wire schemas/evaluation-completed/v2.avsc (v1 gave an interval to the accuracy alone)
 */
import { Schema } from "effect"
import { Causes, evaluationId, Protocol, RunId, Sha256, Step } from "./ids.ts"
import { NotNegative, Positive, Share } from "./quantities.ts"

/** A figure with its 95 % interval. Shares are 0..1, responseLength is in tokens; learning/evaluation says what each is. */
export const Figure = Schema.Struct({
  metric: Schema.NonEmptyString,
  value: Schema.Finite,
  low: Schema.Finite,
  high: Schema.Finite
})

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
  responseLength: NotNegative,
  /** All of the group's figures, those above among them; none in events older than version 2. */
  figures: Schema.Array(Figure)
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

/** Only the accuracy had an interval, and there were no other figures. */
export const upcastFromV1 = (v1: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...v1,
  results: Array.isArray(v1.results) ? v1.results.map((result: object) => ({ ...result, figures: [] })) : v1.results
})
