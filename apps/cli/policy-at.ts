/**
 * A recorded run's policy after so many updates, by the hash of its weights or of its adapter.
 */
import { Effect, Schema } from "effect"
import type { RecordedRun } from "./recorded.ts"

/** The run has no policy of this step (yet). */
export class StepNotStored extends Schema.TaggedError<StepNotStored>()("StepNotStored", {
  runId: Schema.String,
  step: Schema.Int,
  latest: Schema.Int,
  /** Where it is not 0: those before are of the run that this one forks. */
  earliest: Schema.optionalKey(Schema.Int)
}) {
  override get message(): string {
    const { earliest = 0, latest, runId, step } = this
    const before = earliest > 0 && step < earliest ? "; those before are of the run that it forks" : ""
    return `run ${runId} has no policy after ${step} updates; it has those from ${earliest} to ${latest}${before}`
  }
}

/**
 * Fails with StepNotStored.
 *
 * @param step null: the last
 */
export const policyAt = Effect.fn("policyAt")(function* ({ policies, started }: RecordedRun, step: number | null) {
  const { firstPolicyHash, firstStep, runId } = started
  const latest = policies.reduce((best, policy) => Math.max(best, policy.step), firstStep)
  const wanted = step ?? latest
  if (wanted === firstStep) return { step: wanted, hash: firstPolicyHash }
  const policy = policies.find((each) => each.step === wanted)
  const from = firstStep === 0 ? {} : { earliest: firstStep }
  if (policy === undefined) return yield* new StepNotStored({ runId, step: wanted, latest, ...from })
  return { step: wanted, hash: policy.policyHash }
})
