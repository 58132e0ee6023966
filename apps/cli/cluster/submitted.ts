/**
 * A run is handed to a cluster: its artifacts first, then the one event that workers take it up by.
 *
 * Two who submit at once may have chosen one name. The first record of an id wins, so whoever came second sees that the
 * name stands for another run, and takes the next.
 */
import { Effect, Schema, Stream } from "effect"
import { decode, runOf } from "../../../platform/log/codec.ts"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { type Beginning, startedOf } from "../begin-run.ts"
import { publish } from "../conduct.ts"
import { recordedRuns } from "../recorded.ts"
import { storeModelFiles } from "./model-files.ts"

export class NameTaken extends Schema.TaggedError<NameTaken>()("NameTaken", { runId: Schema.String }) {
  override get message(): string {
    return `there is a run ${this.runId} in this cluster already; choose another name, or see how it stands with onefold runs`
  }
}

/** Whether the record at this position is the run's first: another may lie anywhere before, also before its logStart. */
const isFirst = Effect.fn("submitted.isFirst")(function* (
  { runId }: RunStarted,
  { offset, partition, topic }: Position
) {
  const log = yield* EventLog
  const earlier = yield* log.read(topic, partition, 0).pipe(
    Stream.takeWhile((record) => record.offset < offset),
    // Of other runs only the heads are read.
    Stream.filter(({ value }) => runOf(value) === runId),
    Stream.filterEffect(({ value }) =>
      Effect.map(Effect.option(decode(value)), (event) => event._tag === "Some" && event.value._tag === "RunStarted")
    ),
    Stream.runCount
  )
  return earlier === 0
})

/** How often a free name is looked for: others may submit too. */
const mostTries = 20

/** Hands a run over; gives how it began. Fails with NameTaken where its name was given. */
export const submitted = Effect.fn("submitted")(function* (beginning: Omit<Beginning, "folder" | "reporter">) {
  const { base, config, name } = beginning
  if (name !== undefined && (yield* recordedRuns()).some(({ started }) => started.runId === name))
    return yield* new NameTaken({ runId: name })
  const files = yield* storeModelFiles(base)
  const whole = files === null ? config : new RunConfig({ ...config, model: { ...config.model, files } })
  for (let tries = 1; ; tries++) {
    const started = yield* startedOf({ ...beginning, config: whole })
    const [position] = yield* publish(started)
    if (yield* isFirst(started, position)) return started
    if (name !== undefined || tries === mostTries) return yield* new NameTaken({ runId: started.runId })
  }
})
