/**
 * `onefold rerun RUN`: samples and trains again from the recorded configuration and seeds, in a scratch of its own, and
 * compares event by event. On the same kind of machine under the same settings all are equal.
 */
import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Effect, Layer, Schema } from "effect"
import { layeredArtifacts } from "../../../learning/artifacts-layered.ts"
import { checkReward } from "../../../learning/rewards/rewards.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { layerMemory } from "../../../platform/log/memory.ts"
import { runStartedId } from "../../../schemas/ids.ts"
import { baseOf } from "../base-of-run.ts"
import { type DataFolder, existingDataFolder } from "../data-folder.ts"
import { computing, runOf } from "../embedded.ts"
import { currentEnvironment, driftOf } from "../environment.ts"
import { folderLog } from "../folder-log.ts"
import { writeLines, writeText } from "../json-lines.ts"
import { RecordUnreadable } from "../record.ts"
import { configOfRun, findRun } from "../recorded.ts"
import { reporter } from "../reporter.ts"
import { planOfRun } from "../verification/plan-of-run.ts"
import { carryOver, copyingArtifacts, keptFolder } from "./kept-run.ts"
import { recordAt, recordedEvents } from "./recorded-events.ts"
import { type ServedAgain, serveAgain } from "./serving-again.ts"

export interface RerunOptions {
  readonly run: string
  readonly model: string | null
  readonly dataDir: string
  /** Where the second run is kept; null where it is not. */
  readonly keepRun: string | null
  readonly json: boolean
}

/** An event came to something else than the recorded one. */
export class RerunDiffers extends Schema.TaggedError<RerunDiffers>()("RerunDiffers", {
  runId: Schema.String,
  event: Schema.String,
  field: Schema.String,
  was: Schema.String,
  is: Schema.String,
  equal: Schema.Int,
  of: Schema.Int
}) {
  override get message(): string {
    return `run ${this.runId}: event ${this.event} differs: ${this.field} was ${this.was}, is ${this.is}. ${this.equal} of ${this.of} events before it are equal; another machine, backend or setting gives other bits`
  }
}

/** A folder for what is computed, removed afterwards: the data folder stays as it is. */
const scratch = Effect.acquireRelease(
  Effect.promise(() => mkdtemp(join(tmpdir(), "onefold-rerun-"))),
  (folder) => Effect.promise(() => rm(folder, { recursive: true, force: true }))
)

/** Where the second run's events and artifacts go: a folder that stays, or memory and a scratch. */
const placesOf = (kept: DataFolder | null, recorded: DataFolder) =>
  kept === null
    ? Effect.map(scratch, (folder) => ({
        log: Layer.fresh(layerMemory),
        artifacts: layeredArtifacts(layerLocal(folder), layerLocal(recorded.blobs))
      }))
    : Effect.succeed({ log: Layer.fresh(folderLog(kept)), artifacts: copyingArtifacts(kept, recorded) })

const tell = Effect.fn("rerun.tell")(function* (runId: string, { equal, firstDifferent, of }: ServedAgain) {
  if (firstDifferent !== null) return yield* new RerunDiffers({ runId, ...firstDifferent, equal, of })
})

const keptNote = ({ root }: DataFolder): string =>
  `the second run lies in ${root}, as far as it came; its tables: onefold history fill last --data-dir ${JSON.stringify(root)}`

export const rerun = Effect.fn("rerun")(function* (options: RerunOptions) {
  const folder = yield* existingDataFolder(options.dataDir)
  const telling = reporter({ json: options.json })
  yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const { started } = recorded
    const config = yield* configOfRun(recorded)
    yield* checkReward(config)
    const base = yield* baseOf(config, options.model)
    const events = yield* recordedEvents(started, yield* planOfRun(started))
    const place = events.get(runStartedId(started.runId))?.place
    if (place === undefined)
      return yield* new RecordUnreadable({ topic: "runs", partition: 0, offset: 0, detail: "the run's start is gone" })
    const first = yield* recordAt(place)
    const log = yield* EventLog
    const kept = options.keepRun === null ? null : yield* keptFolder(options.keepRun)
    const places = yield* placesOf(kept, folder)
    const again = Effect.gen(function* () {
      const drift = driftOf(started.environment, yield* currentEnvironment)
      for (const each of drift) yield* telling.note(`other than where the run was recorded: ${each}`)
      const run = yield* runOf(started, base)
      const onStep = (step: number) => telling.note(`step ${step} of ${config.steps} came again`)
      const serving = { run, events, isFinished: recorded.finished, log, onStep }
      const carried = kept === null ? Effect.void : carryOver(log, started.logStart)
      const served = yield* Effect.andThen(carried, serveAgain(serving, first)).pipe(Effect.provide(places.log))
      return { drift, served }
    })
    const { drift, served } = yield* again.pipe(Effect.provide(computing(base, config, places.artifacts)))
    if (kept !== null) yield* telling.note(keptNote(kept))
    const { equal, firstDifferent, of } = served
    if (options.json) yield* writeLines([{ type: "rerun", run: started.runId, equal, of, drift, firstDifferent }])
    else if (firstDifferent === null) yield* writeText(`${equal} of ${of} events equal\n`)
    yield* tell(started.runId, served)
  }).pipe(Effect.scoped, Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))))
})
