/** Rankings as a user asks for them: of a file, of a run, and as the example of another run. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { isRefused, onefold, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")

const parsed = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const file = (name: string, content: string): string => {
  const path = join(scratch, name)
  writeFileSync(path, content)
  return path
}

const accuracies = file("acc.json", '{"20": [0, 1], "3": [1, 1], "100": [0, 0.5], "1": [0, 0]}')
const labels = file("set.jsonl", '{"index":20,"answer":"12.8"}\n{"index":100,"answer":"\\u001b[31mred\\n"}\n')

describe("rank FILE", () => {
  it("prints a table in the order of ranks, equal ones in that of the file, and nothing a terminal obeys", async () => {
    const { code, stdout } = await onefold(["rank", accuracies, "--labels", labels], { env: { LANG: "C.UTF-8" } })
    assert.strictEqual(code, 0)
    assert.deepStrictEqual(stdout.split("\n"), [
      "rank  index      std  variance   mean  label",
      "   1  20     0.50000   0.25000  0.500  12.8",
      "   2  100    0.25000   0.06250  0.250  red",
      "   3  3      0.00000   0.00000  1.000  –",
      "   4  1      0.00000   0.00000  0.000  –",
      ""
    ])
  })

  it("given --json and --top, then one object a line, labels as they are", async () => {
    const { lines } = await onefold(["rank", accuracies, "--json", "--top", "2", "--labels", labels])
    const common = { type: "rank", history: 2 }
    assert.deepStrictEqual(
      lines.map((line) => parsed(line)),
      [
        { ...common, rank: 1, index: "20", std: 0.5, variance: 0.25, mean: 0.5, score: 0.5, label: "12.8" },
        {
          ...{ ...common, rank: 2, index: "100", std: 0.25, variance: 0.0625, mean: 0.25, score: 0.25 },
          label: "\u001b[31mred\n"
        }
      ]
    )
    const unlabelled = await onefold(["rank", accuracies, "--json", "--top", "9"])
    assert.lengthOf(unlabelled.lines, 4)
    assert.strictEqual(parsed(unlabelled.lines[0]).label, null)
  })

  it("given another score, then its own order and column", async () => {
    // Means 0.25 and 0.625; farthest 0.703125: "3" is 0.703125 from them, "20" 0.203125, "100" 0.078125.
    const lim = await onefold(["rank", accuracies, "--by", "lim"])
    assert.match(lim.stdout, /^rank {2}index +lim +std/)
    assert.match(lim.stdout, /^ +1 {2}100 +0\.88889 /m)
    const byChance = async (seed: string) =>
      (await onefold(["rank", accuracies, "--by", "random", "--seed", seed, "--json"])).stdout
    assert.strictEqual(await byChance("5"), await byChance("5"))
    assert.notStrictEqual(await byChance("5"), await byChance("6"))
  })

  it.each([
    [["rank"], 2, "give one of a file and --run RUN"],
    [["rank", accuracies, "--run", "last"], 2, "give one of a file and --run RUN"],
    [["rank", "--run", "last", "--labels", labels], 2, "--labels goes with a file"],
    [["rank", accuracies, "--top", "0"], 2, "--top 0 is out of range"],
    [["rank", accuracies, "--by", "variance"], 2, '"std" | "lim" | "random"'],
    [["rank", join(scratch, "none.json")], 3, "none.json: there is no such file"],
    [["rank", file("broken.json", '{"1": [0')], 3, "broken.json: it is no JSON"],
    [["rank", file("twice.json", '{"1": [0], "1": [1]}')], 3, 'twice.json: the key "1" stands there twice'],
    [["rank", accuracies, "--labels", file("odd.jsonl", "{}")], 3, "odd.jsonl, line 1: it is no row"],
    [["rank", "--run", "last", "--data-dir", join(scratch, "never")], 4, "no run has been recorded there"]
  ] as const)("given %j, then it is refused with code %i", async (args, code, said) => {
    isRefused(await onefold(args), code, said)
  })
})

describe("a run's own rewards", () => {
  const at = ["--data-dir", dataDir]

  beforeAll(async () => {
    const run = await onefold(smoke(dataDir, "--steps", "2", "--example", "two:1"))
    assert.strictEqual(run.code, 0, run.stderr)
  })

  it("are ranked as the history tells them, with the answer as label", async () => {
    const query =
      "SELECT stddevPop(r) AS std, varPop(r) AS variance, avg(r) AS mean FROM (SELECT avg(ifNull(reward, 0)) AS r FROM verdicts GROUP BY step)"
    const expected = parsed((await onefold(["sql", query, "--format", "json", ...at])).lines[0])
    const { lines } = await onefold(["rank", "--run", "last", "--json", ...at])
    assert.lengthOf(lines, 1)
    const ranked = parsed(lines[0])
    assert.deepInclude(ranked, { type: "rank", rank: 1, index: "two:1", label: "32", history: 2, score: ranked.std })
    for (const name of ["std", "variance", "mean"])
      assert.approximately(Number(ranked[name]), Number(expected[name]), 1e-12)
  })

  it("given rank:1 from it, then a run takes the same prompt and answer", async () => {
    const plan = await onefold(smoke(dataDir, "--dry-run", "--example", "rank:1", "--from", "last"))
    assert.strictEqual(plan.code, 0, plan.stderr)
    assert.include(plan.lines[0], '"prompts":[{"promptId":"two:1","text":"sum of 11+4 and 5+12?\\n","answer":"32"}]')
  })

  it.each([
    ["rank:2", "last", 2, "there is no example of rank 2: the ranking goes from 1 to 1"],
    ["rank:0", "last", 3, "it names no rank"],
    ["rank:first", "last", 3, "it names no rank"],
    ["rank:1", "lost", 2, "there is no run lost"],
    ["rank:1", accuracies, 3, "it has the index 20, and no set was named that says more"],
    ["rank:5", accuracies, 2, "the ranking goes from 1 to 4"],
    ["rank:1", join(scratch, "none.json"), 3, "there is no such file"],
    ["two:1", "last", 2, '--from goes with --example "rank:K"']
  ] as const)("given %s from %s, then it is refused with code %i", async (example, from, code, said) => {
    isRefused(await onefold(smoke(dataDir, "--dry-run", "--example", example, "--from", from)), code, said)
  })

  it("given a rank without a ranking, then it says what is missing", async () => {
    isRefused(await onefold(smoke(dataDir, "--dry-run", "--example", "rank:1")), 3, "with --from")
  })

  it("are ranked while the run is live, by whole steps", async () => {
    const live = join(scratch, "live")
    const run = spawned(smoke(live, "--steps", "40"))
    await run.until('"type":"step","run":"smoke-two-1-1","step":2')
    const { code, lines, stderr } = await onefold(["rank", "--run", "last", "--json", "--data-dir", live])
    assert.isNull(run.child.exitCode)
    run.child.kill("SIGINT")
    assert.strictEqual((await run.ended).code, 0)
    assert.strictEqual(code, 0, stderr)
    const { history } = parsed(lines[0])
    assert.isAtLeast(Number(history), 1)
    assert.isAtMost(Number(history), 40)
  })
})
