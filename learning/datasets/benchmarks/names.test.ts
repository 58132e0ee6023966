import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { load } from "./benchmarks.fixture.ts"
import { catalogue } from "./catalogue.ts"
import { benchmarkNames, expandNames, nameOfFile } from "./names.ts"

describe("the names", () => {
  it.effect("given one that is none, then the nearest and all there are", () =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(load("math50"))
      assert.deepInclude(refused, { _tag: "UnknownBenchmark", name: "math50", nearest: "math500" })
      for (const name of benchmarkNames) assert.include(refused.message, name)
    })
  )

  it.each([
    ["math500", "MATH500, MATH-500, math_500, Math 500"],
    ["aime24", "AIME24, aime_2024, AIME 2024, aime-24"],
    ["aime25", "AIME25, aime_2025, aime2025"],
    ["amc23", "AMC23, AMC 2023, amc"],
    ["minerva_math", "Minerva Math, MinervaMath, minerva-math, minerva"],
    ["olympiadbench", "OlympiadBench, Olympiad Bench, olympiad_bench, olympiad"],
    ["gsm8k", "GSM8K, gsm-8k"],
    ["arc_easy", "ARC-Easy, arc easy, ARCEasy, arc_e"],
    ["arc_challenge", "ARC-Challenge, Arc Challenge, arc-c"]
  ])("given %s written as %s, then it is meant", (name, spellings) => {
    for (const spelling of spellings.split(",")) assert.deepStrictEqual(expandNames([spelling]), [name], spelling)
  })

  it("given names in any spelling, then each benchmark once; paths stay", () => {
    assert.deepStrictEqual(
      expandNames(["MATH-500", "math_500", "Arc-E", "gsm8k", "./My.jsonl", "./My.jsonl", "none", "two", "miniature"]),
      ["math500", "arc_easy", "gsm8k", "./My.jsonl", "none", "two", "chain", "prec", "eq", "word", "seq"]
    )
    assert.deepStrictEqual(
      benchmarkNames.slice(0, 9),
      catalogue.map(({ name }) => name)
    )
    assert.lengthOf(new Set([...benchmarkNames, ...expandNames(["miniature"])]), 15)
  })
})

describe("the name that a file gives", () => {
  it.each([
    ["data/My Set-00000-of-00001.parquet", "my_set"],
    ["/a/b/Minerva Math.JSONL", "minerva_math"],
    ["_x.jsonl", "x"],
    ["-.jsonl", "set"],
    ["Задачи.jsonl", "set"],
    [`${"long".repeat(30)}.jsonl`, "long".repeat(9)]
  ])("given %s, then %s, which events can bear", (path, name) => {
    assert.strictEqual(nameOfFile(path), name)
    assert.match(`${name}_own_first100000.avg@1024`, /^[a-z0-9][a-z0-9@._-]{0,63}$/)
  })
})
