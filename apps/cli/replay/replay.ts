/**
 * `onefold replay RUN`: what a run came to, folded again from first weights and recorded gradients and compared with the
 * log. Needs no engine and no model, and writes nothing.
 */
import { Effect, Layer, Schema } from "effect"
import { layerLocal } from "../../../platform/blobs/local.ts"
import { existingDataFolder } from "../data-folder.ts"
import { folderLog } from "../folder-log.ts"
import { writeLines, writeText } from "../json-lines.ts"
import { StepNotStored } from "../policy-at.ts"
import { configOfRun, findIn, type RecordedRun, readableRuns } from "../recorded.ts"
import { reporter } from "../reporter.ts"
import { type Generation, generationOf, lineageOf } from "./lineage.ts"
import { type Refolded, refoldLineage } from "./refold-lineage.ts"
import { ReplayDiffers } from "./replay-differs.ts"
import { keepingNote } from "./retention-notes.ts"
import { usableAfter } from "./usable.ts"

export interface ReplayOptions {
  readonly run: string
  /** Null: the last step. */
  readonly to: number | null
  readonly verify: boolean
  readonly json: boolean
  readonly dataDir: string
}

/** Steps that policy, and critic where there is one, have both come to. */
export const stepsOf = ({ config, recorded }: Generation): number => {
  const newest = (updates: ReadonlyArray<{ readonly step: number }>): number =>
    updates.reduce((latest, { step }) => Math.max(latest, step), config.fork?.step ?? 0)
  const { critics, policies } = recorded
  return config.critic === undefined ? newest(policies) : Math.min(newest(policies), newest(critics))
}

/** The step that was asked for, which the run must have come to. Fails with StepNotStored. */
export const stepAsked = Effect.fn("replay.stepAsked")(function* (generation: Generation, to: number | null) {
  const latest = stepsOf(generation)
  const step = to ?? latest
  if (step >= 0 && step <= latest) return step
  return yield* new StepNotStored({ runId: generation.recorded.started.runId, step, latest })
})

/** The run's past where it can be had; without --verify the fork alone will do. */
const lineageFor = (recorded: RecordedRun, runs: ReadonlyArray<RecordedRun>, to: number, isWhole: boolean) =>
  Effect.gen(function* () {
    const own = yield* generationOf(recorded)
    return isWhole || to < own.from ? yield* lineageOf(recorded, runs) : [own]
  })

/** The last line: what was compared, and the first difference. */
export const replayLine = (runId: string, { equal, firstDifferent, of }: Refolded) => {
  const { shard, step, what } = firstDifferent ?? { step: 0, shard: null, what: "" }
  return {
    type: "replay",
    run: runId,
    equal,
    of,
    firstDifferent: firstDifferent === null ? null : { step, shard, what }
  }
}

/** Fails with ReplayDiffers where something is not as recorded. */
export const refuseDifference = Effect.fn("replay.refuseDifference")(function* (
  recorded: RecordedRun,
  { damage, firstDifferent, reached }: Refolded
) {
  if (firstDifferent === null) return
  const { detail, step } = firstDifferent
  const note = keepingNote(yield* configOfRun(recorded))
  return yield* new ReplayDiffers({
    ...firstDifferent,
    runId: recorded.started.runId,
    detail: [detail, ...damage].join("; "),
    usable: [yield* usableAfter(recorded, reached, step), ...(note === null ? [] : [note])].join("; ")
  })
})

/** Folds a run again in the log and artifacts at hand. */
export const replayed = Effect.fn("replay.replayed")(function* (
  options: Pick<ReplayOptions, "run" | "to" | "verify">,
  onStep: (step: number) => Effect.Effect<void> = () => Effect.void
) {
  const { damage, runs } = yield* readableRuns()
  const recorded = yield* findIn(runs, options.run)
  const to = yield* stepAsked(yield* generationOf(recorded), options.to)
  const lineage = yield* lineageFor(recorded, runs, to, options.verify)
  const refolded = yield* refoldLineage({ lineage, to, isWhole: options.verify, onStep })
  const all: Refolded = { ...refolded, damage: [...damage, ...refolded.damage] }
  return { recorded, to, refolded: all }
})

const tell = Effect.fn("replay.tell")(function* (options: ReplayOptions, to: number, refolded: Refolded) {
  const { equal, of, from } = refolded
  const began = from === 0 ? "from the first weights" : `from the snapshot of step ${from}`
  yield* writeText(`${equal} of ${of} equal: step ${to} folded again ${began}\n`)
  if (options.verify) return
  yield* writeText("only this step was compared; --verify compares them all\n")
})

export const replay = Effect.fn("replay")(function* (options: ReplayOptions) {
  const folder = yield* existingDataFolder(options.dataDir)
  yield* Effect.gen(function* () {
    const telling = reporter({ json: options.json })
    const { recorded, refolded, to } = yield* replayed(options)
    const { runId } = recorded.started
    for (const each of refolded.damage) yield* telling.note(`damaged: ${each}`)
    if (options.json) yield* writeLines([replayLine(runId, refolded)])
    else if (refolded.firstDifferent === null) yield* tell(options, to, refolded)
    yield* refuseDifference(recorded, refolded)
    if (refolded.damage.length > 0) return yield* new LogDamaged({ damage: refolded.damage })
  }).pipe(Effect.provide(Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))))
})

/** All that could be read is as recorded, but part of the log could not be read. */
export class LogDamaged extends Schema.TaggedError<LogDamaged>()("LogDamaged", {
  damage: Schema.Array(Schema.String)
}) {
  override get message(): string {
    return `what could be read is as recorded, but not all could be read: ${this.damage.join("; ")}; restore the data folder from a copy`
  }
}
