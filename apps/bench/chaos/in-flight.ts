/**
 * How a run stands as its log shows it: how far it is, and whether a stage has something in flight.
 *
 * In flight is a record of a stage's input that is there and committed, and whose handling is not. The distance between
 * offsets would not do: markers of transactions count there, and a stage with nothing to do could seem busy.
 */
import { Effect, Option, Stream } from "effect"
import { complete } from "../../../pipelines/evaluate/complete.ts"
import { evaluate } from "../../../pipelines/evaluate/stage.ts"
import { generate } from "../../../pipelines/generate/stage.ts"
import { apply } from "../../../pipelines/update/apply.ts"
import { gradient } from "../../../pipelines/update/gradient.ts"
import { group } from "../../../pipelines/update/group.ts"
import { schedule } from "../../../pipelines/update/schedule.ts"
import { verify } from "../../../pipelines/verify/stage.ts"
import { decode } from "../../../platform/log/codec.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { groupOf, topicsOf } from "../../../platform/stream/serve.ts"
import type { RunId } from "../../../schemas/ids.ts"
import type { Kind } from "./processes.ts"

const stages = { generate: [generate], verify: [verify], update: [gradient], evaluate: [evaluate] } as const
const deciders = { generate: [], verify: [], update: [schedule, group, apply], evaluate: [complete] } as const

const isPending = Effect.fnUntraced(function* (consumer: string, topics: ReadonlyArray<string>) {
  const log = yield* EventLog
  for (const topic of topics) {
    const committed = yield* log.committed(consumer, topic)
    const ends = yield* log.endOffsets(topic)
    for (const [partition, end] of ends.entries()) {
      const from = committed[partition] ?? 0
      if (from < end && Option.isSome(yield* Stream.runHead(log.read(topic, partition, from)))) return true
    }
  }
  return false
})

/** Whether workers of this kind have an event of their input in flight. */
export const isInFlight = Effect.fnUntraced(function* (kind: Kind, runId: RunId) {
  for (const { consumes, name } of stages[kind]) if (yield* isPending(name, topicsOf(consumes))) return true
  for (const { consumes, name } of deciders[kind])
    if (yield* isPending(groupOf(name, { runId, from: [] }), topicsOf(consumes))) return true
  return false
})

export interface Progress {
  /** Updates so far. */
  step: number
  finished: boolean
  /** Why it waits for somebody. */
  failed: string | null
  /** Where reading goes on, by partition. */
  readonly reached: Map<number, number>
}

export const noProgress = (): Progress => ({ step: 0, finished: false, failed: null, reached: new Map() })

/** Brings what is known of the one run in this log up to date. */
export const refresh = Effect.fnUntraced(function* (progress: Progress) {
  const log = yield* EventLog
  const ends = yield* log.endOffsets("runs")
  for (const partition of ends.keys())
    yield* Stream.runForEach(log.read("runs", partition, progress.reached.get(partition) ?? 0), ({ offset, value }) =>
      Effect.map(decode(value), (event) => {
        progress.reached.set(partition, offset + 1)
        if (event._tag === "PolicyUpdated") progress.step = event.step
        if (event._tag === "RunFinished") progress.finished = true
        if (event._tag === "RunFailed") progress.failed = event.detail
      })
    )
})
