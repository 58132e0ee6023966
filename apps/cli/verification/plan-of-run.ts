/**
 * The plan of a recorded run: what its configuration asks for, from its RunStarted and the sheets among the artifacts.
 */
import { Effect, Schema } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { readSheet } from "../../../learning/datasets/benchmarks/sheet.ts"
import type { Benchmark, Question } from "../../../pipelines/runs.ts"
import { type Sat, testsAt } from "../../../pipelines/tests.ts"
import { examplesOf, isCriticWarmUp, rolloutStepOf, samplesOf } from "../../../pipelines/update/batch.ts"
import { needsScores } from "../../../pipelines/update/training-batch.ts"
import type { PlannedTest, RunPlan } from "../../../pipelines/verification/plan.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import type { RunStarted } from "../../../schemas/run-started.ts"
import { type AskedText, heldOutTexts, trainingTexts } from "../asked-texts.ts"
import { dataHashOf } from "../hash-of-data.ts"

/** The configuration in a RunStarted is none that this version knows, so nothing of the run can be held against it. */
export class ConfigUnreadable extends Schema.TaggedError<ConfigUnreadable>()("ConfigUnreadable", {
  runId: Schema.String,
  detail: Schema.String
}) {
  override get message(): string {
    return `run ${this.runId}: its configuration cannot be read: ${this.detail}; restore the data folder from a copy, or use the version of Onefold that recorded it`
  }
}

/** No model is asked, so a question's tokens are not needed. */
const unread = (text: AskedText): Question => ({ ...text, tokens: new Int32Array(0) })

/** Null where the sheet is missing or damaged: what it asked is then not known. */
const problemsOf = Effect.fn("planOfRun.problemsOf")(function* (sheet: string) {
  const artifacts = yield* Artifacts
  return yield* artifacts.load(sheet).pipe(
    Effect.flatMap((bytes) => readSheet(bytes, sheet)),
    Effect.catch(() => Effect.succeed(null))
  )
})

const benchmarksOf = ({ evaluation }: RunConfig) =>
  Effect.forEach(evaluation.benchmarks ?? [], (settings) =>
    Effect.map(problemsOf(settings.sheet), (problems) => {
      const text = { id: "", family: "", text: "", answer: "" }
      // A benchmark whose problems are not known is sat all the same.
      const questions = problems?.map(({ answer, group, id }) => unread({ id, family: group, text: "", answer }))
      const benchmark: Benchmark = { settings, questions: questions ?? [unread(text)] }
      return { benchmark, isKnown: problems !== null }
    })
  )

/** Computes the value of a step once, and keeps that of the step that was asked for last. */
const rememberingLast = <A>(compute: (step: number) => A): ((step: number) => A) => {
  let last: { readonly step: number; readonly value: A } | null = null
  return (step) => {
    if (last?.step !== step) last = { step, value: compute(step) }
    return last.value
  }
}

/** The plan of a run, by its record alone. Fails with ConfigUnreadable. */
export const planOfRun = Effect.fn("planOfRun")(function* (started: RunStarted) {
  const config = yield* Schema.decodeUnknownEffect(Schema.fromJsonString(RunConfig))(started.config).pipe(
    Effect.mapError(({ message }) => new ConfigUnreadable({ runId: started.runId, detail: message }))
  )
  const benchmarks = yield* benchmarksOf(config)
  const unknown = new Set(benchmarks.flatMap(({ benchmark, isKnown }) => (isKnown ? [] : [benchmark.settings.test])))
  const run: Sat = {
    config,
    examples: trainingTexts(config).map(unread),
    heldOut: heldOutTexts(config).map(unread),
    benchmarks: benchmarks.map(({ benchmark }) => benchmark)
  }
  return planFrom(started, run, unknown)
})

/** @param unknown tests whose problems are not known */
export const planFrom = (started: RunStarted, run: Sat, unknown: ReadonlySet<string> = new Set()): RunPlan => {
  const { config } = run
  return {
    runId: started.runId,
    config,
    dataHash: dataHashOf(config),
    firstStep: started.firstStep,
    firstPolicy: started.firstPolicyHash,
    firstCritic: config.fork?.critic?.hash ?? config.critic?.initial ?? null,
    reference: config.lora?.initial ?? started.baseHash,
    samples: samplesOf(config),
    needsScores: needsScores(config),
    rolloutStepOf: (step) => rolloutStepOf(config, step),
    isCriticWarmUp: (step) => isCriticWarmUp(config, step),
    examplesAt: rememberingLast((step) => new Set(examplesOf(run, step).map(({ id }) => id))),
    testsAt: rememberingLast((step) =>
      testsAt(step, run).map(
        ({ name, questions, samples }): PlannedTest => ({
          ...{ name, samples },
          problems: unknown.has(name) ? null : new Set(questions.map(({ id }) => id))
        })
      )
    )
  }
}
