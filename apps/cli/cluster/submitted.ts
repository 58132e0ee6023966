/**
 * A run is handed to a cluster: its artifacts first, then the one event that workers take it up by.
 *
 * Two who submit at once may have chosen one name. The first record of an id wins, so whoever came second sees that the
 * name stands for another run, and takes the next.
 */
import { Effect, Schema, Stream } from "effect"
import { decode } from "../../../platform/log/codec.ts"
import { EventLog, type Position } from "../../../platform/log/event-log.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { type Beginning, startedOf } from "../begin-run.ts"
import { publish } from "../conduct.ts"
import { storeModelFiles } from "./model-files.ts"

export class NameTaken extends Schema.TaggedError<NameTaken>()("NameTaken", { runId: Schema.String }) {
  override get message(): string {
    return `there is a run ${this.runId} in this cluster already; choose another name, or see how it stands with onefold runs`
  }
}

/** Whether the record at this position is the run's first. */
const isFirst = Effect.fn("submitted.isFirst")(function* (started: RunStarted, { offset, partition, topic }: Position) {
  const log = yield* EventLog
  const from = started.logStart.find((start) => start.topic === topic && start.partition === partition)?.offset ?? 0
  const earlier = yield* log.read(topic, partition, from).pipe(
    Stream.takeWhile((record) => record.offset < offset),
    Stream.filterEffect((record) =>
      Effect.map(Effect.option(decode(record.value)), (event) =>
        event._tag === "Some" && event.value._tag === "RunStarted" ? event.value.runId === started.runId : false
      )
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
  const files = yield* storeModelFiles(base)
  const whole = files === null ? config : new RunConfig({ ...config, model: { ...config.model, files } })
  for (let tries = 1; ; tries++) {
    const started = yield* startedOf({ ...beginning, config: whole })
    const [position] = yield* publish(started)
    if (yield* isFirst(started, position)) return started
    if (name !== undefined || tries === mostTries) return yield* new NameTaken({ runId: started.runId })
  }
})
