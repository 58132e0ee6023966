/**
 * `onefold runs`: the recorded runs, oldest first.
 */
import { Effect } from "effect"
import type { RunConfig } from "../../schemas/run-config.ts"
import { isOnCluster, type OnClusterFlags } from "./cluster/on-cluster.ts"
import { wholeLog } from "./cluster/whole-log.ts"
import { existingDataFolder } from "./data-folder.ts"
import { isEvaluation } from "./evaluate/is-evaluation.ts"
import { folderLog } from "./folder-log.ts"
import { withPast } from "./fork/past.ts"
import { baseRunOf, configOfRun, type RecordedRun, recordedRuns, statusOf } from "./recorded.ts"
import { share } from "./report/figures.ts"
import { aligned, cell } from "./report/grid.ts"
import { reporter, terminalOf } from "./reporter.ts"
import { branchText, treeOf } from "./runs-tree.ts"

const stepsOf = ({ policies, started }: RecordedRun): number =>
  policies.reduce((latest, { step }) => Math.max(latest, step), started.firstStep)

/** Greedy accuracy on held-out problems, by step. */
const greedyOf = ({ evaluations }: RecordedRun) =>
  evaluations.filter(({ protocol }) => protocol === "greedy").sort((a, b) => a.step - b.step)

/** Held-out greedy accuracy of the base, maybe measured by another run, and of the newest policy that sat the test. */
const accuracies = (run: RecordedRun, baseRun: RecordedRun): readonly [base: number | null, newest: number | null] => {
  const [base, newest] = [greedyOf(baseRun).find(({ step }) => step === 0), greedyOf(run).at(-1)]
  return [base?.results[0].accuracy ?? null, newest?.results[0].accuracy ?? null]
}

/** Of an evaluation: the mean over its sets, once all are through. */
const averageOf = ({ evaluations }: RecordedRun, { evaluation: { benchmarks = [] } }: RunConfig): number | null =>
  evaluations.length < Math.max(1, benchmarks.length)
    ? null
    : evaluations.reduce((sum, { results }) => sum + results[0].accuracy, 0) / evaluations.length

const fieldsOf = Effect.fn("runs.fields")(function* (run: RecordedRun, runs: ReadonlyArray<RecordedRun>) {
  const config = yield* configOfRun(run)
  const { evaluation, fork, keep, prompts, seed } = config
  const whole = yield* withPast(run, runs)
  const baseRun = evaluation.baseRun === undefined ? whole : yield* baseRunOf(run, runs)
  const [base, newest] = isEvaluation(config) ? [null, averageOf(run, config)] : accuracies(whole, baseRun)
  return {
    type: "run",
    run: run.started.runId,
    status: statusOf(run),
    steps: stepsOf(run),
    started: new Date(run.startedAt).toISOString(),
    sessions: run.sessions,
    base,
    newest,
    gain: base === null || newest === null ? null : newest - base,
    example: prompts.length === 1 ? prompts[0].promptId : `${prompts.length} examples`,
    seed,
    keep: keep ?? "gradients",
    forkOf: fork === undefined ? null : { run: fork.run, step: fork.step },
    ...(isEvaluation(config) ? { tests: (evaluation.benchmarks ?? []).map(({ test }) => test) } : {})
  }
})

export interface RunsOptions extends OnClusterFlags {
  readonly dataDir: string
  readonly json: boolean
  /** Each run under the one that it forks. */
  readonly tree: boolean
}

/** The runs of a cluster where one is named, else those of the data folder. */
const runsOf = Effect.fn("runs.of")(function* (options: RunsOptions) {
  if (isOnCluster(options)) {
    const log = yield* wholeLog(options)
    return yield* recordedRuns().pipe(Effect.provide(log))
  }
  const folder = yield* existingDataFolder(options.dataDir)
  return yield* recordedRuns().pipe(Effect.provide(folderLog(folder)))
})

export const listRuns = Effect.fn("runs")(function* (options: RunsOptions) {
  const runs = yield* runsOf(options)
  const rows = yield* Effect.forEach(runs, (run) => fieldsOf(run, runs))
  if (options.json)
    return yield* Effect.sync(() => {
      for (const row of rows) process.stdout.write(`${JSON.stringify(row)}\n`)
    })
  if (rows.length === 0)
    return yield* reporter({ json: false }).note(
      `no runs yet; start one with "onefold ${isOnCluster(options) ? "submit" : "run"}"`
    )
  const terminal = terminalOf(process.stdout)
  const figure = (value: number | null) => (value === null ? "" : share(value))
  const branches = options.tree ? treeOf(rows) : rows.map((leaf) => ({ leaf, depth: 0 }))
  const table = [
    ["run", "status", "steps", "started", "base", "newest"].map((text) => cell(terminal, text, "quiet")),
    ...branches.map(({ depth, leaf: row }) =>
      [
        options.tree ? branchText({ depth, leaf: row }, terminal.unicode) : row.run,
        row.status,
        String(row.steps),
        row.started.slice(0, 16).replace("T", " "),
        figure(row.base),
        figure(row.newest)
      ].map((text) => cell(terminal, text))
    )
  ]
  const lines = aligned(table, ["left", "left", "right", "left", "right", "right"])
  yield* Effect.sync(() => process.stdout.write(`${lines.map(({ shown }) => shown).join("\n")}\n`))
})
