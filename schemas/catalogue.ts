/**
 * The catalogue: where each event lies, what spreads it, under which number its schema goes on the wire, and how its old
 * versions become the newest.
 *
 * A schema id is the event's number times 100 plus the version of its schema. Numbers are never used again.
 */
import { Schema } from "effect"
import { CriticGradientComputed } from "./critic-gradient-computed.ts"
import { CriticGradientRequested } from "./critic-gradient-requested.ts"
import { CriticUpdated } from "./critic-updated.ts"
import { DeadLettered } from "./dead-lettered.ts"
import { EvaluationCompleted, upcastFromV1 as evaluationCompletedFromV1 } from "./evaluation-completed.ts"
import { EvaluationRequested } from "./evaluation-requested.ts"
import { EvaluationSampled, upcastFromV1 as evaluationSampledFromV1 } from "./evaluation-sampled.ts"
import { GradientComputed, upcastFromV1 as gradientComputedFromV1 } from "./gradient-computed.ts"
import { GradientRequested, upcastFromV1 as gradientRequestedFromV1 } from "./gradient-requested.ts"
import { PolicyUpdated, upcastFromV1 as policyUpdatedFromV1 } from "./policy-updated.ts"
import { RolloutGenerated, upcastFromV1 as rolloutGeneratedFromV1 } from "./rollout-generated.ts"
import { RolloutGraded } from "./rollout-graded.ts"
import { RolloutRequested } from "./rollout-requested.ts"
import { RunCancelled } from "./run-cancelled.ts"
import { RunFailed } from "./run-failed.ts"
import { RunFinished } from "./run-finished.ts"
import { RunPaused } from "./run-paused.ts"
import { RunResumed } from "./run-resumed.ts"
import { RunStarted } from "./run-started.ts"
import { ScoresComputed } from "./scores-computed.ts"
import { ScoresRequested } from "./scores-requested.ts"

/** Every event there is. */
export const OnefoldEvent = Schema.Union([
  RunStarted,
  RolloutRequested,
  RolloutGenerated,
  RolloutGraded,
  ScoresRequested,
  ScoresComputed,
  GradientRequested,
  GradientComputed,
  PolicyUpdated,
  CriticGradientRequested,
  CriticGradientComputed,
  CriticUpdated,
  EvaluationRequested,
  EvaluationSampled,
  EvaluationCompleted,
  RunPaused,
  RunResumed,
  RunFinished,
  RunFailed,
  RunCancelled,
  DeadLettered
])
export type OnefoldEvent = typeof OnefoldEvent.Type

export type EventTag = OnefoldEvent["_tag"]

export interface Topic {
  readonly name: string
  readonly partitions: number
}

/** Partitions of topics that carry heavy work: so many workers can share it. */
const heavy = 4
/** Partitions of topics in which a run keeps one order: so many runs can go on side by side. */
const ordered = 2

/** What a run does next follows from this one topic, in its order. */
const runs: Topic = { name: "runs", partitions: ordered }
const rolloutsRequested: Topic = { name: "rollouts.requested", partitions: heavy }
const rolloutsGenerated: Topic = { name: "rollouts.generated", partitions: heavy }
const rolloutsGraded: Topic = { name: "rollouts.graded", partitions: ordered }
const scoresRequested: Topic = { name: "scores.requested", partitions: heavy }
const scoresComputed: Topic = { name: "scores.computed", partitions: ordered }
const gradientsRequested: Topic = { name: "gradients.requested", partitions: heavy }
const gradientsComputed: Topic = { name: "gradients.computed", partitions: ordered }
const evaluationsRequested: Topic = { name: "evaluations.requested", partitions: heavy }
const evaluationsSampled: Topic = { name: "evaluations.sampled", partitions: heavy }
const deadLetters: Topic = { name: "dead-letters", partitions: ordered }

/** Every topic, each once. */
export const topics: ReadonlyArray<Topic> = [
  runs,
  rolloutsRequested,
  rolloutsGenerated,
  rolloutsGraded,
  scoresRequested,
  scoresComputed,
  gradientsRequested,
  gradientsComputed,
  evaluationsRequested,
  evaluationsSampled,
  deadLetters
]

