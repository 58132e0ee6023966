import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { smallRun } from "../../pipelines/small-run.fixture.ts"
import { layerMemory } from "../../platform/log/memory.ts"
import { EvaluationCompleted } from "../../schemas/evaluation-completed.ts"
import { type BenchmarkTest, EvaluationConfig } from "../../schemas/evaluation-config.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { PolicyUpdated } from "../../schemas/policy-updated.ts"
import { choicesOf, stepNamed } from "./chosen-step.ts"
import type { RecordedRun } from "./recorded.ts"

const sat = (step: number, protocol: string, accuracy: number) => {
  const [result] = goldenEvents.EvaluationCompleted.results
  return new EvaluationCompleted({
    ...goldenEvents.EvaluationCompleted,
    ...{ step, protocol, results: [{ ...result, group: "all", accuracy }] }
  })
}

const recorded = (evaluations: ReadonlyArray<EvaluationCompleted>): RecordedRun => ({
  started: goldenEvents.RunStarted,
  startedAt: 0,
  policies: [1, 2, 3, 4].map((step) => new PolicyUpdated({ ...goldenEvents.PolicyUpdated, step })),
  critics: [],
  evaluations,
  finished: true,
  paused: false,
  failed: false,
  cancelled: false,
  sessions: 1
})

const validation: BenchmarkTest = {
  ...{ test: "validation", set: "validation", protocol: "greedy", sheet: "a".repeat(64), count: 4, temperature: 0 },
  ...{ samples: 1, maxTokens: 8, grader: "exact", role: "validation", at: "every" }
}
const { config: without } = smallRun()
const { config } = smallRun({ evaluation: new EvaluationConfig({ ...without.evaluation, benchmarks: [validation] }) })

const run = recorded([
  ...[sat(0, "validation", 0.1), sat(2, "validation", 0.6), sat(4, "validation", 0.5)],
  ...[sat(0, "greedy", 0.1), sat(2, "greedy", 0.4), sat(4, "greedy", 0.7)]
])
const { runId } = run.started

const named = (name: string, of = config, judged = run) => stepNamed(judged, of, name).pipe(Effect.provide(layerMemory))

describe("a step by name", () => {
  it.effect.each([
    ["0", 0],
    ["3", 3],
    ["last", 4],
    ["chosen", 2],
    ["best-on-test", 4]
  ] as const)("given %s, then step %d", ([name, step]) =>
    Effect.map(named(name), (found) => assert.strictEqual(found, step))
  )

  it.effect.each([
    ["5", "StepNotStored", `run ${runId} has no policy after 5 updates; it has those from 0 to 4`],
    ["-1", "StepUnknown", 'there is no step "-1"; give a number of updates, or chosen, best-on-test, last'],
    ["2.5", "StepUnknown", "give a number of updates"],
    ["best", "StepUnknown", 'there is no step "best"']
  ] as const)("given %s, then %s", ([name, tag, said]) =>
    Effect.map(Effect.flip(named(name)), (failure) => {
      assert.strictEqual(failure._tag, tag)
      assert.include(failure.message, said)
    })
  )

  it.effect("given chosen and no validation set, then it is refused with what there is in its place", () =>
    Effect.map(Effect.flip(named("chosen", without)), (failure) => {
      assert.strictEqual(failure._tag, "NoValidation")
      assert.include(failure.message, "name one with --validation")
      assert.include(failure.message, "take best-on-test, which is what the paper reports")
    })
  )

  it.effect("given a test that nobody has sat yet, or no test at all, then it says so", () =>
    Effect.gen(function* () {
      const early = yield* Effect.flip(named("chosen", config, recorded([])))
      assert.include(early.message, `no policy of run ${runId} has sat validation yet; go on with: onefold resume`)
      const untested = new EvaluationConfig({ ...without.evaluation, problems: [] })
      const never = yield* Effect.flip(named("best-on-test", smallRun({ evaluation: untested }).config, recorded([])))
      assert.include(never.message, "sits no test to compare its policies by")
    })
  )
})

describe("what a run's evaluations speak for", () => {
  it.effect("is one checkpoint by validation and one by the tests; without a validation set none by it", () =>
    Effect.gen(function* () {
      const { bestOnTest, validation } = yield* choicesOf(run, config)
      assert.deepStrictEqual([validation?.step, bestOnTest?.step], [2, 4])
      assert.isNull((yield* choicesOf(run, without)).validation)
    }).pipe(Effect.provide(layerMemory))
  )
})
