/**
 * RunLibrary: runs as a worker's stages need them, by what the directory says of them. The newest stay at hand.
 */
import { join } from "node:path"
import { Cache, Context, Duration, Effect, Exit, Layer, Schema } from "effect"
import { Artifacts, ArtifactUnreadable } from "../../../learning/artifacts.ts"
import { type Run, Runs, RunUnusable, UnknownRun } from "../../../pipelines/runs.ts"
import type { RunPlan } from "../../../pipelines/verification/plan.ts"
import type { Refusing } from "../../../platform/stream/deliver.ts"
import type { RunId } from "../../../schemas/ids.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import type { Base } from "../base.ts"
import { baseOnWorker } from "../cluster/model-files.ts"
import { runOf } from "../embedded.ts"
import { planFrom } from "../verification/plan-of-run.ts"
import { refusingBy } from "../verification/refusing.ts"
import { Directory } from "./directory.ts"

/** A run holds texts and tokens; a base its tokenizer and weights. */
const runsAtHand = 256
const basesAtHand = 2

/** A failure is not kept: what was away may have come back. */
const kept = (exit: Exit.Exit<unknown, unknown>) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero)

const lastingOf = (cause: unknown): RunUnusable["lasting"] => {
  if (!(cause instanceof ArtifactUnreadable)) return "for-good"
  return cause.reason === "io" ? "passing" : cause.reason === "missing" ? "late" : "for-good"
}

/** What went wrong with a run, in one error. */
const unusable = (runId: string) => (cause: unknown) =>
  cause instanceof UnknownRun
    ? cause
    : new RunUnusable({
        runId,
        detail: cause instanceof Error ? cause.message : String(cause),
        lasting: lastingOf(cause)
      })

/** The weights lie among the artifacts, where the engine finds them: no need to hold them here too. */
const withoutWeights = (base: Base): Base => ({ ...base, weights: new Uint8Array(0) })

export interface LoadedRun {
  readonly run: Run
  /** Without its weights. */
  readonly base: Base
  /** Which coordinates it has. */
  readonly plan: RunPlan
}

export class RunLibrary extends Context.Service<
  RunLibrary,
  { readonly of: (runId: RunId) => Effect.Effect<LoadedRun, UnknownRun | RunUnusable> }
>()("onefold/apps/cli/worker/RunLibrary") {
  /** @param folder the worker's own, for models that it has not */
  static readonly layer = (folder: string): Layer.Layer<RunLibrary, never, Directory | Artifacts> =>
    Layer.effect(
      RunLibrary,
      Effect.gen(function* () {
        const directory = yield* Directory
        const artifacts = yield* Artifacts
        const bases = yield* Cache.makeWith(
          (model: string) =>
            Effect.gen(function* () {
              const named = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(RunConfig.fields.model))(model)
              return withoutWeights(yield* baseOnWorker({ model: named }, join(folder, "models")))
            }).pipe(Effect.provideService(Artifacts, artifacts)),
          { capacity: basesAtHand, timeToLive: kept }
        )
        const runs = yield* Cache.makeWith(
          (runId: RunId) =>
            Effect.gen(function* () {
              const { started } = yield* directory.of(runId)
              const { model } = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(RunConfig))(started.config)
              const base = yield* Cache.get(bases, JSON.stringify(model))
              const run = yield* runOf(started, base)
              const loaded: LoadedRun = { run, base, plan: planFrom(started, run) }
              return loaded
            }).pipe(Effect.mapError(unusable(runId)), Effect.provideService(Artifacts, artifacts)),
          { capacity: runsAtHand, timeToLive: kept }
        )
        const of = (runId: RunId) => Cache.get(runs, runId)
        return RunLibrary.of({ of })
      })
    )
}

/** Which events their runs have no place for. Of a run that cannot be loaded nothing is said: who handles it will meet that. */
export const refusingStrangers: Effect.Effect<Refusing, never, RunLibrary> = Effect.map(
  RunLibrary,
  (library): Refusing =>
    (event) =>
      Effect.matchEffect(library.of(event.runId), {
        onFailure: () => Effect.succeed(null),
        onSuccess: ({ plan }) => refusingBy(plan)(event)
      })
)

/** The library's runs, as stages ask for them. */
export const layerRuns: Layer.Layer<Runs, never, RunLibrary> = Layer.effect(
  Runs,
  Effect.map(RunLibrary, (library) => Runs.of({ of: (runId) => Effect.map(library.of(runId), ({ run }) => run) }))
)
