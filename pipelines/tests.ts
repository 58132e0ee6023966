/**
 * The tests that a run's policies sit: which questions, how often, how warm, judged by whom, and when.
 *
 * Two ask the held-out problems and one the training examples; the others are benchmarks of the configuration.
 */
import type { Protocol } from "../schemas/ids.ts"
import type { RunConfig } from "../schemas/run-config.ts"
import type { Benchmark, Question, Run } from "./runs.ts"

export interface Test {
  /** Its name in events says what is measured. */
  readonly name: Protocol
  readonly questions: ReadonlyArray<Question>
  /** 0 is greedy. */
  readonly temperature: number
  readonly topP: number
  /** Answers to each question. */
  readonly samples: number
  /** New tokens at most, where the model has room for them. */
  readonly maxTokens: number
  /** Texts that end an answer beside the model's own ends. */
  readonly stop: ReadonlyArray<string>
  readonly grader: NonNullable<RunConfig["grader"]>
  /** Where our own grader looks for an answer: as in training in a box only, or as other graders do. */
  readonly where: "box" | "anywhere"
  /** Whether the policy of this step sits it. */
  readonly isAt: (step: number) => boolean
}

/** What tests follow from. */
export type Sat = Pick<Run, "config" | "examples" | "heldOut" | "benchmarks">

const isEnd = (step: number, { steps }: RunConfig): boolean => step === 0 || step === steps

const isEvery = (step: number, config: RunConfig): boolean =>
  isEnd(step, config) || step % config.evaluation.everySteps === 0

/**
 * Greedy answers draw the curve; base and final policy are also sampled, on held-out problems and on the example. Where
 * another run has asked the base the held-out problems, it is not asked the same again.
 */
const ownTests = ({ config, examples, heldOut }: Sat): ReadonlyArray<Test> => {
  const { baseRun, maxTokens, samples, temperature } = config.evaluation
  const isAsked = (step: number): boolean => step > 0 || baseRun === undefined
  const own = { topP: 1, maxTokens, stop: [], grader: config.grader ?? "exact", where: "box" } as const
  const sampled = { ...own, temperature, samples }
  return [
    {
      ...own,
      name: "greedy",
      questions: heldOut,
      temperature: 0,
      samples: 1,
      isAt: (step) => isEvery(step, config) && isAsked(step)
    },
    {
      ...sampled,
      name: `avg@${samples}`,
      questions: heldOut,
      isAt: (step) => isEnd(step, config) && isAsked(step)
    },
    { ...sampled, name: `train@${samples}`, questions: examples, isAt: (step) => isEnd(step, config) }
  ]
}

const benchmarkTest = ({ questions, settings }: Benchmark, config: RunConfig): Test => {
  const { at, grader, maxTokens, samples, stop = [], temperature, test, topP = 1, where } = settings
  const isAt = at === "every" ? isEvery : isEnd
  const how = { temperature, topP, samples, maxTokens, stop, grader, where: where ?? "anywhere" }
  return { ...how, name: test, questions, isAt: (step) => isAt(step, config) }
}

/** Every test of a run that has questions. */
export const testsOf = (run: Sat): ReadonlyArray<Test> =>
  [...ownTests(run), ...run.benchmarks.map((benchmark) => benchmarkTest(benchmark, run.config))].filter(
    ({ questions }) => questions.length > 0
  )

/** The tests that the policy of a step sits; up to where a run forks another, that one's policies have sat them. */
export const testsAt = (step: number, run: Sat): ReadonlyArray<Test> =>
  run.config.fork !== undefined && step <= run.config.fork.step ? [] : testsOf(run).filter(({ isAt }) => isAt(step))
