/**
 * What a fabricated run goes through beside training: its start, evaluations, a pause, failures, its end.
 */
import type { OnefoldEvent } from "../../../schemas/catalogue.ts"
import { DeadLettered } from "../../../schemas/dead-lettered.ts"
import type { Environment } from "../../../schemas/environment.ts"
import { EvaluationCompleted } from "../../../schemas/evaluation-completed.ts"
import { EvaluationRequested } from "../../../schemas/evaluation-requested.ts"
import { EvaluationSampled } from "../../../schemas/evaluation-sampled.ts"
import { RunId } from "../../../schemas/ids.ts"
import { RunFailed } from "../../../schemas/run-failed.ts"
import { RunFinished } from "../../../schemas/run-finished.ts"
import { RunPaused } from "../../../schemas/run-paused.ts"
import { RunResumed } from "../../../schemas/run-resumed.ts"
import { RunStarted } from "../../../schemas/run-started.ts"
import { policyOf, type Shape, sha256 } from "./names.ts"

const environment: Environment = {
  backend: "tensorflow",
  backendVersion: "2.18.1",
  oneDnn: true,
  intraOpThreads: 1,
  instructionSet: "avx512",
  node: "22.0.0",
  platform: "linux-x64"
}

/** One evaluation of the policy of a step. */
export const evaluationOf = (runIdText: string, step: number): ReadonlyArray<OnefoldEvent> => {
  const runId = RunId.make(runIdText)
  const policyHash = policyOf(runId, step)
  const place = { runId, causes: [], step, policyHash, protocol: "avg@2" }
  const problems = ["chain:1", "word/2"]
  const answers = problems.flatMap((problemId) =>
    [0, 1].map(
      (sampleIndex) =>
        new EvaluationSampled({
          ...place,
          cohort: 0,
          problemId,
          sampleIndex,
          tokens: Int32Array.of(4, 1, 5),
          logProbs: Float32Array.of(-0.1, -0.2, -0.3),
          entropies: Float32Array.of(0.1, 0.2, 0.6),
          text: "\\boxed{1}",
          stop: "eos",
          extracted: "1",
          verdict: sampleIndex === 0 ? "correct" : "incorrect",
          rule: "integers",
          boxed: true,
          grader: "exact@1",
          form: "1",
          reflects: false,
          wouldExecute: false
        })
    )
  )
  const figures = {
    problems: 1,
    samplesPerProblem: 2,
    accuracy: 0.5,
    low: 0.1,
    high: 0.9,
    passAtK: 1,
    boxed: 1,
    truncated: 0
  }
  const intervals = [
    { metric: "accuracy", value: 0.5, low: 0.1, high: 0.9 },
    { metric: "pass@2", value: 1, low: 0.4, high: 1 }
  ]
  const results = ["all", "chain", "word"].map((group) => ({
    group,
    ...figures,
    responseLength: 3,
    figures: intervals
  }))
  return [
    new EvaluationRequested({
      ...place,
      cohort: 0,
      cohorts: 1,
      temperature: 0.6,
      samplesPerProblem: 2,
      problemIds: problems
    }),
    ...answers,
    new EvaluationCompleted({ ...place, results })
  ]
}

export const startOf = ({ runId: runIdText }: Shape): RunStarted => {
  const config = JSON.stringify({ seed: 7, note: 'it\'s "quoted" \\ and\nbroken' })
  return new RunStarted({
    runId: RunId.make(runIdText),
    causes: [],
    codeVersion: "0.1.0",
    config,
    configHash: sha256(config),
    dataHash: sha256("data"),
    tokenizerHash: sha256("tokenizer"),
    baseHash: policyOf(runIdText, 0),
    environment,
    logStart: []
  })
}

/** What goes wrong in a run's life: a pause, a failure, records that no stage could read. */
export const troublesOf = (runIdText: string): ReadonlyArray<OnefoldEvent> => {
  const runId = RunId.make(runIdText)
  const letter = {
    topic: "rollouts.generated",
    partition: 1,
    reason: "EventUnreadable",
    detail: "cannot read it",
    record: Uint8Array.of(0, 255, 39)
  }
  return [
    new RunPaused({ runId, causes: [], step: 1, session: 1, reason: "Ctrl-C" }),
    new RunResumed({ runId, causes: [], session: 2, environment, drift: ["node: 22.0.0 is now 22.1.0"] }),
    new DeadLettered({ ...letter, runId, offset: 1_000_000 }),
    new DeadLettered({ ...letter, runId: RunId.make("unknown"), offset: 1_000_001 }),
    new RunFailed({
      runId,
      causes: [],
      step: 1,
      session: 2,
      reason: "EngineError",
      detail: "out of memory",
      next: "Use less"
    }),
    new RunResumed({ runId, causes: [], session: 3, environment, drift: [] })
  ]
}

export const finishOf = ({ runId, steps }: Shape): RunFinished =>
  new RunFinished({ runId: RunId.make(runId), causes: [], steps, policyHash: policyOf(runId, steps) })
