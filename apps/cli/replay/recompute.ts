/**
 * `onefold replay RUN --recompute`: gradients anew from recorded tokens and rewards, then the fold. Needs no stored
 * gradient and no packed shard; gives the same bits on the same kind of machine under the same settings.
 */
import { Effect, Layer } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { layeredArtifacts } from "../../../learning/artifacts-layered.ts"
import { memoryArtifacts } from "../../../learning/artifacts-memory.ts"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { EventLog } from "../../../platform/log/event-log.ts"
import { type Fork, RunConfig } from "../../../schemas/run-config.ts"
import type { Base } from "../base.ts"
import { baseOf } from "../base-of-run.ts"
import { existingDataFolder } from "../data-folder.ts"
import { computing, runOf } from "../embedded.ts"
import { currentEnvironment, driftOf } from "../environment.ts"
import { folderLog } from "../folder-log.ts"
import { writeLines, writeText } from "../json-lines.ts"
import { configOfRun, findIn, readableRuns } from "../recorded.ts"
import { reporter } from "../reporter.ts"
import { learnAgain } from "./learning-again.ts"
import { type Generation, generationOf, lineageOf } from "./lineage.ts"
import { type RecordedFolds, recordedFolds } from "./recorded-folds.ts"
import { recordedBatches } from "./recorded-rollouts.ts"
import type { Refolded } from "./refold-lineage.ts"
import { type ReplayOptions, refuseDifference, replayLine, stepAsked } from "./replay.ts"

export interface RecomputeOptions extends ReplayOptions {
  readonly model: string | null
}

/** Artifacts that a step computes and the next one reads: packed shards, gradients, weights, snapshots of both. */
const scratchOf = ({ shards, updatesPerBatch }: RunConfig): number => 8 * shards * updatesPerBatch + 32

/** Where a generation can be picked up: a snapshot of policy, and critic where there is one, at the end of a batch. */
const snapshotAt = ({ config, recorded: { started } }: Generation, folds: RecordedFolds, step: number): Fork | null => {
  const at = (fold: RecordedFolds["policy"]) => {
    const link = fold.links.get(step)
    if (link === undefined || link.snapshotHash === null) return null
    return { hash: link.hash, optimizer: link.optimizerHash, state: link.snapshotHash }
  }
  const [policy, critic] = [at(folds.policy), at(folds.critic)]
  if (policy === null || step % config.updatesPerBatch !== 0) return null
  if (config.critic === undefined) return { run: started.runId, step, policy }
  return critic === null ? null : { run: started.runId, step, policy, critic }
}

/** The newest place before `to` that can be picked up and is still there; null where that is the beginning. */
const nearest = Effect.fn("recompute.nearest")(function* (generation: Generation, folds: RecordedFolds, to: number) {
  const artifacts = yield* Artifacts
  for (let step = to - 1; step > generation.from; step--) {
    const found = snapshotAt(generation, folds, step)
    if (found === null) continue
    const needed = [found.policy, ...(found.critic === undefined ? [] : [found.critic])]
    const there = yield* Effect.forEach(
      needed.flatMap(({ hash, state }) => [hash, state]),
      (hash) => artifacts.has(hash)
    )
    if (there.every((each) => each)) return found
  }
  return null
})

/** Which steps of which run. */
export interface Part {
  readonly generation: Generation
  readonly to: number
  /** From its beginning on; else from the nearest snapshot. */
  readonly isWhole: boolean
  readonly base: Base
  readonly onStep: (step: number) => Effect.Effect<void>
}

