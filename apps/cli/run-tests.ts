/**
 * The benchmarks and the validation set that a run's policies sit, put into its configuration before it starts.
 */
import { Effect } from "effect"
import { EvaluationConfig } from "../../schemas/evaluation-config.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import type { Base } from "./base.ts"
import type { BenchmarkFlags } from "./benchmark-flags.ts"
import { type BenchmarkChoice, benchmarkTests, type MadeTest } from "./benchmark-tests.ts"
import { questionsOf } from "./embedded.ts"
import { OptionsConflict } from "./generate-prompt.ts"
import { ownValidation } from "./own-validation.ts"
import { isMiniature } from "./presets.ts"
import { checkCount } from "./ranges.ts"

/** A test with the sheet of its problems. */
export type SheetTest = Pick<MadeTest, "test" | "sheet">

const isAsked = ({ validation }: BenchmarkFlags): boolean => validation !== null && validation !== "none"

/** Refuses flags that say how sets are sat which nobody named. */
const checkFlags = Effect.fn("runTests.checkFlags")(function* (flags: BenchmarkFlags) {
  const { benchmarkData, benchmarkLimit, benchmarkProtocol, benchmarks, benchmarksAt, validationProtocol } = flags
  yield* checkCount("--benchmark-limit", benchmarkLimit ?? 1)
  const idle = [
    ["--benchmark-protocol", benchmarkProtocol, benchmarks !== null, "--benchmarks"],
    ["--benchmark-limit", benchmarkLimit, benchmarks !== null, "--benchmarks"],
    ["--benchmarks-at", benchmarksAt, benchmarks !== null, "--benchmarks"],
    ["--benchmark-data", benchmarkData, benchmarks !== null || isAsked(flags), "--benchmarks or --validation"],
    ["--validation-protocol", validationProtocol, isAsked(flags), "--validation"]
  ] as const
  for (const [flag, given, isOfUse, sets] of idle)
    if (given !== null && !isOfUse)
      return yield* new OptionsConflict({ reason: `${flag} says how sets are sat; name them with ${sets}` })
})

/** What is trained on and what is reported, as texts, to keep a validation set clear of them. */
const knownTexts = Effect.fn("runTests.knownTexts")(function* (
  config: RunConfig,
  base: Base,
  reported: ReadonlyArray<MadeTest>
) {
  const { context = "" } = config.evaluation
  const { examples, heldOut } = yield* questionsOf(config, base)
  const tested = [
    ...heldOut.map(({ text }) => text.slice(context.length)),
    ...reported.flatMap(({ benchmark }) => benchmark.problems.map(({ problem }) => problem))
  ]
  return { trained: examples.map(({ text }) => text), tested }
})

/** Refuses to choose by what is reported: that is best-on-test, and has no need of a validation set. */
const checkApart = Effect.fn("runTests.checkApart")(function* (
  validation: ReadonlyArray<MadeTest>,
  tested: ReadonlyArray<string>
) {
  const reported = new Set(tested.map((text) => text.trim()))
  for (const { benchmark } of validation) {
    const shared = benchmark.problems.filter(({ problem }) => reported.has(problem.trim()))
    if (shared.length > 0)
      return yield* new OptionsConflict({
        reason: `--validation ${benchmark.name} has ${shared.length} of the problems that are reported, ${shared[0].id} first; choosing by them is best-on-test, which needs no --validation. Name another set`
      })
  }
})

/** Refuses two tests of one name, which events could not tell apart. */
const checkNames = Effect.fn("runTests.checkNames")(function* (tests: ReadonlyArray<SheetTest>) {
  const names = new Set<string>()
  for (const { test } of tests) {
    if (names.has(test.test))
      return yield* new OptionsConflict({ reason: `two sets are called ${test.test}; rename the file of one of them` })
    names.add(test.test)
  }
})

/** Where an answer's length was asked for, it is that of every answer of the run. */
const overridesOf = (maxTokens: number | undefined): BenchmarkChoice["overrides"] =>
  maxTokens === undefined ? {} : { maxTokens }

const madeTests = Effect.fn("runTests.made")(function* (
  flags: BenchmarkFlags,
  maxTokens: number | undefined,
  { evaluation: { problemsPerFamily: perFamily, testSeed }, preset }: RunConfig,
  base: Base
) {
  const how = { overrides: overridesOf(maxTokens), dataDir: flags.benchmarkData, testSeed, perFamily, shots: null }
  const { benchmarkLimit: limit, benchmarkProtocol, benchmarks, benchmarksAt, validation, validationProtocol } = flags
  const asReported = (sets: string): BenchmarkChoice => ({
    ...how,
    ...{ sets, protocol: benchmarkProtocol ?? (isMiniature(preset) ? "greedy" : "paper") },
    ...{ limit, role: "test", at: benchmarksAt ?? "every" }
  })
  const asValidation = (sets: string): BenchmarkChoice => ({
    ...how,
    ...{ sets, protocol: validationProtocol ?? "greedy", limit: null, role: "validation", at: "every" }
  })
  return {
    reported: benchmarks === null ? [] : yield* benchmarkTests(asReported(benchmarks), base),
    chosenBy: validation === null || validation === "none" ? [] : yield* benchmarkTests(asValidation(validation), base)
  }
})

/**
 * The configuration with every test that was asked for, and their sheets, which must be stored before the run starts.
 * Fails with OptionsConflict, OptionOutOfRange, and as `benchmarkTests` does.
 *
 * @param maxTokens new tokens of every answer, where a flag says so
 */
export const withTests = Effect.fn("runTests.with")(function* (
  config: RunConfig,
  flags: BenchmarkFlags,
  maxTokens: number | undefined,
  base: Base
) {
  yield* checkFlags(flags)
  const { chosenBy, reported } = yield* madeTests(flags, maxTokens, config, base)
  const { tested, trained } = yield* knownTexts(config, base, reported)
  yield* checkApart(chosenBy, tested)
  const lines = new Set([...tested, ...trained].map((text) => `${text.trim()}\n`))
  const own = flags.validation === null ? yield* ownValidation(config, base, lines) : []
  const tests: ReadonlyArray<SheetTest> = [...reported, ...chosenBy, ...own]
  yield* checkNames(tests)
  if (tests.length === 0) return { config, tests }
  const evaluation = new EvaluationConfig({ ...config.evaluation, benchmarks: tests.map(({ test }) => test) })
  return { config: new RunConfig({ ...config, evaluation }), tests }
})
