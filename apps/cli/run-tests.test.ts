import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { readSheet } from "../../learning/datasets/benchmarks/sheet.ts"
import { example, exampleIds, problems, testProblems } from "../../learning/datasets/miniature/problems.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { loadBase, miniatureBase } from "./base.ts"
import type { BenchmarkFlags } from "./benchmark-flags.ts"
import { estimateOf } from "./plan-estimate.ts"
import { type Choices, configOf } from "./presets.ts"
import { withTests } from "./run-tests.ts"

const nothing: BenchmarkFlags = {
  ...{ benchmarks: null, benchmarkProtocol: null, benchmarkData: null, benchmarkLimit: null, benchmarksAt: null },
  ...{ validation: null, validationProtocol: null }
}

const choices: Choices = {
  preset: "smoke",
  prompts: [{ promptId: "two:1", text: example("two:1")?.prompt ?? "", answer: example("two:1")?.answer ?? "" }],
  model: { name: "miniature", hash: "0".repeat(64) },
  steps: null,
  seed: 0,
  testSeed: 2026
}

const made = (flags: Partial<BenchmarkFlags>, change: Partial<Choices> = {}, maxTokens?: number) =>
  Effect.gen(function* () {
    const base = yield* loadBase(miniatureBase)
    return yield* withTests(yield* configOf({ ...choices, ...change }), { ...nothing, ...flags }, maxTokens, base)
  })

const told = ({ config }: { readonly config: RunConfig }) =>
  config.evaluation.benchmarks?.map(({ at, count, maxTokens, role, test }) => ({ at, count, maxTokens, role, test }))

describe("what the miniature is validated on", () => {
  it.effect.each([
    ["mini", 60],
    ["smoke", 12]
  ] as const)("given the preset %s, then %d problems, greedily at every evaluation, on a sheet", ([preset, count]) =>
    Effect.gen(function* () {
      const { config, tests } = yield* made({}, { preset })
      assert.deepStrictEqual(told({ config }), [
        { at: "every", count, maxTokens: 56, role: "validation", test: "validation" }
      ])
      assert.deepStrictEqual(
        config.evaluation.benchmarks,
        tests.map(({ test }) => test)
      )
      const sheet = yield* readSheet(tests[0].sheet, tests[0].test.sheet)
      assert.lengthOf(sheet, count)
      const others = new Set([
        ...exampleIds().map((id) => example(id)?.prompt),
        ...testProblems({ seed: 2026, perFamily: 80 }).map(({ prompt }) => prompt)
      ])
      for (const { text } of sheet) assert.isFalse(others.has(text), text)
    })
  )

  it.effect("given one of them to train on, then another one stands in its place", () =>
    Effect.gen(function* () {
      const before = yield* made({})
      const [first, ...rest] = yield* readSheet(before.tests[0].sheet, "before")
      const prompts: RunConfig["prompts"] = [{ promptId: "mine", text: first.text, answer: first.answer }]
      const { tests } = yield* made({}, { prompts })
      const after = yield* readSheet(tests[0].sheet, "after")
      assert.lengthOf(after, 12)
      assert.notInclude(
        after.map(({ text }) => text),
        first.text
      )
      assert.includeMembers(
        after.map(({ text }) => text),
        rest.map(({ text }) => text)
      )
    })
  )

  it.effect("given an example in context, then it stands before each, as before the held-out problems", () =>
    Effect.gen(function* () {
      const { tests } = yield* made({}, { set: { evaluation: { context: "1+1=?\nanswer:\\boxed{2}\n" } } })
      for (const { text } of yield* readSheet(tests[0].sheet, "sheet")) assert.match(text, /^1\+1=\?\nanswer/)
      const long = { evaluation: { context: "1+1=?\n".repeat(30) } }
      const failure = yield* Effect.flip(made({}, { set: long }))
      assert.include(failure.message, "--validation none")
    })
  )

  it.effect("given none, or the preset of other models, then the configuration as it was", () =>
    Effect.gen(function* () {
      assert.isUndefined(told(yield* made({ validation: "none" })))
      assert.isUndefined(told(yield* made({}, { preset: "model" })))
    })
  )
})

describe("sets that are named", () => {
  it.effect("given benchmarks, then tests by their protocol at their time; --max-tokens holds for their answers", () =>
    Effect.gen(function* () {
      const flags = {
        benchmarks: "two, eq",
        benchmarkProtocol: "avg@4",
        benchmarkLimit: 1,
        benchmarksAt: "ends"
      } as const
      const rest = { at: "ends", count: 1, role: "test", maxTokens: 9 }
      assert.deepStrictEqual(told(yield* made({ ...flags, validation: "none" }, {}, 9)), [
        { ...rest, test: "two_first1.avg@4" },
        { ...rest, test: "eq_first1.avg@4" }
      ])
    })
  )

  it.effect("given every test, then a plan counts its answers, requests and figures", () =>
    Effect.gen(function* () {
      const sizes = { parameters: 208_448, trained: 208_448 }
      const of = (flags: Partial<BenchmarkFlags>) =>
        Effect.map(made(flags), ({ config }) => estimateOf(config, sizes).events)
      const bare = yield* of({ validation: "none" })
      assert.strictEqual(yield* of({}), bare + 3 * (12 + 1 + 1))
      const ends = { benchmarks: "two", benchmarkProtocol: "avg@4", benchmarksAt: "ends", validation: "none" } as const
      assert.strictEqual(yield* of(ends), bare + 2 * (2 * 4 + 1 + 1))
    })
  )

  it.effect.each<[Partial<BenchmarkFlags>, string]>([
    [{ benchmarkLimit: 2 }, "--benchmark-limit says how sets are sat; name them with --benchmarks"],
    [{ benchmarks: "two", benchmarkLimit: 0 }, "--benchmark-limit 0 is out of range"],
    [{ benchmarksAt: "ends" }, "--benchmarks-at says how sets are sat"],
    [{ benchmarkData: "." }, "name them with --benchmarks or --validation"],
    [{ validation: "none", validationProtocol: "greedy" }, "--validation-protocol says how sets are sat"],
    [{ validation: "eq" }, "--validation eq has 2 of the problems that are reported, test/eq/2026/0 first"],
    [{ benchmarks: "twoo" }, "twoo"],
    [{ benchmarks: "two", benchmarkProtocol: "papers" }, "papers"]
  ])("given %j, then it is refused: %s", ([flags, said]) =>
    Effect.map(Effect.flip(made(flags)), ({ message }) => assert.include(message, said))
  )

  it.effect("given one set to report and to validate on, then that is best-on-test", () =>
    Effect.gen(function* () {
      const both = { benchmarks: "two", validation: "two" }
      const problem = { id: "mine", text: problems("seq", { seed: 1, count: 1, split: "test" })[0].prompt, answer: "1" }
      const failure = yield* Effect.flip(made(both, { problems: [problem] }))
      assert.include(failure.message, "choosing by them is best-on-test, which needs no --validation")
    })
  )
})
