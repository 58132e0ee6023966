/**
 * Runs as the topic `runs` tells of them: their events in a word each, and a directory over a log of their own.
 */
import { setImmediate as letOthersRun } from "node:timers/promises"
import { assert } from "@effect/vitest"
import { Effect } from "effect"
import { append } from "../../../platform/stream/log.fixture.ts"
import { goldenEvents } from "../../../schemas/golden-events.ts"
import { RunId } from "../../../schemas/ids.ts"
import { PolicyUpdated } from "../../../schemas/policy-updated.ts"
import { RunFailed } from "../../../schemas/run-failed.ts"
import { RunFinished } from "../../../schemas/run-finished.ts"
import { RunPaused } from "../../../schemas/run-paused.ts"
import { RunResumed } from "../../../schemas/run-resumed.ts"
import { RunStarted } from "../../../schemas/run-started.ts"

export const id = (name: string): RunId => RunId.make(name)

export const startedRun = (name: string, fields: Partial<RunStarted> = {}): RunStarted =>
  new RunStarted({ ...goldenEvents.RunStarted, logStart: [], ...fields, runId: id(name) })

export const updated = (name: string, step: number) =>
  new PolicyUpdated({ ...goldenEvents.PolicyUpdated, runId: id(name), step })
export const paused = (name: string, step: number) =>
  new RunPaused({ ...goldenEvents.RunPaused, runId: id(name), step })
export const resumed = (name: string, session: number) =>
  new RunResumed({ ...goldenEvents.RunResumed, runId: id(name), session })
export const failed = (name: string, session = 1) =>
  new RunFailed({ ...goldenEvents.RunFailed, runId: id(name), session })
export const finished = (name: string) => new RunFinished({ ...goldenEvents.RunFinished, runId: id(name) })

/** Runs begin. */
export const start = (...names: ReadonlyArray<string>) => append(names.map((name) => startedRun(name)))

/** Some turns of the event loop, so that whoever has work to do has done it. */
export const turns = Effect.promise(async () => {
  for (let turn = 0; turn < 30; turn++) await letOthersRun()
})

/** Waits until others have brought it about; they wait for nothing outside. */
export const until = (what: string, holds: () => boolean) =>
  Effect.gen(function* () {
    for (let turn = 0; turn < 100 && !holds(); turn++) yield* turns
    assert.isTrue(holds(), what)
  })
