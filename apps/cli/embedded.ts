/**
 * The embedded pipeline: every service of a run in one process — lmdb log, local artifacts, engine, grader, fold.
 */
import { Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { readSheet } from "../../learning/datasets/benchmarks/sheet.ts"
import { testProblems } from "../../learning/datasets/miniature/problems.ts"
import { Grader } from "../../learning/grading/grader.ts"
import { PolicyFold } from "../../learning/objective/fold-service.ts"
import { criticLayoutOf } from "../../learning/policy/critic.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { Rewards } from "../../learning/rewards/rewards.ts"
import { type Benchmark, type Question, type Run, Runs, UnknownRun } from "../../pipelines/runs.ts"
import { FoldChain } from "../../pipelines/update/fold-chain.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import { History } from "../../platform/history/history.ts"
import type { EventLog, LogError } from "../../platform/log/event-log.ts"
import type { BenchmarkTest } from "../../schemas/evaluation-config.ts"
import type { RunId } from "../../schemas/ids.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { trainedLayout } from "./adapter.ts"
import { askedBackend } from "./backend.ts"
import type { Base } from "./base.ts"
import type { DataFolder, DataFolderUnusable } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"

/** Threads that hold the model. Results do not depend on how many there are. */
export const engineWorkers = 2

/** What an engine must know of a run's configuration. */
export type EngineSettings = Partial<Pick<RunConfig, "intraOpThreads" | "lora" | "model" | "precision">>

const engineOptions = ({ config, weightsHash }: Base, { intraOpThreads, lora, model, precision }: EngineSettings) => ({
  ...{ config, workers: engineWorkers },
  ...(intraOpThreads === undefined ? {} : { intraOpThreads }),
  ...(precision === undefined ? {} : { precision }),
  ...(lora === undefined ? {} : { adapted: { lora, base: model?.hash ?? weightsHash } })
})

/** What a run is computed with, over its artifacts: engine, grader, rewards and fold. */
export const computing = <E, R>(base: Base, settings: EngineSettings, artifacts: Layer.Layer<Artifacts, E, R>) => {
  const engine = Effect.map(askedBackend, (asked) => PolicyEngine.layer({ ...engineOptions(base, settings), ...asked }))
  return Layer.mergeAll(
    artifacts,
    Grader.layer,
    Rewards.layer,
    Layer.unwrap(engine).pipe(Layer.provide(artifacts)),
    FoldChain.layer.pipe(Layer.provideMerge(PolicyFold.layer), Layer.provide(artifacts))
  )
}

/** The services that know no run yet but how it computes. The log is the folder's own unless another one is given. */
export const services = (
  folder: DataFolder,
  base: Base,
  settings: EngineSettings,
  log: Layer.Layer<EventLog, LogError | DataFolderUnusable> = folderLog(folder)
) => Layer.mergeAll(log, History.layer(folder.history), computing(base, settings, layerLocal(folder.blobs)))

/** A benchmark with the problems of its sheet, which lies among the artifacts. */
const benchmarkOf = Effect.fn("embedded.benchmarkOf")(function* (
  settings: BenchmarkTest,
  tokenizer: Base["tokenizer"]
) {
  const problems = yield* readSheet(yield* (yield* Artifacts).load(settings.sheet), settings.sheet)
  const questions = yield* Effect.forEach(problems, ({ answer, choices, dataName, group, id, text }) =>
    Effect.map(
      tokenizer.encode(text),
      (tokens): Question => ({
        ...{ id, family: group, text, tokens, answer },
        ...(dataName === undefined ? {} : { dataName }),
        ...(choices === undefined ? {} : { choices })
      })
    )
  )
  const benchmark: Benchmark = { settings, questions }
  return benchmark
})

/** The texts that a run's coordinates name, as its model reads them. */
export const questionsOf = Effect.fn("embedded.questionsOf")(function* (config: RunConfig, { tokenizer }: Base) {
  const ask = (id: string, family: string, text: string, answer: string) =>
    Effect.map(tokenizer.encode(text), (tokens): Question => ({ id, family, text, tokens, answer }))
  const examples = yield* Effect.forEach(config.prompts, ({ answer, promptId, text }) =>
    ask(promptId, "train", text, answer)
  )
  const { context = "", problems, problemsPerFamily, testSeed } = config.evaluation
  const heldOut = yield* problems === undefined
    ? Effect.forEach(testProblems({ seed: testSeed, perFamily: problemsPerFamily }), ({ answer, family, id, prompt }) =>
        ask(id, family, `${context}${prompt}`, answer)
      )
    : Effect.forEach(problems, ({ answer, id, text }) => ask(id, "problems", `${context}${text}`, answer))
  return { examples, heldOut }
})

/** The run that a RunStarted tells of, with the texts its coordinates name. Sheets must be among the artifacts. */
export const runOf = Effect.fn("embedded.runOf")(function* (started: RunStarted, base: Base) {
  const config = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(RunConfig))(started.config)
  const { examples, heldOut } = yield* questionsOf(config, base)
  const benchmarks = yield* Effect.forEach(config.evaluation.benchmarks ?? [], (settings) =>
    benchmarkOf(settings, base.tokenizer)
  )
  const byId = new Map([...examples, ...heldOut].map((question) => [question.id, question]))
  const run: Run = {
    runId: started.runId,
    config,
    baseHash: started.baseHash,
    layout: trainedLayout(base.config, config),
    criticLayout: criticLayoutOf(base.config),
    tokenizer: base.tokenizer,
    examples,
    heldOut,
    benchmarks,
    maxPositions: base.config.maxPositions,
    question: (id) => byId.get(id)
  }
  return run
})

/** Stages may ask for this run and for no other. */
export const onlyRun = (run: Run) =>
  Layer.succeed(Runs, {
    of: (runId: RunId) => (runId === run.runId ? Effect.succeed(run) : Effect.fail(new UnknownRun({ runId })))
  })
