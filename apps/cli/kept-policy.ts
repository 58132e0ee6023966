/**
 * A recorded run's policy by the name of its step, with its weights at hand: its own, or, of a fork, one of the past that it
 * shares.
 */
import { Effect, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { stepNamed } from "./chosen-step.ts"
import { policyInLineage } from "./policy-at.ts"
import { configOfRun, type RecordedRun } from "./recorded.ts"

/** The run did not keep the policy of this step. */
export class PolicyNotKept extends Schema.TaggedError<PolicyNotKept>()("PolicyNotKept", {
  runId: Schema.String,
  step: Schema.Int,
  every: Schema.Int
}) {
  override get message(): string {
    return `run ${this.runId} had a policy after ${this.step} updates, but kept only those of every ${this.every} and the last (--keep snapshots); name one of these with --step`
  }
}

/**
 * Fails with PolicyNotKept, and as a step's name fails (chosen-step.ts).
 *
 * @returns `of`: the run that made it
 */
export const keptPolicy = Effect.fn("keptPolicy")(function* (recorded: RecordedRun, config: RunConfig, name: string) {
  const policy = yield* policyInLineage(recorded, yield* stepNamed(recorded, config, name))
  const { keep, snapshotEvery: every } = yield* configOfRun(policy.of)
  if (keep === "snapshots" && !(yield* (yield* Artifacts).has(policy.hash)))
    return yield* new PolicyNotKept({ runId: policy.of.started.runId, step: policy.step, every })
  return policy
})
