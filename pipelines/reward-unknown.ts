/**
 * What a run makes of a reward that is unknown, where its policy is to stop. The verdicts are recorded by then.
 */
import { Schema } from "effect"
import type { RolloutGraded } from "../schemas/rollout-graded.ts"
import type { RunConfig } from "../schemas/run-config.ts"

/** A rollout's reward is unknown, and the run was told to stop there. */
export class RewardUnknown extends Schema.TaggedError<RewardUnknown>()("RewardUnknown", {
  runId: Schema.String,
  /** The first of them, by its verdict's id. */
  verdict: Schema.String,
  why: Schema.String,
  /** How many there are. */
  unknown: Schema.Int,
  of: Schema.Int
}) {
  override get message(): string {
    return (
      `run ${this.runId}: the reward of ${this.unknown} of ${this.of} rollouts is unknown, first ${this.verdict} (${this.why}); ` +
      "it was told to stop there. Mend the reward and start a new run, or start one with --unknown-reward zero or drop-group"
    )
  }
}

/** Null where the run goes on. */
export const unknownRewards = (
  policy: RunConfig["unknownReward"],
  graded: ReadonlyArray<RolloutGraded>
): RewardUnknown | null => {
  const unknown = graded.filter(({ reward }) => reward === null)
  if (policy !== "stop" || unknown.length === 0) return null
  const [{ eventId, rule, runId }] = unknown
  return new RewardUnknown({ runId, verdict: eventId, why: rule, unknown: unknown.length, of: graded.length })
}
