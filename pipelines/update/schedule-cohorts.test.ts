/** How what a step asks for is cut into cohorts, of rollouts and of tests. */
import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { play, runId } from "../../platform/stream/events.fixture.ts"
import type { OnefoldEvent } from "../../schemas/catalogue.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { RunStarted } from "../../schemas/run-started.ts"
import type { Run } from "../runs.ts"
import { baseHash, knowing, smallRun } from "../small-run.fixture.ts"
import { schedule } from "./schedule.ts"

const run = smallRun()
const started = new RunStarted({ ...goldenEvents.RunStarted, runId, baseHash })

/** What the schedule writes when a run starts. */
const asked = (of: Run): Effect.Effect<ReadonlyArray<OnefoldEvent>, unknown> =>
  Effect.map(play(schedule, [started]), ({ outputs }) => outputs).pipe(Effect.provide(knowing(of)))

const rolloutsOf = (events: ReadonlyArray<OnefoldEvent>) => events.filter((event) => event._tag === "RolloutRequested")
const testsOf = (events: ReadonlyArray<OnefoldEvent>) => events.filter((event) => event._tag === "EvaluationRequested")

describe("the cohorts of a step", () => {
  it.effect.prop(
    "given any sizes, then the cohorts hold every sample of every example once, in order and of like size",
    {
      copies: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 20 })),
      groupSize: Schema.Int.check(Schema.isBetween({ minimum: 2, maximum: 9 })),
      spread: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 200 }))
    },
    ({ copies, groupSize, spread }) =>
      Effect.gen(function* () {
        const cohorts = 1 + (spread % (copies * groupSize))
        const requests = rolloutsOf(yield* asked(smallRun({ cohorts, copies, groupSize })))
        assert.lengthOf(requests, cohorts)
        assert.deepStrictEqual(
          requests.map(({ cohort }) => cohort),
          requests.map((_, i) => i)
        )
        for (const { id } of run.examples) {
          const parts = requests.flatMap(({ prompts }) => prompts.filter(({ promptId }) => promptId === id))
          const samples = parts.flatMap(({ firstSample, samples }) =>
            Array.from({ length: samples }, (_, i) => firstSample + i)
          )
          assert.deepStrictEqual(
            samples,
            Array.from({ length: copies * groupSize }, (_, i) => i)
          )
          const sizes = parts.map(({ samples }) => samples)
          assert.isAtMost(Math.max(...sizes) - Math.min(...sizes), 1)
        }
      })
  )

  it.effect.prop(
    "given any number of problems and samples, then the tests' cohorts hold every problem once, and few enough rows",
    {
      problems: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 500 })),
      samples: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 300 }))
    },
    ({ problems, samples }) =>
      Effect.gen(function* () {
        const heldOut = Array.from({ length: problems }, (_, i) => ({ ...run.heldOut[0], id: `test/${i}` }))
        const of = { ...smallRun({ evaluation: { ...run.config.evaluation, samples } }), heldOut }
        const tests = testsOf(yield* asked(of))
        for (const protocol of ["greedy", `avg@${samples}`]) {
          const cohorts = tests.filter((test) => test.protocol === protocol)
          assert.deepStrictEqual(
            cohorts.flatMap(({ problemIds }) => problemIds),
            heldOut.map(({ id }) => id)
          )
          for (const [i, test] of cohorts.entries()) {
            assert.deepInclude(test, { cohort: i, cohorts: cohorts.length })
            const rows = test.problemIds.length * test.samplesPerProblem
            assert.isTrue(rows <= 240 || test.problemIds.length === 1, `${rows} rows`)
          }
        }
      }),
    { arbitrary: { runs: 12 } }
  )

  it.effect("given how many rows an evaluation may have, then no cohort has more", () =>
    Effect.gen(function* () {
      const heldOut = Array.from({ length: 7 }, (_, i) => ({ ...run.heldOut[0], id: `test/${i}` }))
      const of = { ...smallRun({ evaluation: { ...run.config.evaluation, rows: 4 } }), heldOut }
      const tests = testsOf(yield* asked(of)).filter(({ protocol }) => protocol === "avg@2")
      assert.deepStrictEqual(
        tests.map(({ problemIds }) => problemIds.length),
        [2, 2, 2, 1]
      )
    })
  )
})
