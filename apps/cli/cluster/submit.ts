/**
 * `onefold submit`: everything that can be refused is refused here; then the run is its workers'.
 *
 * The model is started once, for what the run's bits depend on: workers compute it under the same settings only.
 */
import { Clock, Console, Effect, Layer } from "effect"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { openDataFolder } from "../data-folder.ts"
import { computing, runOf } from "../embedded.ts"
import { OptionsConflict } from "../generate-prompt.ts"
import { reporter } from "../reporter.ts"
import { preparedRun, type RunOptions } from "../run.ts"
import { tellEnding } from "../telling.ts"
import { clusterLog, clusterOf } from "./cluster.ts"
import { clusterArtifacts } from "./cluster-artifacts.ts"
import type { ClusterFlags } from "./cluster-flags.ts"
import { following } from "./following.ts"
import { submitted } from "./submitted.ts"

/** Refuses what workers on other machines could not have: they run no code that comes with a run. */
export const checkTravels = Effect.fn("submit.checkTravels")(function* ({ rewardFile }: RunConfig) {
  if (rewardFile === undefined) return
  return yield* new OptionsConflict({
    reason: `--reward ${rewardFile.path}: a reward of a file does not travel to the workers of a cluster. Name a built-in reward, or use onefold run`
  })
})

export interface SubmitOptions extends RunOptions, ClusterFlags {
  readonly follow: boolean
}

export const submit = Effect.fn("submit")(function* (options: SubmitOptions) {
  const { follow, json } = options
  const cluster = yield* clusterOf(options)
  const prepared = yield* preparedRun(options)
  if (prepared === null) return
  const { base, config } = prepared
  yield* checkTravels(config)
  const artifacts = clusterArtifacts(cluster, options.dataDir)
  const services = Layer.mergeAll(
    computing(base, config, artifacts),
    clusterLog(cluster).pipe(Layer.provide(artifacts))
  )
  yield* Effect.gen(function* () {
    const started = yield* submitted(prepared)
    const { runId } = started
    yield* Console.log(json ? JSON.stringify({ type: "submitted", run: runId }) : `submitted ${runId}`)
    if (!follow) return
    const telling = reporter({ json })
    yield* telling.begins(runId, started.firstStep, config.steps, yield* Clock.currentTimeMillis)
    const ending = yield* following(started, config.steps, telling)
    const folder = yield* openDataFolder(options.dataDir)
    const run = yield* runOf(started, base)
    yield* tellEnding({ ending, run, folder, reporter: telling, json })
  }).pipe(Effect.provide(services))
})
