/**
 * RolloutGraded — the grader's verdict on one answer and what it earns. A reward that is not known is null, not zero.
 *
 *   written by  pipelines/verify
 *   read by     pipelines/update (group, apply), history
 *   key         runId — a run's verdicts lie together in order
 *   event id    runId/step/grade/promptId/sampleIndex
 *   on the wire schemas/rollout-graded/v1.avsc
 */
import { Schema } from "effect"
import { Verdict } from "./answer.ts"
import { Causes, gradeId, RunId, Step } from "./ids.ts"
import { Count } from "./quantities.ts"

export class RolloutGraded extends Schema.TaggedClass<RolloutGraded>()("RolloutGraded", {
  runId: RunId,
  causes: Causes,
  step: Step,
  promptId: Schema.NonEmptyString,
  sampleIndex: Count,
  /** What the answer earns; null where the grader or the reward could not finish. */
  reward: Schema.NullOr(Schema.Finite),
  /** What stood in the last box, as written; null where there was none. */
  extracted: Schema.NullOr(Schema.String),
  verdict: Verdict,
  /** The rule that decided, or why the grader gave up or the reward is unknown. */
  rule: Schema.NonEmptyString,
  /** Whether the answer contains a closed box, right or wrong. */
  boxed: Schema.Boolean,
  /** Whether the answer was cut off at the most tokens allowed. */
  truncated: Schema.Boolean,
  /** Who graded: name@version. */
  grader: Schema.NonEmptyString,
  /** Which reward was computed: name@version. Runs before rewards had versions wrote the name alone. */
  rewardName: Schema.NonEmptyString
}) {
  get eventId(): string {
    return gradeId(this)
  }
}
