/**
 * The embedded pipeline: every service of a run in one process — lmdb log, local artifacts, engine, grader, fold.
 */
import { Effect, Layer, Schema } from "effect"
import { Artifacts } from "../../learning/artifacts.ts"
import { readSheet } from "../../learning/datasets/benchmarks/sheet.ts"
import { Grader } from "../../learning/grading/grader.ts"
import { PolicyFold } from "../../learning/objective/fold-service.ts"
import { criticLayoutOf } from "../../learning/policy/critic.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { Rewards } from "../../learning/rewards/rewards.ts"
import { type Benchmark, type Question, type Run, Runs, UnknownRun } from "../../pipelines/runs.ts"
import type { Sat } from "../../pipelines/tests.ts"
import { FoldChain } from "../../pipelines/update/fold-chain.ts"
import { layerLocal } from "../../platform/blobs/local.ts"
import { History } from "../../platform/history/history.ts"
import type { EventLog, LogError } from "../../platform/log/event-log.ts"
import type { BenchmarkTest } from "../../schemas/evaluation-config.ts"
import type { RunId } from "../../schemas/ids.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import type { RunStarted } from "../../schemas/run-started.ts"
import { trainedLayout } from "./adapter.ts"
import { type AskedText, heldOutTexts, trainingTexts } from "./asked-texts.ts"
import { askedBackend } from "./backend.ts"
import type { Base } from "./base.ts"
import type { DataFolder, DataFolderUnusable } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"

/** Threads that hold the model. Results do not depend on how many there are. */
export const engineWorkers = 2

/** What an engine must know of a run's configuration. */
export type EngineSettings = Partial<Pick<RunConfig, "evaluation" | "intraOpThreads" | "lora" | "model" | "precision">>

/** Texts that end an answer are told by a tokenizer; without them a thread needs none. */
const stopsByText = ({ evaluation }: EngineSettings): boolean =>
  evaluation?.benchmarks?.some(({ stop = [] }) => stop.length > 0) ?? false

/** How an engine computes a run of these settings. */
export const engineOptions = (
  { config, tokenizerFiles, weightsHash }: Base,
  settings: EngineSettings,
  workers = engineWorkers
) => {
  const { intraOpThreads, lora, model, precision } = settings
  return {
    ...{ config, workers },
    ...(stopsByText(settings) ? { tokenizer: tokenizerFiles } : {}),
    ...(intraOpThreads === undefined ? {} : { intraOpThreads }),
    ...(precision === undefined ? {} : { precision }),
    ...(lora === undefined ? {} : { adapted: { lora, base: model?.hash ?? weightsHash } })
  }
}

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
) => Layer.mergeAll(log, History.layerConfigured(folder.history), computing(base, settings, layerLocal(folder.blobs)))

/** What texts become before a model reads them. */
type Encoder = Pick<Base["tokenizer"], "encode">

/** A benchmark with the problems of its sheet. */
export const benchmarkOf = Effect.fn("embedded.benchmarkOf")(function* (
  settings: BenchmarkTest,
  sheet: Uint8Array,
  tokenizer: Encoder
) {
  const problems = yield* readSheet(sheet, settings.sheet)
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
export const questionsOf = Effect.fn("embedded.questionsOf")(function* (
  config: RunConfig,
  { tokenizer }: { readonly tokenizer: Encoder }
) {
  const ask = (text: AskedText) => Effect.map(tokenizer.encode(text.text), (tokens): Question => ({ ...text, tokens }))
  const examples = yield* Effect.forEach(trainingTexts(config), ask)
  const heldOut = yield* Effect.forEach(heldOutTexts(config), ask)
  return { examples, heldOut }
})

/** What a RunStarted says is asked: examples, held-out problems, benchmarks. Sheets must be among the artifacts. */
const textsOf = Effect.fn("embedded.textsOf")(function* (started: RunStarted, tokenizer: Encoder) {
  const config = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(RunConfig))(started.config)
  const { examples, heldOut } = yield* questionsOf(config, { tokenizer })
  const artifacts = yield* Artifacts
  const benchmarks = yield* Effect.forEach(config.evaluation.benchmarks ?? [], (settings) =>
    Effect.flatMap(artifacts.load(settings.sheet), (sheet) => benchmarkOf(settings, sheet, tokenizer))
  )
  const texts: Sat = { config, examples, heldOut, benchmarks }
  return texts
})

/** The same for who reads texts only: no model is needed, and questions have no tokens. */
export const askedOf = (started: RunStarted) => textsOf(started, { encode: () => Effect.succeed(new Int32Array(0)) })

/** The run that a RunStarted tells of, with the texts its coordinates name. Sheets must be among the artifacts. */
export const runOf = Effect.fn("embedded.runOf")(function* (started: RunStarted, base: Base) {
  const texts = yield* textsOf(started, base.tokenizer)
  const { config, examples, heldOut } = texts
  const byId = new Map([...examples, ...heldOut].map((question) => [question.id, question]))
  const run: Run = {
    runId: started.runId,
    ...texts,
    baseHash: started.baseHash,
    layout: trainedLayout(base.config, config),
    criticLayout: criticLayoutOf(base.config),
    tokenizer: base.tokenizer,
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
