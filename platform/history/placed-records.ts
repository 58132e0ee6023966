/**
 * A gradient that its run has no place for stays out of the history: rows about tokens would wait behind it for answers
 * that never come.
 */
import { Effect, Result } from "effect"
import { catalogue } from "../../schemas/catalogue.ts"
import { decodeResult, runOf } from "../log/codec.ts"
import type { LogRecord } from "../log/event-log.ts"
import { type Refusing, refusingNone } from "../stream/deliver.ts"
import type { ProjectedRun } from "./history-thread.ts"

/** A run to be projected, where somebody knows what it has a place for. */
export interface PlannedRun extends ProjectedRun {
  readonly refusing?: Refusing
}

/** What others wait behind. All else has its rows, whatever it says: it was written. */
const gradients = new Set([catalogue.GradientComputed, catalogue.CriticGradientComputed].map(({ topic }) => topic.name))

/** The records without gradients of the run that it has no place for. Other runs' are not decoded: that has its price. */
export const placedRecords = (records: ReadonlyArray<LogRecord>, { refusing = refusingNone, runId }: PlannedRun) =>
  Effect.filter(records, ({ topic, value }) => {
    const event = gradients.has(topic) && runOf(value) === runId ? decodeResult(value) : null
    if (event === null || Result.isFailure(event)) return Effect.succeed(true)
    return Effect.map(refusing(event.success), (fault) => fault === null)
  })
