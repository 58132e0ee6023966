/**
 * `onefold evaluate`: a model sits benchmarks by a protocol, as a run in the data folder that updates nothing.
 *
 * Its name follows from what is asked, so the same command after a stop or a kill goes on where it was, and once it is
 * finished prints what is recorded.
 */
import { Effect, Layer } from "effect"
import { layerLocal } from "../../platform/blobs/local.ts"
import { comparisonLines, tellComparison } from "./compare/told.ts"
import { type DataFolder, openDataFolder } from "./data-folder.ts"
import { type Asked, type Planned, planEvaluation, planFields } from "./evaluate/planned.ts"
import { checkSamplesFile, writeSamples } from "./evaluate/samples-out.ts"
import { sat } from "./evaluate/sat.ts"
import { outcomesOfTests } from "./evaluate/summary.ts"
import { tellEvaluation } from "./evaluate/told.ts"
import { folderLog } from "./folder-log.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { writeText } from "./json-lines.ts"
import { checkCount, checkSeed } from "./ranges.ts"
import { findRun } from "./recorded.ts"

export interface EvaluateOptions extends Asked {
  /** A folder, an id of the hub, RUN or RUN@STEP; null: the miniature. */
  readonly model: string | null
  /** Another one, to compare with. */
  readonly against: string | null
  /** Whether groups of problems are told too. */
  readonly groups: boolean
  readonly samplesOut: string | null
  readonly json: boolean
  readonly dryRun: boolean
}

const checkFlags = Effect.fn("evaluate.checkFlags")(function* (options: EvaluateOptions) {
  const { against, computing, limit, perFamily, rows, samplesOut, testSeed } = options
  yield* checkSeed("--test-seed", testSeed)
  const counts = {
    ...{ "--per-family": perFamily, "--limit": limit, "--rows": rows },
    ...{ "--slots": computing.slots, "--intra-op-threads": computing.intraOpThreads }
  }
  for (const [flag, value] of Object.entries(counts))
    if (value !== undefined && value !== null) yield* checkCount(flag, value)
  if (against !== null && samplesOut !== null)
    return yield* new OptionsConflict({
      reason: "--samples-out writes the answers of one model; leave out --against, and evaluate the other by itself"
    })
})

const resolve = Effect.fn("evaluate.resolve")(function* (options: EvaluateOptions) {
  yield* checkFlags(options)
  const first = yield* planEvaluation(options.model, options)
  if (options.against === null) return [first]
  const second = yield* planEvaluation(options.against, options)
  if (second.name === first.name)
    return yield* new OptionsConflict({
      reason: `--against names the model itself (${first.name}): there is nothing to compare`
    })
  return [first, second]
})

/** The model against the other one, set by set: what it has more. */
const compareSat = Effect.fn("evaluate.compareSat")(function* ([b, a]: ReadonlyArray<Planned>, json: boolean) {
  const tests = a.tests.map(({ test }) => test)
  const outcomesOf = ({ name, tests: own }: Planned) =>
    Effect.flatMap(findRun(name), (recorded) =>
      outcomesOfTests(
        recorded,
        own.map(({ test }) => test)
      )
    )
  const [before, after] = [yield* outcomesOf(a), yield* outcomesOf(b)]
  const pairs = tests.map(({ set, test }, i) => ({ test, set, a: before[i], b: after[i] }))
  const seed = a.config.evaluation.testSeed
  yield* tellComparison(yield* comparisonLines({ a: a.name, b: b.name, pairs, seed }), json)
})

const conduct = Effect.fn("evaluate.conduct")(function* (
  planned: ReadonlyArray<Planned>,
  folder: DataFolder,
  options: EvaluateOptions
) {
  const { json, samplesOut } = options
  const recorded = Layer.mergeAll(folderLog(folder), layerLocal(folder.blobs))
  for (const each of planned) {
    const summary = yield* sat(each, folder, json)
    if (summary === null) return
    if (samplesOut !== null)
      yield* Effect.flatMap(findRun(each.name), (run) => writeSamples(run, samplesOut)).pipe(Effect.provide(recorded))
    yield* tellEvaluation(summary, options)
  }
  if (planned.length > 1) yield* compareSat(planned, json).pipe(Effect.provide(recorded))
})

export const evaluate = Effect.fn("evaluate")(function* (options: EvaluateOptions) {
  const planned = yield* resolve(options)
  if (options.dryRun)
    return yield* writeText(
      planned.map((each) => `${JSON.stringify(planFields(each), null, options.json ? 0 : 2)}\n`).join("")
    )
  if (options.samplesOut !== null) yield* checkSamplesFile(options.samplesOut)
  yield* conduct(planned, yield* openDataFolder(options.dataDir), options)
})
