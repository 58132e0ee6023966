/**
 * A run's policies as they lie in the log: when each was recorded, and its hash.
 */
import { Effect, Stream } from "effect"
import { decode } from "../../platform/log/codec.ts"
import { EventLog } from "../../platform/log/event-log.ts"

export interface RecordedPolicy {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly hash: string
}

export const recordedPolicies = Effect.fn("recordedPolicies")(function* (runId: string) {
  const log = yield* EventLog
  const policies: Array<RecordedPolicy> = []
  for (const partition of (yield* log.endOffsets("runs")).keys())
    yield* Stream.runForEach(log.read("runs", partition, 0), ({ timestamp, value }) =>
      Effect.map(decode(value), (event) => {
        if (event.runId === runId && event._tag === "PolicyUpdated")
          policies.push({ at: timestamp, hash: event.policyHash })
      })
    )
  return policies
})

/** Milliseconds from each policy to the next. */
export const stepMillis = (policies: ReadonlyArray<RecordedPolicy>): ReadonlyArray<number> =>
  policies.slice(1).map(({ at }, i) => at - policies[i].at)
