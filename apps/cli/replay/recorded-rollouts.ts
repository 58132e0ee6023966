/**
 * A run's recorded rollouts and verdicts, batch by batch, as they lie in the log: an index first, then each batch when it
 * is wanted, so that no more than one of them is in memory.
 */
import { Effect, Stream } from "effect"
import { runOf } from "../../../platform/log/codec.ts"
import { type Draft, EventLog, type LogRecord } from "../../../platform/log/event-log.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { eventOf, untilDamage } from "../record.ts"

const topics = ["rollouts.generated", "rollouts.graded"] as const

/** Where in a partition the events of one batch lie: between two offsets, maybe with others'. */
interface Span {
  readonly topic: string
  readonly partition: number
  readonly first: number
  readonly last: number
}

export interface RecordedBatch {
  readonly spans: ReadonlyArray<Span>
  /** Different rollouts, and different verdicts. */
  readonly rollouts: number
  readonly verdicts: number
}

interface Entry {
  readonly spans: Map<string, Span>
  readonly ids: Readonly<Record<(typeof topics)[number], Set<string>>>
}

const noted = (entry: Entry, { offset, partition }: LogRecord, topic: (typeof topics)[number], id: string): void => {
  entry.ids[topic].add(id)
  const place = `${topic}/${partition}`
  const first = entry.spans.get(place)?.first ?? offset
  entry.spans.set(place, { topic, partition, first, last: offset })
}

const ownFrom = ({ logStart, runId }: RunStarted, topic: string, partition: number) => ({
  from: logStart.find((start) => start.topic === topic && start.partition === partition)?.offset ?? 0,
  isOwn: ({ value }: LogRecord) => runOf(value) === runId
})

/** Batches by the step they were sampled at. A partition counts up to its first damaged record, which is told. */
export const recordedBatches = Effect.fn("recordedBatches")(function* (started: RunStarted, damage: Array<string>) {
  const log = yield* EventLog
  const batches = new Map<number, Entry>()
  for (const topic of topics)
    for (const partition of (yield* log.endOffsets(topic)).keys()) {
      const { from, isOwn } = ownFrom(started, topic, partition)
      const reading = Stream.runForEach(Stream.filter(log.read(topic, partition, from), isOwn), (record) =>
        Effect.map(eventOf(record), (event) => {
          if (event._tag !== "RolloutGenerated" && event._tag !== "RolloutGraded") return
          const entry: Entry = batches.get(event.step) ?? {
            spans: new Map(),
            ids: { "rollouts.generated": new Set(), "rollouts.graded": new Set() }
          }
          batches.set(event.step, entry)
          noted(entry, record, topic, event.eventId)
        })
      )
      yield* untilDamage(reading, damage)
    }
  return new Map(
    [...batches].map(([step, { ids, spans }]): [number, RecordedBatch] => [
      step,
      {
        spans: [...spans.values()],
        rollouts: ids["rollouts.generated"].size,
        verdicts: ids["rollouts.graded"].size
      }
    ])
  )
})

/** One batch as drafts that have the bytes which were recorded. */
export const draftsOf = Effect.fn("recordedBatches.drafts")(function* (
  started: RunStarted,
  step: number,
  { spans }: RecordedBatch
) {
  const log = yield* EventLog
  const drafts: Array<Draft> = []
  for (const { first, last, partition, topic } of spans) {
    const { isOwn } = ownFrom(started, topic, partition)
    const records = log.read(topic, partition, first).pipe(
      Stream.takeWhile(({ offset }) => offset <= last),
      Stream.filter(isOwn)
    )
    yield* Stream.runForEach(records, (record) =>
      Effect.map(eventOf(record), (event) => {
        if ("step" in event && event.step === step) drafts.push({ topic, key: record.key, value: record.value })
      })
    )
  }
  return drafts
})