/** Events with equal keys lie in one partition, in order. */
type Key = (event: OnefoldEvent) => string

const ofRun: Key = ({ runId }) => runId

/** The piece of heavy work that an event asks for or comes from: a cohort or a shard. */
const ofWork: Key = (event) => {
  if ("protocol" in event && "cohort" in event) return `${event.runId}/${event.step}/${event.protocol}/${event.cohort}`
  if ("cohort" in event) return `${event.runId}/${event.step}/${event.cohort}`
  if ("shard" in event) return `${event.runId}/${event.step}/${event.shard}`
  return event.runId
}

/** Turns the fields of one version into those of the next. */
export type Upcaster = (fields: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>

export interface Entry {
  readonly topic: Topic
  readonly key: Key
  /** The event's number in schema ids, 1–9999. */
  readonly number: number
  /** The version that is written. */
  readonly version: number
  /** upcasters[i] turns the fields of version i + 1 into those of version i + 2. */
  readonly upcasters: ReadonlyArray<Upcaster>
}

const first = (number: number, topic: Topic, key: Key): Entry => ({ number, topic, key, version: 1, upcasters: [] })

export const catalogue: { readonly [Tag in EventTag]: Entry } = {
  RunStarted: first(1, runs, ofRun),
  RolloutRequested: first(2, rolloutsRequested, ofWork),
  RolloutGenerated: { ...first(3, rolloutsGenerated, ofWork), version: 2, upcasters: [rolloutGeneratedFromV1] },
  RolloutGraded: first(4, rolloutsGraded, ofRun),
  GradientRequested: { ...first(5, gradientsRequested, ofWork), version: 2, upcasters: [gradientRequestedFromV1] },
  GradientComputed: { ...first(6, gradientsComputed, ofRun), version: 2, upcasters: [gradientComputedFromV1] },
  PolicyUpdated: { ...first(7, runs, ofRun), version: 2, upcasters: [policyUpdatedFromV1] },
  EvaluationRequested: first(8, evaluationsRequested, ofWork),
  EvaluationSampled: { ...first(9, evaluationsSampled, ofWork), version: 2, upcasters: [evaluationSampledFromV1] },
  EvaluationCompleted: { ...first(10, runs, ofRun), version: 2, upcasters: [evaluationCompletedFromV1] },
  RunPaused: first(11, runs, ofRun),
  RunResumed: first(12, runs, ofRun),
  RunFinished: first(13, runs, ofRun),
  RunFailed: first(14, runs, ofRun),
  DeadLettered: first(15, deadLetters, ofRun),
  ScoresRequested: first(16, scoresRequested, ofWork),
  ScoresComputed: first(17, scoresComputed, ofRun),
  CriticGradientRequested: first(18, gradientsRequested, ofWork),
  CriticGradientComputed: first(19, gradientsComputed, ofRun),
  CriticUpdated: first(20, runs, ofRun),
  RunCancelled: first(21, runs, ofRun)
}

/** Whether a topic keeps the order of each run: all its events are spread by run, none by piece of work. */
export const keepsOrder = (topic: Topic): boolean =>
  Object.values(catalogue).every((entry) => entry.topic !== topic || entry.key === ofRun)

const isTag = (tag: string): tag is EventTag => Object.hasOwn(catalogue, tag)

export const eventTags: ReadonlyArray<EventTag> = Object.keys(catalogue).filter(isTag)

/** Versions that an event can have: schema ids leave room for so many. */
export const versionsPerEvent = 100

/** What goes before an event on the wire: tells its kind and version. */
export const schemaId = (tag: EventTag, version: number): number => catalogue[tag].number * versionsPerEvent + version

const folderOf = (tag: EventTag): string => tag.replace(/(?!^)[A-Z]/g, "-$&").toLowerCase()

/** Where a version's Avro schema lies, as a path in this folder. */
export const schemaFile = (tag: EventTag, version: number): string => `${folderOf(tag)}/v${version}.avsc`

/** Where the bytes of a version's example lie, as a path in this folder. */
export const goldenFile = (tag: EventTag, version: number): string => `${folderOf(tag)}/v${version}.golden.bin`
