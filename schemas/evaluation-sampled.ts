/**
 * EvaluationSampled — one answer to a test problem, with its tokens and its verdict.
 *
 *   written by  pipelines/evaluate
 *   read by     pipelines/evaluate (complete), history
 *   key         runId/step/protocol/cohort — heavy work spreads over all partitions
 *   event id    runId/step/answer/protocol/problemId/sampleIndex
 *   on the wire schemas/evaluation-sampled/v2.avsc (v1 said neither who graded nor what it made of the answer)
 */
import { Schema } from "effect"
import { Stop, Verdict } from "./answer.ts"
import { answerId, Causes, Protocol, RunId, Sha256, Step } from "./ids.ts"
import { Count } from "./quantities.ts"
import { lengthFault, PerToken, TokenIds } from "./tokens.ts"

const fields = Schema.Struct({
  runId: RunId,
  causes: Causes,
  /** The policy that answered, by its number of updates. */
  step: Step,
  protocol: Protocol,
  cohort: Count,
  problemId: Schema.NonEmptyString,
  /** Which of the problem's samples, counted from 0. */
  sampleIndex: Count,
  /** SHA-256 of the weights that answered. */
  policyHash: Sha256,
  /** [T] response tokens only, <eos> included where it was drawn. The arrays below line up with it one to one. */
  tokens: TokenIds,
  /** [T] ln π(token) at the protocol's temperature (at 1 when greedy), in nats. */
  logProbs: PerToken,
  /** [T] entropy of the distribution each token was drawn from, in nats. */
  entropies: PerToken,
  /** The response decoded, without special tokens. */
  text: Schema.String,
  stop: Stop,
  /** The answer that the grader found, as written; null where there was none. */
  extracted: Schema.NullOr(Schema.String),
  verdict: Verdict,
  /** The rule that decided, or why the grader gave up. */
  rule: Schema.NonEmptyString,
  /** Whether the answer contains a closed box, right or wrong. */
  boxed: Schema.Boolean,
  /** The grader, as name@version. Before version 2 it was always exact@1. */
  grader: Schema.NonEmptyString,
  /** The answer as the grader compared it: equal forms are one answer. Null where there was none or nobody kept it. */
  form: Schema.NullOr(Schema.String),
  /** Whether the answer has one of the run's words of self-reflection; null where nobody looked. */
  reflects: Schema.NullOr(Schema.Boolean),
  /** Whether the official script would have run the answer as code, which we never do; null where nobody looked. */
  wouldExecute: Schema.NullOr(Schema.Boolean)
}).check(Schema.makeFilter(lengthFault))

export class EvaluationSampled extends Schema.TaggedClass<EvaluationSampled>()("EvaluationSampled", fields) {
  get eventId(): string {
    return answerId(this)
  }
}

/** Nobody kept or looked for what version 2 adds. */
export const upcastFromV1 = (v1: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({
  ...v1,
  grader: "exact@1",
  form: null,
  reflects: null,
  wouldExecute: null
})
