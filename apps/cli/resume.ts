/**
 * `onefold resume RUN`: a run goes on after a pause or a kill, with the bits it would have had.
 */
import { Effect } from "effect"
import { checkReward } from "../../learning/rewards/rewards.ts"
import { RunResumed } from "../../schemas/run-resumed.ts"
import { type Base, folderOfModel, loadBase } from "./base.ts"
import { publish } from "./conduct.ts"
import { existingDataFolder } from "./data-folder.ts"
import { runOf, services } from "./embedded.ts"
import { currentEnvironment, driftOf, SettingsDrifted } from "./environment.ts"
import { folderLog } from "./folder-log.ts"
import { configOfRun, findRun, type RecordedRun } from "./recorded.ts"
import { reporter } from "./reporter.ts"
import { sit } from "./sitting.ts"
import { tellEnding } from "./telling.ts"

export interface ResumeOptions {
  readonly run: string
  readonly dataDir: string
  readonly json: boolean
  readonly allowDrift: boolean
  /** The model's folder where it is no longer where the run was started; null where it is. */
  readonly model: string | null
}

/** How this process differs from the one the run was started in, in words. */
const differences = Effect.fn("resume.differences")(function* ({ started }: RecordedRun, base: Base) {
  const drift = [...driftOf(started.environment, yield* currentEnvironment)]
  if (started.baseHash !== base.weightsHash) drift.push(`base was ${started.baseHash}, is ${base.weightsHash}`)
  if (started.tokenizerHash !== base.tokenizerHash)
    drift.push(`tokenizer was ${started.tokenizerHash}, is ${base.tokenizerHash}`)
  return drift
})

export const resume = Effect.fn("resume")(function* (options: ResumeOptions) {
  const folder = yield* existingDataFolder(options.dataDir)
  const config = yield* Effect.flatMap(findRun(options.run), configOfRun).pipe(Effect.provide(folderLog(folder)))
  const base = yield* loadBase(options.model ?? folderOfModel(config.model.name))
  return yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const { started } = recorded
    const telling = reporter({ json: options.json })
    const run = yield* runOf(started, base)
    if (recorded.finished) {
      yield* telling.note(`run ${run.runId} is finished`)
      return yield* tellEnding({ ending: "finished", run, folder, reporter: telling })
    }
    yield* checkReward(config)
    const drift = yield* differences(recorded, base)
    if (drift.length > 0 && !options.allowDrift)
      return yield* new SettingsDrifted({ runId: run.runId, differences: drift })
    const session = recorded.sessions + 1
    const environment = yield* currentEnvironment
    yield* publish(new RunResumed({ runId: run.runId, causes: [], session, environment, drift }))
    const step = recorded.policies.reduce((latest, policy) => Math.max(latest, policy.step), 0)
    const ending = yield* sit({ run, folder, from: started.logStart, session, step, reporter: telling })
    return yield* tellEnding({ ending, run, folder, reporter: telling })
  }).pipe(Effect.provide(services(folder, base, config)))
})
