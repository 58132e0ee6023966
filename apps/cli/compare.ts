/**
 * `onefold compare A B`: two recorded policies on the tests that both have sat, problem by problem. It reads the log and
 * generates nothing.
 */
import { Effect, Schema } from "effect"
import type { ProblemOutcome } from "../../learning/evaluation/outcome.ts"
import { outcomeOf, outcomesOf } from "../../pipelines/evaluate/figures-of-test.ts"
import { stepNamed } from "./chosen-step.ts"
import { comparisonLines, type Pair, tellComparison } from "./compare/told.ts"
import { existingDataFolder } from "./data-folder.ts"
import { folderLog } from "./folder-log.ts"
import { configOfRun, findRun, type RecordedRun } from "./recorded.ts"
import { answersOf } from "./recorded-answers.ts"

/** No test was sat by both. */
export class NothingToCompare extends Schema.TaggedError<NothingToCompare>()("NothingToCompare", {
  detail: Schema.String
}) {
  override get message(): string {
    return this.detail
  }
}

interface Side {
  readonly name: string
  readonly recorded: RecordedRun
  readonly step: number
  /** Tests that its policy has been through: the run's own by name, then benchmarks in the configuration's order. */
  readonly tests: ReadonlyArray<string>
}

const typedForm = /^(.+?)(?:@([a-z0-9-]{1,20}))?$/

/** Without a step it is the newest policy that sat the test, or any where none is asked for. */
const stepOf = ({ evaluations }: RecordedRun, test: string | null): number =>
  evaluations.reduce(
    (newest, { protocol, step }) => ((test ?? protocol) === protocol ? Math.max(newest, step) : newest),
    0
  )

const sideOf = Effect.fn("compare.side")(function* (typed: string, test: string | null) {
  const [, run = typed, at] = typedForm.exec(typed) ?? []
  const recorded = yield* findRun(run)
  const config = yield* configOfRun(recorded)
  const step = yield* stepNamed(recorded, config, at ?? String(stepOf(recorded, test)))
  const { benchmarks = [] } = config.evaluation
  const placeOf = (name: string): number => benchmarks.findIndex((each) => each.test === name)
  const sat = recorded.evaluations.filter((each) => each.step === step).map(({ protocol }) => String(protocol))
  const side: Side = {
    name: `${recorded.started.runId}@${step}`,
    recorded,
    step,
    tests: sat.toSorted((x, y) => placeOf(x) - placeOf(y) || (x < y ? -1 : 1))
  }
  return side
})

const namesOf = ({ name, tests }: Side): string => `${name} has sat ${tests.length === 0 ? "none" : tests.join(", ")}`

const sharedTests = Effect.fn("compare.sharedTests")(function* (a: Side, b: Side, test: string | null) {
  const shared = a.tests.filter((each) => b.tests.includes(each) && (test === null || test === each))
  if (shared.length > 0) return shared
  const what = test === null ? "no test was sat by both" : `not both have sat ${test}`
  return yield* new NothingToCompare({ detail: `${what}: ${namesOf(a)}; ${namesOf(b)}` })
})

/** The outcomes of these tests, by test; groups are not needed to pair problems. */
const outcomesOfSide = Effect.fn("compare.outcomes")(function* (
  { recorded, step }: Side,
  tests: ReadonlyArray<string>
) {
  const wanted = new Set(tests)
  const answers = yield* answersOf(recorded, (answer) =>
    answer.step === step && wanted.has(answer.protocol)
      ? {
          test: answer.protocol,
          placed: { problemId: answer.problemId, sampleIndex: answer.sampleIndex, outcome: outcomeOf(answer) }
        }
      : null
  )
  const byTest = Map.groupBy(answers, ({ test }) => test)
  return (test: string): ReadonlyArray<ProblemOutcome> => {
    const placed = (byTest.get(test) ?? []).map((each) => each.placed)
    const ids = new Set(placed.map(({ problemId }) => problemId))
    return outcomesOf(
      [...ids].map((id) => ({ id, family: test })),
      placed
    )
  }
})

export const compare = Effect.fn("compare")(function* (options: {
  /** RUN or RUN@STEP each. */
  readonly a: string
  readonly b: string
  /** Null: every test that both have sat. */
  readonly test: string | null
  readonly dataDir: string
  readonly json: boolean
}) {
  const { dataDir, json, test } = options
  const folder = yield* existingDataFolder(dataDir)
  yield* Effect.gen(function* () {
    const [a, b] = [yield* sideOf(options.a, test), yield* sideOf(options.b, test)]
    const tests = yield* sharedTests(a, b, test)
    const { benchmarks = [], testSeed: seed } = (yield* configOfRun(a.recorded)).evaluation
    const [ofA, ofB] = [yield* outcomesOfSide(a, tests), yield* outcomesOfSide(b, tests)]
    const pairs = tests.map((name): Pair => {
      const set = benchmarks.find((each) => each.test === name)?.set ?? "held-out"
      return { test: name, set, a: ofA(name), b: ofB(name) }
    })
    yield* tellComparison(yield* comparisonLines({ a: a.name, b: b.name, pairs, seed }), json)
  }).pipe(Effect.provide(folderLog(folder)))
})
