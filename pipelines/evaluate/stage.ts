/**
 * evaluate: EvaluationRequested -> EvaluationSampled
 *
 * A policy sits a test: each problem of the cohort is answered and graded, and every answer is kept with its tokens.
 */
import { Effect } from "effect"
import { answerIsBoxed } from "../../learning/grading/extract.ts"
import { Grader } from "../../learning/grading/grader.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { causeOf, type Delivered, type Stage } from "../../platform/stream/stage.ts"
import type { EvaluationRequested } from "../../schemas/evaluation-requested.ts"
import { EvaluationSampled } from "../../schemas/evaluation-sampled.ts"
import { Runs, UnknownQuestion } from "../runs.ts"

/** Evaluations draw from a stream of randomness of their own. */
export const evaluationStream = 2

/** One cohort for each engine worker: what a kill may cost. */
const cohortsAtOnce = 2

const sit = Effect.fn("evaluate.sit")(function* (delivered: Delivered<EvaluationRequested>) {
  const { cohort, policyHash, problemIds, protocol, runId, samplesPerProblem, step, temperature } = delivered.event
  const run = yield* (yield* Runs).of(runId)
  const engine = yield* PolicyEngine
  const grader = yield* Grader
  const questions = yield* Effect.forEach(problemIds, (id) => {
    const question = run.question(id)
    return question === undefined ? Effect.fail(new UnknownQuestion({ runId, id })) : Effect.succeed(question)
  })
  const generated = yield* engine.generate({
    weights: policyHash,
    prompts: questions.map(({ id, tokens }) => ({ promptId: id, tokens, firstSample: 0, samples: samplesPerProblem })),
    temperature,
    maxTokens: run.config.evaluation.maxTokens,
    ...(run.config.slots === undefined ? {} : { slots: run.config.slots }),
    seed: run.config.evaluation.testSeed,
    stream: evaluationStream,
    step
  })
  const answers = yield* Effect.forEach(generated, (sample) => {
    const question = run.question(sample.promptId)
    return question === undefined
      ? Effect.fail(new UnknownQuestion({ runId, id: sample.promptId }))
      : Effect.succeed({ sample, question, text: run.tokenizer.decode(sample.tokens) })
  })
  const grades = yield* grader.grade(
    answers.map(({ question, sample, text }) => ({
      id: `${sample.promptId}/${sample.sampleIndex}`,
      text,
      reference: question.answer
    }))
  )
  return answers.map(
    ({ sample, text }, i) =>
      new EvaluationSampled({
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
        extracted: grades[i].extracted,
        verdict: grades[i].verdict,
        rule: grades[i].rule,
        boxed: answerIsBoxed(text)
      })
  )
})

export const evaluate = {
  name: "evaluate",
  consumes: ["EvaluationRequested"],
  maxBatch: cohortsAtOnce,
  handle: (requests: ReadonlyArray<Delivered<EvaluationRequested>>) =>
    Effect.forEach(requests, sit, { concurrency: "unbounded" }).pipe(Effect.map((cohorts) => cohorts.flat()))
} satisfies Stage<"EvaluationRequested", unknown, PolicyEngine | Grader | Runs>