/** Computes the steps of one run again, in an engine that has its settings. */
export const recomputed = Effect.fn("recompute.generation")(function* (part: Part) {
  const { base, generation, isWhole, onStep, to } = part
  const { started } = generation.recorded
  const log = yield* EventLog
  const recorded = yield* recordedFolds(generation.recorded, generation.config)
  const damage = [...recorded.damage]
  const batches = yield* recordedBatches(started, damage)
  const picked = isWhole ? null : yield* nearest(generation, recorded, to)
  const run = yield* runOf(started, base)
  const from = picked?.step ?? generation.from
  const begun = picked === null ? run : { ...run, config: new RunConfig({ ...run.config, fork: picked }) }
  const { firstDifferent, reached } = yield* learnAgain({
    ...{ run: begun, started, from, to, batches, recorded, log, onStep }
  })
  const refolded: Refolded = {
    ...{ equal: reached - from, of: to - from, firstDifferent, from, reached, damage },
    ...{ policy: null, critic: null }
  }
  return { refolded, drift: driftOf(started.environment, yield* currentEnvironment) }
})

/** One after the other what each run of a lineage did, until something differs; damage and drift of all of them. */
const all = Effect.fn("recompute.all")(function* <E, R>(
  parts: ReadonlyArray<Part>,
  one: (part: Part) => Effect.Effect<Effect.Success<ReturnType<typeof recomputed>>, E, R>
) {
  const drift = new Set<string>()
  const damage: Array<string> = []
  let last: Refolded | null = null
  for (const part of parts) {
    const { drift: found, refolded } = yield* one(part)
    for (const each of found) drift.add(each)
    damage.push(...refolded.damage)
    last = refolded
    if (refolded.firstDifferent !== null) break
  }
  const from = parts[0].isWhole ? 0 : (last?.from ?? 0)
  const to = parts[parts.length - 1].to
  const reached = last?.reached ?? from
  const refolded: Refolded = {
    ...{ equal: reached - from, of: to - from, firstDifferent: last?.firstDifferent ?? null, from, reached, damage },
    ...{ policy: null, critic: null }
  }
  return { refolded, drift: [...drift] }
})

const partsOf = (
  lineage: ReadonlyArray<Generation>,
  to: number,
  isWhole: boolean,
  rest: Pick<Part, "base" | "onStep">
): ReadonlyArray<Part> => {
  const last = lineage.findLastIndex(({ from }) => from <= to)
  return lineage.slice(isWhole ? 0 : last, last + 1).map((generation, i, taken) => ({
    ...{ generation, isWhole, ...rest },
    to: Math.min(to, taken[i + 1]?.from ?? to)
  }))
}

export const recompute = Effect.fn("recompute")(function* (options: RecomputeOptions) {
  const folder = yield* existingDataFolder(options.dataDir)
  const telling = reporter({ json: options.json })
  yield* Effect.gen(function* () {
    const { damage, runs } = yield* readableRuns()
    const recorded = yield* findIn(runs, options.run)
    const to = yield* stepAsked(yield* generationOf(recorded), options.to)
    const lineage = yield* lineageOf(recorded, runs)
    const base = yield* baseOf(yield* configOfRun(recorded), options.model)
    const onStep = (step: number) =>
      step % 10 === 0 ? telling.note(`step ${step} of ${to} computed again`) : Effect.void
    const parts = partsOf(lineage, to, options.verify, { base, onStep })
    const { drift, refolded } = yield* all(parts, (part) => {
      const { config } = part.generation
      const artifacts = layeredArtifacts(memoryArtifacts(scratchOf(config)), layerLocal(folder.blobs))
      return recomputed(part).pipe(Effect.provide(computing(base, config, artifacts)))
    })
    for (const each of drift) yield* telling.note(`other than where the run was recorded: ${each}`)
    for (const each of [...damage, ...refolded.damage]) yield* telling.note(`damaged: ${each}`)
    const { equal, from, of } = refolded
    if (options.json) yield* writeLines([{ ...replayLine(recorded.started.runId, refolded), drift }])
    else if (refolded.firstDifferent === null)
      yield* writeText(`${equal} of ${of} equal: steps ${from + 1} to ${to} computed again from recorded rollouts\n`)
    yield* refuseDifference(recorded, refolded)
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))))
})
