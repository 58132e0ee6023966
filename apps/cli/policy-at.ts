/**
 * A recorded run's policy after so many updates, by the hash of its weights or of its adapter.
 */
import { Effect, Schema } from "effect"
import type { RecordedRun } from "./recorded.ts"

/** The run has no policy of this step (yet). */
export class StepNotStored extends Schema.TaggedError<StepNotStored>()("StepNotStored", {
  runId: Schema.String,
  step: Schema.Int,
  latest: Schema.Int
}) {
  override get message(): string {
    return `run ${this.runId} has no policy after ${this.step} updates; it has those from 0 to ${this.latest}`
  }
}

/**
 * Fails with StepNotStored.
 *
 * @param step null: the last
 */
export const policyAt = Effect.fn("policyAt")(function* ({ policies, started }: RecordedRun, step: number | null) {
  const latest = policies.reduce((best, policy) => Math.max(best, policy.step), 0)
  const wanted = step ?? latest
  if (wanted === 0) return { step: 0, hash: started.firstPolicyHash }
  const policy = policies.find((each) => each.step === wanted)
  if (policy === undefined) return yield* new StepNotStored({ runId: started.runId, step: wanted, latest })
  return { step: wanted, hash: policy.policyHash }
})
