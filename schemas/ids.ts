/**
 * What names a thing: runs, steps, hashes, and the ids of events.
 *
 * An event's id is its coordinates, never a random number, so a retry writes the id that the first try wrote. The word
 * in the middle says the kind of event, so that two kinds never share an id. The last coordinate is always a number or
 * a name without "/", so prompt and problem ids may contain any sign.
 */
import { Schema } from "effect"

/** A run's name: lower-case letters, digits and "-", 1–64 characters, not starting with "-". */
export const RunId = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9-]{0,63}$/)).pipe(Schema.brand("RunId"))
export type RunId = typeof RunId.Type

/** Largest value of an Avro int. */
export const largestInt = 2_147_483_647

/** How many updates a policy has had: 0 is the base. */
export const Step = Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: largestInt }))
export type Step = typeof Step.Type

/** A SHA-256 as 64 lower-case hexadecimal digits. */
export const Sha256 = Schema.String.check(Schema.isPattern(/^[0-9a-f]{64}$/))
export type Sha256 = typeof Sha256.Type

/** Names a test and how it is sat: "greedy", "avg@8", "math500.paper". No "/", because it is a part of event ids. */
export const Protocol = Schema.String.check(Schema.isPattern(/^[a-z0-9][a-z0-9@._-]{0,63}$/))
export type Protocol = typeof Protocol.Type

/** What led to an event: another event's id and the SHA-256 of its bytes as they lie in the log. */
export const Cause = Schema.Struct({ id: Schema.NonEmptyString, sha256: Sha256 })
export type Cause = typeof Cause.Type

export const Causes = Schema.Array(Cause)

interface OfStep {
  readonly runId: string
  readonly step: number
}
interface OfSession {
  readonly runId: string
  readonly session: number
}
interface OfCohort extends OfStep {
  readonly cohort: number
}
interface OfShard extends OfStep {
  readonly shard: number
}
interface OfRollout extends OfStep {
  readonly promptId: string
  readonly sampleIndex: number
}
interface OfProtocol extends OfStep {
  readonly protocol: string
}
interface OfAnswer extends OfProtocol {
  readonly problemId: string
  readonly sampleIndex: number
}

export const runStartedId = (runId: string): string => `${runId}/started`
export const runFinishedId = (runId: string): string => `${runId}/finished`
export const runCancelledId = (runId: string): string => `${runId}/cancelled`
export const runPausedId = ({ runId, session }: OfSession): string => `${runId}/paused/${session}`
export const runResumedId = ({ runId, session }: OfSession): string => `${runId}/resumed/${session}`
export const runFailedId = ({ runId, session }: OfSession): string => `${runId}/failed/${session}`

export const rolloutRequestId = ({ cohort, runId, step }: OfCohort): string => `${runId}/${step}/rollouts/${cohort}`
export const rolloutId = ({ promptId, runId, sampleIndex, step }: OfRollout): string =>
  `${runId}/${step}/rollout/${promptId}/${sampleIndex}`
export const gradeId = ({ promptId, runId, sampleIndex, step }: OfRollout): string =>
  `${runId}/${step}/grade/${promptId}/${sampleIndex}`

export const gradientRequestId = ({ runId, shard, step }: OfShard): string => `${runId}/${step}/shard/${shard}`
export const gradientId = ({ runId, shard, step }: OfShard): string => `${runId}/${step}/gradient/${shard}`
export const scoresRequestId = ({ runId, shard, step }: OfShard): string => `${runId}/${step}/scoring/${shard}`
export const scoresId = ({ runId, shard, step }: OfShard): string => `${runId}/${step}/scores/${shard}`
export const criticGradientRequestId = ({ runId, shard, step }: OfShard): string =>
  `${runId}/${step}/critic-shard/${shard}`
export const criticGradientId = ({ runId, shard, step }: OfShard): string => `${runId}/${step}/critic-gradient/${shard}`
export const criticId = ({ runId, step }: OfStep): string => `${runId}/${step}/critic`
export const policyId = ({ runId, step }: OfStep): string => `${runId}/${step}/policy`

export const evaluationRequestId = ({ cohort, protocol, runId, step }: OfProtocol & OfCohort): string =>
  `${runId}/${step}/test/${protocol}/${cohort}`
export const answerId = ({ problemId, protocol, runId, sampleIndex, step }: OfAnswer): string =>
  `${runId}/${step}/answer/${protocol}/${problemId}/${sampleIndex}`
export const evaluationId = ({ protocol, runId, step }: OfProtocol): string => `${runId}/${step}/evaluation/${protocol}`

/** Named by the place of the bad record, so that every stage that meets it writes the same id. */
export const deadLetterId = (place: {
  readonly topic: string
  readonly partition: number
  readonly offset: number
}): string => `dead-letter/${place.topic}/${place.partition}/${place.offset}`
