import { assert, describe, it } from "@effect/vitest"
import { comparisonText, ratios } from "./comparison.ts"
import type { ToolLine } from "./tool-line.ts"
import type { ToolName } from "./tools.ts"

const line = (tool: string, wall_s: ToolLine["wall_s"], peak_rss_gb: number): ToolLine => ({
  ...{ tool, job: "mini", threads: 1, rollout_tokens: 100, wall_s, cpu_s: wall_s, cpu_min_s: wall_s },
  ...{ tok_per_s_generate: 1, peak_rss_gb }
})

/** Three rounds, in the middle one of which the machine was busy while we ran. */
const rounds = new Map<ToolName, ReadonlyArray<ToolLine>>([
  [
    "onefold",
    [1, 4, 2].map((slow) => line("onefold", { generate: slow, reference: slow, train: 2 * slow, step: 4 * slow }, 2))
  ],
  [
    "torch_loop",
    [3, 3, 3].map((slow) => line("torch_loop", { generate: slow, reference: slow, train: slow, step: 3 * slow }, 1))
  ],
  ["trl", [8, 9, 10].map((slow) => line("trl", { generate: 1, reference_other: 2, train: 3, step: slow }, 3))]
])

describe("the comparison with peers", () => {
  it("given rounds of each tool, then its ratios are of medians, and their range is that of the rounds", () => {
    const found = new Map(ratios("mini", rounds).map((ratio) => [ratio.name, ratio]))
    const name = "generation, torch_loop's to ours"
    assert.deepStrictEqual(found.get(name), { name, value: 1.5, least: 0.75, most: 3, asked: 1 })
    assert.strictEqual(found.get("step, TRL's to ours")?.value, 9 / 8)
    assert.strictEqual(found.get("training, torch_loop's to ours")?.value, 0.75)
    assert.strictEqual(found.get("peak memory, torch_loop's to ours")?.value, 0.5)
  })

  it("given a tool that did not run, then it has no ratio", () => {
    assert.isUndefined(ratios("mini", rounds).find(({ name }) => name.startsWith("generation, transformers'")))
  })

  it("given each job, then more is asked of the larger ones beside TRL", () => {
    const asked = ["mini", "small", "smol"].map(
      (job) => ratios(job, rounds).find(({ name }) => name === "step, TRL's to ours")?.asked
    )
    assert.deepStrictEqual(asked, [2, 2.5, 3])
  })

  it("given the floor, then the table says how much of it is reached, and what falls short", () => {
    const text = comparisonText("mini", 2, rounds, { generate: 1, reference: 1, train: 1, step: 6 })
    assert.match(text, /^mini, 2 threads, medians of 3 rounds, seconds$/m)
    assert.match(text, /^trl +1\.00 +2\.00 +3\.00 +9\.00 +3\.00$/m)
    assert.match(text, /^ours reaches +50 % +50 % +25 % +75 %$/m)
    assert.match(text, /^ {2}step, TRL's to ours .*short$/m)
    assert.notMatch(text, /^ {2}step, torch_loop's to ours .*short$/m)
  })
})
