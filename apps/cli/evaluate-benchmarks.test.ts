/** Published benchmarks, and small checkpoints of the families that language models have, end to end. */
import { existsSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { onefold, scratchFolder } from "./spawned.fixture.ts"

const shared = (path: string): string => fileURLToPath(new URL(`../../../shared/${path}`, import.meta.url))
const [benchmarks, models] = [shared("data/benchmarks"), shared("golden/models")]
const isThere = existsSync(benchmarks) && existsSync(models)
if (!isThere) process.stderr.write("SKIPPED: evaluations of published benchmarks: their files are not here\n")

const scratch = scratchFolder()
const evaluate = async (...args: ReadonlyArray<string>) => {
  const ended = await onefold([
    "evaluate",
    "--data",
    benchmarks,
    "--json",
    "--data-dir",
    join(scratch, "data"),
    ...args
  ])
  assert.strictEqual(ended.code, 0, ended.stderr)
  return JSON.parse(ended.lines.at(-1) ?? "")
}

describe.skipIf(!isThere)("a checkpoint on published benchmarks", () => {
  it.each(["qwen2-tied", "llama-rope3-tied"])("%s sits MATH-500 by the paper's protocol, greedily", async (name) => {
    const model = join(models, name)
    const told = await evaluate(
      "--model",
      model,
      "--sets",
      "math500",
      "--protocol",
      "paper",
      "--limit",
      "2",
      "--max-tokens",
      "8"
    )
    assert.deepInclude(told, { model, protocol: "paper", average: null })
    const [{ figures, ...test }] = told.tests
    assert.deepInclude(test, {
      test: "math500_first2.paper",
      set: "math500[:2]",
      problems: 2,
      samplesPerProblem: 1,
      temperature: 0,
      maxTokens: 8,
      grader: "qwen"
    })
    assert.isAtMost(figures.find(({ metric }: { readonly metric: string }) => metric === "responseLength").value, 8)
  })

  it("AIME24 is sampled, as often as is asked, and averaged with MATH-500", async () => {
    const told = await evaluate(
      ...["--model", join(models, "qwen2-tied"), "--sets", "AIME-24,math_500", "--protocol", "paper"],
      ...["--limit", "1", "--samples", "3", "--temperature", "0.6", "--max-tokens", "4", "--slots", "2"]
    )
    assert.deepStrictEqual(
      told.tests.map(({ samplesPerProblem, set, temperature }: Readonly<Record<string, unknown>>) => [
        set,
        samplesPerProblem,
        temperature
      ]),
      [
        ["aime24[:1]", 3, 0.6],
        ["math500[:1]", 3, 0.6]
      ]
    )
    assert.strictEqual(told.average.metric, "average")
  })
})
