/**
 * A run's summary, read from its log: figures from its evaluations, curves from its updates, answers from its samples.
 */
import { Effect } from "effect"
import type { Run } from "../../pipelines/runs.ts"
import type { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { choicesOf } from "./chosen-step.ts"
import { firstOf, withPast } from "./fork/past.ts"
import { baseRunOf, type RecordedRun, recordedRuns } from "./recorded.ts"
import { answersOf } from "./recorded-answers.ts"
import type { CurvePoint, PolicyFigures, RunSummary, SampleBeforeAfter, StepFigures } from "./report/summary.ts"

const samplesShown = 3

const figuresAt = ({ evaluations }: RecordedRun, step: number, { config }: Run): PolicyFigures => {
  const results = (protocol: string) =>
    evaluations.find((each) => each.step === step && each.protocol === protocol)?.results ?? []
  return {
    greedy: results("greedy"),
    sampled: results(`avg@${config.evaluation.samples}`),
    train: results(`train@${config.evaluation.samples}`)
  }
}

/** The base's figures are its own run's, but for those on this run's examples. */
const baseFigures = (recorded: RecordedRun, base: RecordedRun, run: Run): PolicyFigures => ({
  ...figuresAt(base, 0, run),
  train: figuresAt(recorded, 0, run).train
})

const curveOf = (evaluations: RecordedRun["evaluations"]): ReadonlyArray<CurvePoint> =>
  evaluations
    .filter(({ protocol }) => protocol === "greedy")
    .map(({ results, step }) => ({ step, accuracy: results[0].accuracy, low: results[0].low, high: results[0].high }))
    .sort((a, b) => a.step - b.step)

const trainingOf = ({ policies }: RecordedRun): ReadonlyArray<StepFigures> =>
  policies
    .map(({ metrics, step }) => ({
      step,
      rewardMean: metrics.rewardMean,
      entropy: metrics.entropy,
      kl: metrics.kl,
      gradientNorm: metrics.gradientNorm,
      responseLength: metrics.responseLength,
      zeroSignalGroups: metrics.zeroSignalGroups,
      tokens: metrics.tokens
    }))
    .sort((a, b) => a.step - b.step)

/** Greedy answers of these steps, by step and problem. */
const greedyAnswers = (recorded: RecordedRun, steps: ReadonlySet<number>) =>
  Effect.map(
    answersOf(recorded, (answer) => (answer.protocol === "greedy" && steps.has(answer.step) ? answer : null)),
    (answers) => new Map(answers.map((answer) => [`${answer.step} ${answer.problemId}`, answer]))
  )

/** The first problems that training turned from wrong to right, one a family; then whatever comes first. */
const samplesOf = (
  run: Run,
  steps: number,
  answers: ReadonlyMap<string, EvaluationSampled>
): ReadonlyArray<SampleBeforeAfter> => {
  const pairs = run.heldOut.flatMap((question) => {
    const before = answers.get(`0 ${question.id}`)
    const after = answers.get(`${steps} ${question.id}`)
    return before === undefined || after === undefined ? [] : [{ question, before, after }]
  })
  const turned = pairs.filter(({ after, before }) => before.verdict !== "correct" && after.verdict === "correct")
  const families = new Set<string>()
  const firsts = turned.filter(({ question }) => !families.has(question.family) && families.add(question.family))
  const chosen = [...new Set([...firsts, ...turned, ...pairs])].slice(0, samplesShown)
  return chosen.map(({ after, before, question }) => ({
    problemId: question.id,
    problem: question.text,
    answer: question.answer,
    before: { text: before.text, verdict: before.verdict },
    after: { text: after.text, verdict: after.verdict }
  }))
}

/** The summary of what is recorded of a run so far: after its last update, finished or not. */
export const summaryOf = Effect.fn("summary.of")(function* (own: RecordedRun, run: Run) {
  const { started } = own
  const { baseRun } = run.config.evaluation
  const isAlone = run.config.fork === undefined && baseRun === undefined
  const runs = isAlone ? [own] : yield* recordedRuns()
  const recorded = yield* withPast(own, runs)
  const last = recorded.policies.reduce((best, each) => (each.step > best.step ? each : best), {
    step: started.firstStep,
    policyHash: started.firstPolicyHash
  })
  const base = baseRun === undefined ? yield* firstOf(own, runs) : yield* baseRunOf(own, runs)
  const before = base === own ? [] : yield* greedyAnswers(base, new Set([0]))
  const answers = new Map([...before, ...(yield* greedyAnswers(recorded, new Set([0, last.step])))])
  const ofBase = baseRun === undefined || base === own ? [] : base.evaluations.filter(({ step }) => step === 0)
  const environment = Object.entries(started.environment).map(([name, value]) => [name, String(value)])
  const summary: RunSummary = {
    runId: run.runId,
    config: run.config,
    steps: last.step,
    base: baseFigures(recorded, base, run),
    trained: figuresAt(recorded, last.step, run),
    curve: curveOf([...ofBase, ...recorded.evaluations]),
    chosen: yield* choicesOf(recorded, run.config),
    training: trainingOf(recorded),
    samples: samplesOf(run, last.step, answers),
    weightsSha256: last.policyHash,
    hashes: {
      config: started.configHash,
      data: started.dataHash,
      tokenizer: started.tokenizerHash,
      base: started.baseHash,
      trained: last.policyHash
    },
    environment: Object.fromEntries(environment),
    codeVersion: started.codeVersion
  }
  return summary
})
