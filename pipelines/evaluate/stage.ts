/**
 * evaluate: EvaluationRequested -> EvaluationSampled
 *
 * A policy sits a test: each problem of the cohort is answered and graded, and every answer is kept with its tokens.
 * Nothing that a model writes is ever run; where the official script would have, the answer says so.
 */
import { Effect } from "effect"
import { defaultReflectionWords, reflects } from "../../learning/evaluation/reflection.ts"
import { wouldExecute } from "../../learning/evaluation/would-execute.ts"
import { answerIsBoxed } from "../../learning/grading/extract.ts"
import { type Grade, Grader } from "../../learning/grading/grader.ts"
import { graderTitle } from "../../learning/grading/modes.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import type { Generated } from "../../learning/policy/requests.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import type { EvaluationRequested } from "../../schemas/evaluation-requested.ts"
import { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { type Run, Runs, UnknownQuestion } from "../runs.ts"
import { type Test, testsOf } from "../tests.ts"
import { type Answered, formOf, submissionOf } from "./submission.ts"

/** Evaluations draw from a stream of randomness of their own. */
export const evaluationStream = 2

/** How answers are judged, as it is recorded beside them. */
interface Judging {
  /** The grader, as name@version. */
  readonly title: string
  readonly reflectionWords: ReadonlyArray<string>
}

/** One cohort for each engine worker: what a kill may cost. */
const cohortsAtOnce = 2

/** Stop texts that the vocabulary has as one token end an answer as that token: decoded text need not show it. */
const stopsOf = Effect.fn("evaluate.stopsOf")(function* ({ stop }: Test, { tokenizer }: Run) {
  const stopTokens: Array<number> = []
  const stopStrings: Array<string> = []
  for (const text of stop) {
    const tokens = yield* tokenizer.encode(text)
    if (tokens.length === 1) stopTokens.push(tokens[0])
    else stopStrings.push(text)
  }
  return { stopTokens, stopStrings }
})

const questionsOf = Effect.fn("evaluate.questionsOf")(function* (
  test: Test,
  { problemIds, runId }: EvaluationRequested
) {
  const byId = new Map(test.questions.map((question) => [question.id, question]))
  return yield* Effect.forEach(problemIds, (id) => {
    const question = byId.get(id)
    return question === undefined ? Effect.fail(new UnknownQuestion({ runId, id })) : Effect.succeed(question)
  })
})

const testOf = Effect.fn("evaluate.testOf")(function* (run: Run, { protocol, runId }: EvaluationRequested) {
  const test = testsOf(run).find(({ name }) => name === protocol)
  return test ?? (yield* new UnknownQuestion({ runId, id: protocol }))
})

interface Answer extends Answered {
  readonly sample: Generated
}

/** The cohort's answers, as the request names them. */
const answersTo = Effect.fn("evaluate.answersTo")(function* (request: EvaluationRequested, run: Run, test: Test) {
  const { policyHash, samplesPerProblem, step, temperature } = request
  const engine = yield* PolicyEngine
  const questions = yield* questionsOf(test, request)
  const generated = yield* engine.generate({
    weights: policyHash,
    prompts: questions.map(({ id, tokens }) => ({
      ...{ promptId: id, tokens, firstSample: 0, samples: samplesPerProblem },
      maxTokens: Math.min(test.maxTokens, run.maxPositions - tokens.length)
    })),
    temperature,
    topP: test.topP,
    maxTokens: test.maxTokens,
    ...(yield* stopsOf(test, run)),
    ...(run.config.slots === undefined ? {} : { slots: run.config.slots }),
    seed: run.config.evaluation.testSeed,
    stream: evaluationStream,
    step
  })
  const byId = new Map(questions.map((question) => [question.id, question]))
  return generated.flatMap((sample): ReadonlyArray<Answer> => {
    const question = byId.get(sample.promptId)
    return question === undefined
      ? []
      : [{ sample, question, sampleIndex: sample.sampleIndex, text: run.tokenizer.decode(sample.tokens) }]
  })
})

const sampledOf = (delivered: Delivered<EvaluationRequested>, answer: Answer, grade: Grade, how: Judging) => {
  const { sample, text } = answer
  const { cohort, policyHash, protocol, runId, step } = delivered.event
  return new EvaluationSampled({
    runId,
    step,
    causes: [causeOf(delivered)],
    protocol,
    cohort,
    problemId: sample.promptId,
    sampleIndex: sample.sampleIndex,
    policyHash,
    tokens: sample.tokens,
    logProbs: sample.logProbs,
    entropies: sample.entropies,
    text,
    stop: sample.stop,
    extracted: grade.extracted,
    verdict: grade.verdict,
    rule: grade.rule,
    boxed: answerIsBoxed(text),
    grader: how.title,
    form: formOf(answer.question, grade),
    reflects: reflects(text, how.reflectionWords),
    wouldExecute: wouldExecute(text)
  })
}

const sit = Effect.fn("evaluate.sit")(function* (delivered: Delivered<EvaluationRequested>) {
  const request = delivered.event
  const run = yield* (yield* Runs).of(request.runId)
  const test = yield* testOf(run, request)
  const answers = yield* answersTo(request, run, test)
  const grades = yield* (yield* Grader).grade(answers.map((answer) => submissionOf(answer, test)))
  const how: Judging = {
    title: graderTitle(test.grader),
    reflectionWords: run.config.evaluation.reflectionWords ?? defaultReflectionWords
  }
  return answers.map((answer, i) => sampledOf(delivered, answer, grades[i], how))
})

export const evaluate = {
  name: "evaluate",
  consumes: ["EvaluationRequested"],
  maxBatch: cohortsAtOnce,
  handle: (requests: ReadonlyArray<Delivered<EvaluationRequested>>) =>
    Effect.forEach(requests, sit, { concurrency: "unbounded" }).pipe(Effect.map((cohorts) => cohorts.flat()))
} satisfies Stage<"EvaluationRequested", unknown, PolicyEngine | Grader | Runs>
