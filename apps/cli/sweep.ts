/**
 * `onefold sweep`: one run for each example and seed over one base, and a ranking of what they gained.
 *
 * Every run is a run like any other in the log. What was asked for says which runs there are (sweep/plan.ts), so the
 * same command after a stop or a kill finds what is finished and goes on with the rest.
 */
import { Effect } from "effect"
import { testProblems } from "../../learning/datasets/miniature/problems.ts"
import { serveLive } from "../../platform/history/live.ts"
import { EventLog } from "../../platform/log/event-log.ts"
import { topics } from "../../schemas/catalogue.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { type Base, loadBase, miniatureBase, nameOfModel } from "./base.ts"
import { clusterOf } from "./cluster/cluster.ts"
import type { ClusterFlags } from "./cluster/cluster-flags.ts"
import { isOnCluster } from "./cluster/on-cluster.ts"
import { type DataFolder, openDataFolder } from "./data-folder.ts"
import { services } from "./embedded.ts"
import { checkWritable, limitsOf } from "./examples.ts"
import { checkRoom } from "./held-out.ts"
import { madeGood } from "./history-made-good.ts"
import { writeLines, writeText } from "./json-lines.ts"
import { asLine } from "./notation.ts"
import { SettingsContradictory } from "./presets.ts"
import { checkBetween } from "./ranges.ts"
import { terminalOf } from "./reporter.ts"
import { examplesOf } from "./sweep/examples.ts"
import { figuresOf, lackingOf } from "./sweep/figures.ts"
import { clusterServices, sweptOnCluster } from "./sweep/on-cluster.ts"
import { planOf, type SweepPlan } from "./sweep/plan.ts"
import { rankedIn } from "./sweep/ranked.ts"
import { ranked, type Swept } from "./sweep/ranking.ts"
import { seedsOf } from "./sweep/seeds.ts"
import { rankingFields, rankingTable } from "./sweep/table.ts"
import { tellerOf } from "./sweep/teller.ts"
import { conductedHere, recordedOf, workOff } from "./sweep/work.ts"

export interface SweepOptions extends ClusterFlags {
  readonly cluster: boolean
  readonly examples: string
  /** What ranks count in; null where examples are not named by rank. */
  readonly from: string | null
  readonly preset: string
  /** `key=value` each. */
  readonly set: ReadonlyArray<string>
  readonly steps: number | null
  readonly seeds: string
  readonly testSeed: number
  /** Runs side by side; null: as many as go well here, or in a cluster. */
  readonly parallel: number | null
  readonly dataDir: string
  readonly json: boolean
}

/** More gain little on two cores (docs/sweep.md), and more than the most would only wait for each other. */
const here = { usual: 2, most: 16 }
/** Each costs this process a connection or two; workers share them out. */
const onCluster = { usual: 16, most: 256 }

const parallelOf = Effect.fn("sweep.parallel")(function* (options: SweepOptions) {
  const { most, usual } = isOnCluster(options) ? onCluster : here
  const { parallel } = options
  yield* checkBetween("--parallel", parallel ?? usual, 1, most)
  return parallel ?? usual
})

const checkExample = ({ config, tokenizer }: Base, run: RunConfig) =>
  checkWritable(run.prompts[0].promptId, run.prompts[0], tokenizer, limitsOf(run, config.maxPositions))

/** Everything that can be refused is refused here, before anything is written. */
const resolve = Effect.fn("sweep.resolve")(function* (options: SweepOptions, base: Base) {
  const { examples, from, preset, set: settings, steps, testSeed } = options
  const plan = yield* planOf({
    ...{ preset, settings, steps, testSeed },
    seeds: yield* seedsOf(options.seeds),
    examples: yield* examplesOf(examples, from, asLine(miniatureBase), rankedIn(options.dataDir)),
    model: { name: nameOfModel(base.folder), hash: base.weightsHash },
    tokenizerHash: base.tokenizerHash
  })
  for (const { config } of plan.runs) yield* checkExample(base, config)
  yield* checkRoom(plan.base.config, base)
  if (heldOutOf(plan) === 0)
    return yield* new SettingsContradictory({
      detail: `preset is ${preset}, which holds no problems out, so no gain could be measured; choose mini or smoke`
    })
  return plan
})

/** Held-out problems of every run. */
const heldOutOf = ({ base: { config } }: SweepPlan): number => {
  const { problems, problemsPerFamily: perFamily, testSeed: seed } = config.evaluation
  return problems === undefined ? testProblems({ seed, perFamily }).length : problems.length
}

/** Conducts the sweep; then whatever the history lacks of runs that an earlier process finished. True where all is done. */
const conduct = Effect.fn("sweep.conduct")(function* (
  plan: SweepPlan,
  base: Base,
  folder: DataFolder,
  parallel: number
) {
  yield* (yield* EventLog).createTopics(topics)
  const recorded = yield* recordedOf(plan)
  const isFinished = (runId: string): boolean => recorded.get(runId)?.finished === true
  const finished = [plan.base, ...plan.runs].filter(({ runId }) => isFinished(runId))
  const teller = yield* tellerOf(plan.runs.length + 1, finished.length)
  yield* teller.note(`sweep ${plan.identity}: ${plan.runs.length} runs over one base, ${finished.length} done before`)
  for (const { runId } of yield* lackingOf(finished, heldOutOf(plan))) {
    const run = recorded.get(runId)
    if (run !== undefined) yield* madeGood(run, base)
  }
  const open = [plan.base, ...plan.runs].filter(({ runId }) => !isFinished(runId))
  const conducted = conductedHere({ recorded, base, folder, teller })
  const isDone = yield* workOff({ open, conducted, parallel, teller, stopping: "stopping after the steps under way" })
  if (!isDone) yield* teller.note("paused; the same command goes on")
  return isDone
})

/** Tells the ranking. */
const tell = (figures: ReadonlyArray<Swept>, { json }: SweepOptions) => {
  const runs = ranked(figures)
  return json ? writeLines(runs.map(rankingFields)) : writeText(`\n${rankingTable(runs, terminalOf(process.stdout))}`)
}

const sweepHere = Effect.fn("sweep.here")(function* (plan: SweepPlan, base: Base, options: SweepOptions) {
  const parallel = yield* parallelOf(options)
  const folder = yield* openDataFolder(options.dataDir)
  yield* Effect.gen(function* () {
    yield* serveLive(folder.root)
    if (!(yield* conduct(plan, base, folder, parallel))) return
    yield* tell(yield* figuresOf(plan.runs.map(({ runId }) => runId)), options)
  }).pipe(Effect.scoped, Effect.provide(services(folder, base, plan.base.config)))
})

const sweepAfar = Effect.fn("sweep.afar")(function* (plan: SweepPlan, base: Base, options: SweepOptions) {
  const parallel = yield* parallelOf(options)
  const cluster = yield* clusterOf(options)
  yield* Effect.gen(function* () {
    const figures = yield* sweptOnCluster(plan, base, parallel)
    if (figures !== null) yield* tell(figures, options)
  }).pipe(Effect.provide(clusterServices(base, plan, cluster, options.dataDir)))
})

export const sweep = Effect.fn("sweep")(function* (options: SweepOptions) {
  yield* parallelOf(options)
  const base = yield* loadBase(miniatureBase)
  const plan = yield* resolve(options, base)
  yield* isOnCluster(options) ? sweepAfar(plan, base, options) : sweepHere(plan, base, options)
})
