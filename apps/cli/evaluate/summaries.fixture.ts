/**
 * A made-up evaluation: figures of outcomes that are written here.
 */
import { averageOf } from "../../../learning/evaluation/average.ts"
import type { ProblemOutcome } from "../../../learning/evaluation/outcome.ts"
import { resultsOf } from "../../../pipelines/evaluate/figures-of-test.ts"
import type { BenchmarkTest } from "../../../schemas/evaluation-config.ts"
import type { EvaluationSummary } from "./summary.ts"

export const testNamed = (set: string, fields: Partial<BenchmarkTest> = {}): BenchmarkTest => ({
  test: `${set}.paper`,
  set,
  protocol: "paper",
  sheet: "a".repeat(64),
  count: 2,
  temperature: 0,
  samples: 1,
  maxTokens: 64,
  grader: "exact",
  role: "test",
  at: "ends",
  ...fields
})

/** Each set with its outcomes; one without is not through. */
export const summaryWith = (sets: Readonly<Record<string, ReadonlyArray<ProblemOutcome>>>): EvaluationSummary => {
  const tests = Object.entries(sets).map(([set, outcomes]) => {
    const samples = outcomes[0]?.answers.length ?? 1
    return { test: testNamed(set, { count: Math.max(1, outcomes.length), samples }), results: resultsOf(outcomes, 1) }
  })
  const all = Object.values(sets)
  return {
    runId: "eval-miniature-00000000",
    model: { name: "miniature", hash: "b".repeat(64) },
    policyHash: "c".repeat(64),
    tests,
    average: all.length > 1 && all.every(({ length }) => length > 0) ? averageOf(all, { seed: 1 }) : null
  }
}
