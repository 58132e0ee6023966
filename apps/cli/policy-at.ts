/**
 * A recorded run's policy after so many updates, by the hash of its weights or of its adapter.
 */
import { Effect, Schema } from "effect"
import { configOfRun, type RecordedRun, recordedRuns } from "./recorded.ts"

/** The run has no policy of this step (yet). */
export class StepNotStored extends Schema.TaggedError<StepNotStored>()("StepNotStored", {
  runId: Schema.String,
  step: Schema.Int,
  latest: Schema.Int,
  /** Where it is not 0: those before are of the run that this one forks. */
  earliest: Schema.optionalKey(Schema.Int),
  /** The run that this one forks. */
  parent: Schema.optionalKey(Schema.String)
}) {
  override get message(): string {
    const { earliest = 0, latest, parent, runId, step } = this
    const past = parent === undefined ? "the run" : `run ${parent},`
    const before = earliest > 0 && step < earliest ? `; those before are of ${past} that it forks` : ""
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

/** A fork's past is in another run, which is not in this data folder. */
export class PastMissing extends Schema.TaggedError<PastMissing>()("PastMissing", {
  runId: Schema.String,
  step: Schema.Int,
  parent: Schema.String,
  at: Schema.Int
}) {
  override get message(): string {
    const { at, parent, runId, step } = this
    return `the policy after ${step} updates is of run ${parent}, which run ${runId} forks at step ${at}, and this data folder does not hold that run; use a folder that holds both, or name a step from ${at} on`
  }
}

/**
 * The same, of a fork also one of the past that it shares.
 *
 * Fails with StepNotStored, or PastMissing.
 *
 * @returns `of`: the run that made it
 */
export const policyInLineage = Effect.fn("policyAt.inLineage")(function* (recorded: RecordedRun, step: number | null) {
  let of = recorded
  if (step !== null && step < recorded.started.firstStep) {
    const runs = yield* recordedRuns()
    // So many generations at most, whatever a log says.
    for (let i = 0; i < runs.length && step < of.started.firstStep; i++) {
      const { fork } = yield* configOfRun(of)
      const parent = runs.find(({ started }) => started.runId === fork?.run)
      if (parent === undefined) {
        const { firstStep: at, runId } = of.started
        return yield* new PastMissing({ runId, step, parent: fork?.run ?? "", at })
      }
      of = parent
    }
  }
  return { ...(yield* policyAt(of, step)), of }
})
