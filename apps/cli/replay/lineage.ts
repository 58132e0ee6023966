/**
 * The runs that a run's past lies in: it forks one, which may fork another. Each has its own settings for its own steps.
 */
import { Effect, Schema } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { storedLayout } from "../../../learning/policy/checkpoint/stored-layout.ts"
import { laidOut } from "../../../learning/policy/parameters.ts"
import { type FoldedRun, firstPolicyOf } from "../../../pipelines/runs.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { configOfRun, type RecordedRun } from "../recorded.ts"

/** A run forks one that is not in this data folder. */
export class ParentMissing extends Schema.TaggedError<ParentMissing>()("ParentMissing", {
  runId: Schema.String,
  parent: Schema.String,
  step: Schema.Int
}) {
  override get message(): string {
    return `run ${this.runId} forks run ${this.parent} at step ${this.step}, and this data folder does not hold that run; use a folder that holds both. What the fork itself did from step ${this.step} on can be replayed without --verify`
  }
}

/** A run of a lineage, and where it leaves the one before it. */
export interface Generation {
  readonly recorded: RecordedRun
  readonly config: RunConfig
  /** 0 of the first. */
  readonly from: number
}

export const generationOf = (recorded: RecordedRun) =>
  Effect.map(configOfRun(recorded), (config): Generation => ({ recorded, config, from: config.fork?.step ?? 0 }))

/** A run with those that its past lies in, the oldest first. Fails with ParentMissing. */
export const lineageOf = Effect.fn("lineage.of")(function* (recorded: RecordedRun, runs: ReadonlyArray<RecordedRun>) {
  const generations = [yield* generationOf(recorded)]
  for (let { fork } = generations[0].config; fork !== undefined; fork = generations[0].config.fork) {
    const { run, step } = fork
    const parent = runs.find(({ started }) => started.runId === run)
    const { runId } = generations[0].recorded.started
    // A log that names a circle is not one of ours.
    if (parent === undefined || generations.some((each) => each.recorded === parent))
      return yield* new ParentMissing({ runId, parent: run, step })
    generations.unshift(yield* generationOf(parent))
  }
  return generations
})

/** What a generation's policies and critics follow from; where their parameters lie, its first ones say. */
export const foldedRun = Effect.fn("lineage.foldedRun")(function* ({ config, recorded: { started } }: Generation) {
  const artifacts = yield* Artifacts
  const { baseHash, runId } = started
  const nothing = laidOut([])
  const known: FoldedRun = { runId, config, baseHash, layout: nothing, criticLayout: nothing }
  const layoutOf = (hash: string) => Effect.flatMap(artifacts.load(hash), (bytes) => storedLayout(bytes, hash))
  const { critic } = config
  const folded: FoldedRun = {
    ...known,
    layout: yield* layoutOf(firstPolicyOf(known)),
    criticLayout: critic === undefined ? nothing : yield* layoutOf(critic.initial)
  }
  return folded
})
