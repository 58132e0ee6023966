/**
 * `onefold resume RUN`: a run goes on after a pause or a kill, with the bits it would have had.
 */
import { Effect } from "effect"
import { checkReward } from "../../learning/rewards/rewards.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { RunResumed } from "../../schemas/run-resumed.ts"
import type { Base } from "./base.ts"
import { baseOf } from "./base-of-run.ts"
import { publish } from "./conduct.ts"
import { type DataFolder, existingDataFolder } from "./data-folder.ts"
import { runOf, services } from "./embedded.ts"
import { currentEnvironment, driftOf, SettingsDrifted } from "./environment.ts"
import { isEvaluation } from "./evaluate/is-evaluation.ts"
import { evaluationTeller } from "./evaluate/teller.ts"
import { folderLog } from "./folder-log.ts"
import { madeGood } from "./history-made-good.ts"
import { configOfRun, findRun, type RecordedRun } from "./recorded.ts"
import { type Reporter, reporter } from "./reporter.ts"
import { standingOtherwise } from "./run-stands-otherwise.ts"
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

export interface GoingOn {
  /** Not finished. */
  readonly recorded: RecordedRun
  readonly base: Base
  readonly folder: DataFolder
  readonly reporter: Reporter
  readonly allowDrift: boolean
  /** Whether no other run goes on in this process. */
  readonly alone: boolean
}

/** Conducts a run from where it was left until it is finished or paused. Fails with SettingsDrifted, RunStandsOtherwise. */
export const goOn = Effect.fn("resume.goOn")(function* (goingOn: GoingOn) {
  const { allowDrift, alone, base, folder, recorded, reporter } = goingOn
  if (recorded.cancelled) return yield* standingOtherwise(recorded, "resumed")
  const { started } = recorded
  const run = yield* runOf(started, base)
  const drift = yield* differences(recorded, base)
  if (drift.length > 0 && !allowDrift) return yield* new SettingsDrifted({ runId: run.runId, differences: drift })
  const session = recorded.sessions + 1
  const environment = yield* currentEnvironment
  yield* publish(new RunResumed({ runId: run.runId, causes: [], session, environment, drift }))
  const step = recorded.policies.reduce((latest, policy) => Math.max(latest, policy.step), started.firstStep)
  const ending = yield* sit({ run, started, folder, session, step, reporter, alone })
  return { ending, run }
})

const tellerOf = ({ evaluation, ...config }: RunConfig, json: boolean) =>
  isEvaluation(config) ? evaluationTeller(evaluation.benchmarks ?? [], json) : Effect.succeed(reporter({ json }))

export const resume = Effect.fn("resume")(function* (options: ResumeOptions) {
  const folder = yield* existingDataFolder(options.dataDir)
  const config = yield* Effect.flatMap(findRun(options.run), configOfRun).pipe(Effect.provide(folderLog(folder)))
  const base = yield* baseOf(config, options.model).pipe(Effect.provide(layerLocal(folder.blobs)))
  return yield* Effect.gen(function* () {
    const recorded = yield* findRun(options.run)
    const telling = yield* tellerOf(config, options.json)
    if (recorded.finished) {
      const run = yield* runOf(recorded.started, base)
      yield* madeGood(recorded, base)
      yield* telling.note(`run ${run.runId} is finished`)
      return yield* tellEnding({ ending: "finished", run, folder, reporter: telling, json: options.json })
    }
    yield* checkReward(config)
    const { allowDrift } = options
    const { ending, run } = yield* goOn({ recorded, base, folder, reporter: telling, allowDrift, alone: true })
    return yield* tellEnding({ ending, run, folder, reporter: telling, json: options.json })
  }).pipe(Effect.provide(services(folder, base, config)))
})
