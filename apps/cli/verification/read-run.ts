/**
 * A run's records as a check reads them: all of them, topic by topic, damaged ones told and passed over.
 */
import { Effect, Result, Stream } from "effect"
import { nearest } from "../../../learning/nearest.ts"
import type { Place } from "../../../pipelines/verification/findings.ts"
import type { Verification } from "../../../pipelines/verification/verification.ts"
import { decodeResult, payloadHash, runOf } from "../../../platform/log/codec.ts"
import { EventLog, type LogError, type LogRecord } from "../../../platform/log/event-log.ts"
import { topics } from "../../../schemas/catalogue.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { RunNotFound } from "../recorded.ts"
import type { Inventory } from "../retention/inventory.ts"

/** The offset of the record that a log calls corrupt, which ends what it says of the place; null where it names none. */
const corruptOffset = ({ place, reason }: LogError): number | null => {
  const offset = reason === "corrupt" ? /, offset (\d+)$/.exec(place)?.[1] : undefined
  return offset === undefined ? null : Number(offset)
}

/** Reads a partition to its end. A record whose bytes the log itself finds damaged is told to `onCorrupt`. */
const readPartition = Effect.fn("readRun.partition")(function* (
  { offset, partition, topic }: Place,
  onRecord: (record: LogRecord) => void,
  onCorrupt: (place: Place, detail: string) => void
) {
  const log = yield* EventLog
  let from = offset
  for (let isRead = false; !isRead; )
    isRead = yield* Stream.runForEach(log.read(topic, partition, from), (record) =>
      Effect.sync(() => {
        from = record.offset + 1
        onRecord(record)
      })
    ).pipe(
      Effect.as(true),
      Effect.catchTag("LogError", (error) => {
        const corrupt = corruptOffset(error)
        if (corrupt === null || corrupt < from) return Effect.fail(error)
        from = corrupt + 1
        onCorrupt({ topic, partition, offset: corrupt }, `${error.detail}; whose it was cannot be known`)
        return Effect.succeed(false)
      })
    )
})

interface Started {
  readonly started: RunStarted
  readonly at: number
}

/** The start of a run by its name; "last" is the newest. Fails with RunNotFound. Damaged records do not hinder it. */
export const findStart = Effect.fn("readRun.findStart")(function* (name: string) {
  const log = yield* EventLog
  const found = new Map<string, Started>()
  for (const partition of (yield* log.endOffsets("runs")).keys())
    yield* readPartition(
      { topic: "runs", partition, offset: 0 },
      ({ timestamp, value }) => {
        const event = decodeResult(value)
        if (Result.isFailure(event) || event.success._tag !== "RunStarted" || found.has(event.success.runId)) return
        found.set(event.success.runId, { started: event.success, at: timestamp })
      },
      () => {}
    )
  const runs = [...found.values()].sort((a, b) => a.at - b.at).map(({ started }) => started)
  const run = name === "last" ? runs.at(-1) : runs.find(({ runId }) => runId === name)
  if (run !== undefined) return run
  const names = runs.map(({ runId }) => runId)
  return yield* new RunNotFound({ name, suggestion: nearest(name, names) })
})

/** Hands every record of a run to its verification, and what can be read of it to its inventory. */
export const readRun = Effect.fn("readRun")(function* (
  { logStart, runId }: RunStarted,
  verification: Verification,
  inventory: Inventory
) {
  const log = yield* EventLog
  const take = (record: LogRecord): void => {
    const { offset, partition, topic, value } = record
    const place = { topic, partition, offset }
    const owner = runOf(value)
    if (owner !== null && owner !== runId) return
    const event = decodeResult(value)
    if (Result.isSuccess(event)) {
      verification.take({ event: event.success, place, sha256: payloadHash(value) })
      inventory.take(event.success, place)
    } else verification.unreadable(place, event.failure.message)
  }
  for (const { name: topic } of topics)
    for (const partition of (yield* log.endOffsets(topic)).keys()) {
      const start = logStart.find((each) => each.topic === topic && each.partition === partition)
      yield* readPartition({ topic, partition, offset: start?.offset ?? 0 }, take, (place, detail) =>
        verification.unreadable(place, detail)
      )
    }
})
