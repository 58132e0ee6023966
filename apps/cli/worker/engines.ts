/**
 * Engines: a policy engine for each kind of run that a worker meets. Runs of one base and the same settings share one;
 * an engine nobody has asked for some minutes is closed.
 *
 * Bits depend on where they are computed, so a run is computed only under the settings that it was started with; under
 * others only where the worker was told so.
 */
import { Context, Effect, Layer, RcMap, type Scope } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { type EngineError, PolicyEngine } from "../../../learning/policy/engine/engine.ts"
import type { RunUnusable, UnknownRun } from "../../../pipelines/runs.ts"
import type { RunId } from "../../../schemas/ids.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { askedBackend } from "../backend.ts"
import { engineOptions } from "../embedded.ts"
import { currentEnvironment, driftOf, SettingsDrifted } from "../environment.ts"
import { Directory } from "./directory.ts"
import { type LoadedRun, RunLibrary } from "./run-library.ts"

export interface EngineChoice {
  /** Threads that hold the model; results do not depend on how many. */
  readonly threads: number
  /** Whether a run is computed under other settings than it was started with. */
  readonly allowDrift: boolean
}

const idle = "5 minutes"

/** What of a run its engine depends on. */
const keyOf = ({ evaluation, intraOpThreads, lora, model, precision }: RunConfig): string =>
  JSON.stringify({
    ...{ model, intraOpThreads, precision, lora },
    stops: (evaluation.benchmarks ?? []).some(({ stop = [] }) => stop.length > 0)
  })

export class Engines extends Context.Service<
  Engines,
  {
    /** The engine of a run, held while the scope is open. */
    readonly of: (
      runId: RunId
    ) => Effect.Effect<PolicyEngine["Service"], EngineError | RunUnusable | SettingsDrifted | UnknownRun, Scope.Scope>
  }
>()("onefold/apps/cli/worker/Engines") {
  static readonly layer = ({ allowDrift, threads }: EngineChoice) =>
    Layer.effect(
      Engines,
      Effect.gen(function* () {
        const artifacts = yield* Artifacts
        const directory = yield* Directory
        const library = yield* RunLibrary
        const asked = yield* askedBackend
        const byKey = new Map<string, LoadedRun>()
        const engines = yield* RcMap.make({
          idleTimeToLive: idle,
          lookup: (key: string) =>
            Effect.gen(function* () {
              const loaded = byKey.get(key)
              if (loaded === undefined) return yield* Effect.die(`no run has the key ${key}`)
              const options = { ...engineOptions(loaded.base, loaded.run.config, threads), ...asked }
              const layer = PolicyEngine.layer(options).pipe(Layer.provide(Layer.succeed(Artifacts, artifacts)))
              return Context.get(yield* Layer.build(layer), PolicyEngine)
            })
        })
        const told = new Set<RunId>()
        const checkDrift = Effect.fn("Engines.checkDrift")(function* (runId: RunId, engine: PolicyEngine["Service"]) {
          const { started } = yield* directory.of(runId)
          const now = yield* currentEnvironment.pipe(Effect.provideService(PolicyEngine, engine))
          const drift = driftOf(started.environment, now)
          if (drift.length === 0 || told.has(runId)) return
          if (!allowDrift) return yield* new SettingsDrifted({ runId, differences: drift })
          told.add(runId)
          yield* Effect.logWarning(`run ${runId} is computed under other settings than it was started with: ${drift}`)
        })
        const of = Effect.fn("Engines.of")(function* (runId: RunId) {
          const loaded = yield* library.of(runId)
          const key = keyOf(loaded.run.config)
          byKey.set(key, loaded)
          // One that could not start is not kept, so that the next who asks tries again.
          const engine = yield* RcMap.get(engines, key).pipe(Effect.tapError(() => RcMap.invalidate(engines, key)))
          yield* checkDrift(runId, engine)
          return engine
        })
        return Engines.of({ of })
      })
    )
}
