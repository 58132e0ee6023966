/**
 * `onefold fork RUN --at STEP`: a new run that shares the past of another by reference, and goes on otherwise. What it
 * takes over — weights, moments, their hashes — is in its configuration; its log holds what it does itself.
 */
import { Effect, Layer } from "effect"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { RunId } from "../../../schemas/ids.ts"
import type { Base } from "../base.ts"
import { baseOf } from "../base-of-run.ts"
import { beginRun } from "../begin-run.ts"
import { existingDataFolder } from "../data-folder.ts"
import { services } from "../embedded.ts"
import { currentEnvironment, driftOf, SettingsDrifted } from "../environment.ts"
import { folderLog } from "../folder-log.ts"
import { StepNotStored } from "../policy-at.ts"
import { configOfRun, findIn, findRun, type RecordedRun, recordedRuns } from "../recorded.ts"
import { lineageOf } from "../replay/lineage.ts"
import { stepsOf } from "../replay/replay.ts"
import { type Reporter, reporter } from "../reporter.ts"
import { tellEnding } from "../telling.ts"
import { forkConfig } from "./fork-config.ts"
import { stateAt } from "./state-at.ts"

export interface ForkOptions {
  readonly run: string
  /** Updates that the policy has had where the fork leaves. */
  readonly at: number
  /** Settings as they were typed, key=value. */
  readonly set: ReadonlyArray<string>
  /** Updates altogether; null: the parent's. */
  readonly steps: number | null
  readonly model: string | null
  readonly dataDir: string
  readonly json: boolean
}

const longestStem = 56

/** The first name of its kind that is free: mini-two-1-1-fork-1, mini-two-1-1-fork-2… */
const freeName = (parent: string, runs: ReadonlyArray<RecordedRun>): RunId => {
  const taken = new Set(runs.map(({ started }) => String(started.runId)))
  const stem = `${parent.replace(/-fork-\d+$/, "").slice(0, longestStem)}-fork`
  for (let n = 1; ; n++) if (!taken.has(`${stem}-${n}`)) return RunId.make(`${stem}-${n}`)
}

/** A stand-in for what is folded only once everything else is settled. */
const unfolded = { hash: "0".repeat(64), optimizer: "0".repeat(64), state: "0".repeat(64) }

/** Settles the configuration before a gradient is touched, then with what the parent's past comes to. */
export const forkOf = Effect.fn("fork.of")(function* (options: Pick<ForkOptions, "at" | "set" | "steps" | "run">) {
  const runs = yield* recordedRuns()
  const parent = yield* findIn(runs, options.run)
  const lineage = yield* lineageOf(parent, runs)
  const own = lineage[lineage.length - 1]
  const { at } = options
  const { runId } = parent.started
  const latest = stepsOf(own)
  const { critic, fork: before } = own.config
  if (at < own.from || at > latest)
    return yield* new StepNotStored({
      runId,
      step: at,
      latest,
      ...(before === undefined ? {} : { earliest: own.from, parent: before.run })
    })
  const sketch = { run: runId, step: at, policy: unfolded, ...(critic === undefined ? {} : { critic: unfolded }) }
  yield* forkConfig(own.config, sketch, options)
  const fork = yield* stateAt(parent, lineage, at)
  const config = yield* forkConfig(own.config, fork, options)
  return { config, name: freeName(runId, runs), parent }
})

/** Says where bits will not be the parent's for another reason than what was set. Fails where the base is another one. */
const compared = Effect.fn("fork.compared")(function* ({ started }: RecordedRun, base: Base, telling: Reporter) {
  if (started.baseHash !== base.weightsHash)
    return yield* new SettingsDrifted({
      runId: started.runId,
      differences: [`base was ${started.baseHash}, is ${base.weightsHash}`]
    })
  for (const each of driftOf(started.environment, yield* currentEnvironment))
    yield* telling.note(`other than where the parent ran: ${each}`)
})

export const fork = Effect.fn("fork")(function* (options: ForkOptions) {
  const folder = yield* existingDataFolder(options.dataDir)
  const telling = reporter({ json: options.json })
  const { base, config, name, parent } = yield* Effect.gen(function* () {
    const parentConfig = yield* Effect.flatMap(findRun(options.run), configOfRun)
    return { base: yield* baseOf(parentConfig, options.model), ...(yield* forkOf(options)) }
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))))
  return yield* Effect.gen(function* () {
    yield* compared(parent, base, telling)
    yield* telling.note(`forks ${parent.started.runId} at step ${options.at}`)
    const { ending, run } = yield* beginRun({ config, base, folder, reporter: telling, name })
    return yield* tellEnding({ ending, run, folder, reporter: telling, json: options.json })
  }).pipe(Effect.provide(services(folder, base, config)))
})
