/**
 * What is told of an evaluation, read from its log: each test with its figures, and their average.
 */
import { Effect } from "effect"
import { Artifacts } from "../../../learning/artifacts.ts"
import { readSheet } from "../../../learning/datasets/benchmarks/sheet.ts"
import { averageOf } from "../../../learning/evaluation/average.ts"
import type { Figure } from "../../../learning/evaluation/figures.ts"
import type { ProblemOutcome } from "../../../learning/evaluation/outcome.ts"
import { outcomeOf, outcomesOf, type PlacedOutcome } from "../../../pipelines/evaluate/figures-of-test.ts"
import type { EvaluationResult } from "../../../schemas/evaluation-completed.ts"
import type { BenchmarkTest } from "../../../schemas/evaluation-config.ts"
import type { RunConfig } from "../../../schemas/run-config.ts"
import { configOfRun, type RecordedRun } from "../recorded.ts"
import { answersOf } from "../recorded-answers.ts"

export interface TestSummary {
  readonly test: BenchmarkTest
  /** Over all problems first, then group by group; none while answers are missing. */
  readonly results: ReadonlyArray<EvaluationResult>
}

export interface EvaluationSummary {
  readonly runId: string
  readonly model: RunConfig["model"]
  /** SHA-256 of the policy that answered: weights, or an adapter. */
  readonly policyHash: string
  readonly tests: ReadonlyArray<TestSummary>
  /** Of the sets' accuracies; null where there is one set, or some are not through. */
  readonly average: Figure | null
}

/** Model and policy in words: "miniature", "mini-two-1-1@60". */
export const modelTitle = ({ name, of }: RunConfig["model"]): string =>
  of === undefined ? name : `${of.run}@${of.step}`

/** Each test's outcomes, in the order of its sheet; tests in the order of the configuration. */
export const outcomesOfTests = Effect.fn("evaluationSummary.outcomes")(function* (
  recorded: RecordedRun,
  tests: ReadonlyArray<BenchmarkTest>
) {
  const placed = Map.groupBy(
    yield* answersOf(recorded, (answer) => ({
      protocol: answer.protocol,
      placed: { problemId: answer.problemId, sampleIndex: answer.sampleIndex, outcome: outcomeOf(answer) }
    })),
    ({ protocol }) => protocol
  )
  const artifacts = yield* Artifacts
  return yield* Effect.forEach(tests, ({ sheet, test }) =>
    Effect.gen(function* () {
      const questions = (yield* readSheet(yield* artifacts.load(sheet), sheet)).map(({ group, id }) => ({
        id,
        family: group
      }))
      const own = (placed.get(test) ?? []).map((each): PlacedOutcome => each.placed)
      const outcomes: ReadonlyArray<ProblemOutcome> = outcomesOf(questions, own)
      return outcomes
    })
  )
})

/** Fails with LogError, RecordUnreadable, ArtifactUnreadable or SheetInvalid. */
export const evaluationSummary = Effect.fn("evaluationSummary")(function* (recorded: RecordedRun) {
  const config = yield* configOfRun(recorded)
  const { benchmarks = [], testSeed } = config.evaluation
  const tests = benchmarks.map(
    (test): TestSummary => ({
      test,
      results: recorded.evaluations.find(({ protocol, step }) => step === 0 && protocol === test.test)?.results ?? []
    })
  )
  const isWhole = tests.length > 1 && tests.every(({ results }) => results.length > 0)
  const summary: EvaluationSummary = {
    runId: recorded.started.runId,
    model: config.model,
    policyHash: recorded.started.firstPolicyHash,
    tests,
    average: isWhole ? averageOf(yield* outcomesOfTests(recorded, benchmarks), { seed: testSeed }) : null
  }
  return summary
})

/** The last line of `--json`: documented in docs/cli.md. */
export const evaluationFields = ({ average, model, policyHash, runId, tests }: EvaluationSummary) => ({
  type: "result",
  run: runId,
  model: model.name,
  ...(model.of === undefined ? {} : { of: model.of }),
  policy: policyHash,
  protocol: [...new Set(tests.map(({ test }) => test.protocol))].join(","),
  tests: tests.map(({ results, test }) => ({
    test: test.test,
    set: test.set,
    protocol: test.protocol,
    problems: test.count,
    samplesPerProblem: test.samples,
    temperature: test.temperature,
    maxTokens: test.maxTokens,
    grader: test.grader,
    figures: results.find(({ group }) => group === "all")?.figures ?? null,
    groups: Object.fromEntries(
      results
        .filter(({ group }) => group !== "all")
        .map(({ figures, group, problems }) => [group, { problems, figures }])
    )
  })),
  average
})
