/**
 * What must be in the topics of a run, and what is: events that are there twice, and coordinates that have none.
 *
 * Ids are made here from coordinates, not with the code of the workers: the tally is a second opinion. What a run has to
 * have follows from what it asked for: its steps, and in each the cohorts, shards and tests that were requested.
 */
import { Schema } from "effect"
import type { RawEvent } from "./raw-topics.ts"

/** An event's id from its coordinates. */
export const idOf = ({ fields, kind }: Pick<RawEvent, "fields" | "kind">): string => {
  const { cohort, problemId, promptId, protocol, runId, sampleIndex, session, shard, step } = fields
  const ofStep = `${runId}/${step}`
  switch (kind) {
    case "run-started":
      return `${runId}/started`
    case "run-finished":
    case "run-cancelled":
      return `${runId}/${kind.slice("run-".length)}`
    case "run-paused":
    case "run-resumed":
    case "run-failed":
      return `${runId}/${kind.slice("run-".length)}/${session}`
    case "rollout-requested":
      return `${ofStep}/rollouts/${cohort}`
    case "rollout-generated":
      return `${ofStep}/rollout/${promptId}/${sampleIndex}`
    case "rollout-graded":
      return `${ofStep}/grade/${promptId}/${sampleIndex}`
    case "gradient-requested":
      return `${ofStep}/shard/${shard}`
    case "gradient-computed":
      return `${ofStep}/gradient/${shard}`
    case "scores-requested":
      return `${ofStep}/scoring/${shard}`
    case "scores-computed":
      return `${ofStep}/scores/${shard}`
    case "critic-gradient-requested":
      return `${ofStep}/critic-shard/${shard}`
    case "critic-gradient-computed":
      return `${ofStep}/critic-gradient/${shard}`
    case "critic-updated":
      return `${ofStep}/critic`
    case "policy-updated":
      return `${ofStep}/policy`
    case "evaluation-requested":
      return `${ofStep}/test/${protocol}/${cohort}`
    case "evaluation-sampled":
      return `${ofStep}/answer/${protocol}/${problemId}/${sampleIndex}`
    case "evaluation-completed":
      return `${ofStep}/evaluation/${protocol}`
    case "dead-lettered":
      return `dead-letter/${fields.topic}/${fields.partition}/${fields.offset}`
    default:
      throw new Error(`no event is called ${kind}`)
  }
}

const numbers = (count: number, first = 0): ReadonlyArray<number> => Array.from({ length: count }, (_, i) => first + i)

const readSteps = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ steps: Schema.Int })))

/** The run as a whole: something asked for at every step, every policy, the end. */
const ofRun = ({ fields: { config = "", runId } }: RawEvent): ReadonlyArray<string> => {
  const { steps } = readSteps(config)
  return [
    `${runId}/finished`,
    ...numbers(steps).flatMap((step) => [`${runId}/${step}/rollouts/0`, `${runId}/${step + 1}/policy`])
  ]
}

const ofTest = ({ fields }: RawEvent): ReadonlyArray<string> => {
  const { cohorts = 0, problemIds = [], protocol, runId, samplesPerProblem = 0, step } = fields
  return [
    ...numbers(cohorts).map((cohort) => `${runId}/${step}/test/${protocol}/${cohort}`),
    ...problemIds.flatMap((problem) =>
      numbers(samplesPerProblem).map((sample) => `${runId}/${step}/answer/${protocol}/${problem}/${sample}`)
    ),
    `${runId}/${step}/evaluation/${protocol}`
  ]
}

/** The ids that have to be there because this event is. */
const following = (event: RawEvent): ReadonlyArray<string> => {
  const { gradientHashes = [], prompts = [], runId, shards = 0, step = 0 } = event.fields
  switch (event.kind) {
    case "run-started":
      return ofRun(event)
    case "rollout-requested":
      return prompts.flatMap(({ firstSample, promptId, samples }) =>
        numbers(samples, firstSample).flatMap((sample) => [
          `${runId}/${step}/rollout/${promptId}/${sample}`,
          `${runId}/${step}/grade/${promptId}/${sample}`
        ])
      )
    case "gradient-requested":
      return numbers(shards).flatMap((shard) => [
        `${runId}/${step}/shard/${shard}`,
        `${runId}/${step}/gradient/${shard}`
      ])
    case "policy-updated":
      return gradientHashes.map((_, shard) => `${runId}/${step - 1}/gradient/${shard}`)
    case "evaluation-requested":
      return ofTest(event)
    default:
      return []
  }
}

export interface Tally {
  /** Ids of different records that are one event, each as often as it is there too many. */
  readonly duplicates: ReadonlyArray<string>
  /** Ids that had to be there and are not. */
  readonly lost: ReadonlyArray<string>
  readonly ids: ReadonlySet<string>
}

/** @param alsoExpected ids that had to be there for another reason */
export const tallied = (events: ReadonlyArray<RawEvent>, alsoExpected: Iterable<string> = []): Tally => {
  const ids = new Set<string>()
  const duplicates = events.map(idOf).filter((id) => ids.size === ids.add(id).size)
  const expected = new Set([...events.flatMap(following), ...alsoExpected])
  return { duplicates, lost: [...expected].filter((id) => !ids.has(id)), ids }
}
