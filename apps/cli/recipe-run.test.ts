/** Recipes, training sets and --set as a user types them: what is refused, what is planned, what is run. */
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { recordsOf } from "../bench/killed-run.ts"
import { filesOf, isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const run = (...more: ReadonlyArray<string>) => onefold(smoke(join(scratch, "never"), ...more))
const file = (name: string, rows: ReadonlyArray<unknown>): string => {
  const path = join(scratch, name)
  writeFileSync(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(""))
  return path
}
const own = file("own.jsonl", [
  { problem: "48+14-21=?", answer: 41, index: "a" },
  { problem: "13-10=?", answer: 3, index: "b", pi_rank: 4 }
])

describe("recipes, sets and settings that were mistyped", () => {
  it.each([
    [["--recipe", "entropyonly"], 2, 'did you mean "entropy-only"?'],
    [["--set", "advantag=gae"], 2, 'did you mean "advantage"?'],
    [["--set", "clip=-1"], 2, "--set clip=-1: Expected a value greater than or equal to 0"],
    [["--set", "model=x"], 2, "it cannot be set; --model chooses it"],
    [["--set", "critic.clip=1"], 2, "set advantage=gae too"],
    [["--recipe", "as-written", "--steps", "3"], 2, "steps is 3, which updatesPerBatch 8 does not divide"],
    [["--recipe", "ablation-8", "--set", "klCoefficient=0"], 2, "so there is no loss"],
    [["--recipe", "pi1", "--from", "acc.json"], 2, "--from goes with --example"],
    [["--data", join(scratch, "none.parquet")], 3, "none.parquet: there is no such file"],
    [["--data", file("bad.jsonl", [{ problem: "1+1=?" }])], 3, "bad.jsonl, line 1, column answer: there is no answer"],
    [["--data", own, "--example", "c"], 3, "has no example of the index c. Its 2 indices begin with a, b"],
    [["--data", own, "--example", "pi700"], 3, "says which example has this rank"],
    [["--example", "pi1"], 3, "it names an example of a training set, and there is none"],
    [
      ["--set", "aggregation=verl-microbatch", "--set", "microBatchTokens=60"],
      3,
      "exceeds the 60 of microBatchTokens. Choose a shorter one, or set microBatchTokens to 71 or more"
    ],
    [["--set", "evaluation.maxTokens=120"], 3, "exceeds the model's 128. Set evaluation.maxTokens to fewer"],
    [["--set", "evaluation.context=1+1=?", "--set", "evaluation.maxTokens=125"], 3, "which with 125 new ones exceeds"]
  ] as const)("given %j, then code %d and what it should have been", async (args, code, said) => {
    isRefused(await run(...args), code, said)
  })

  it("wrote nothing while being refused", () => {
    assert.isFalse(filesOf(scratch).has("never/onefold.json"))
  })
})

describe("a plan", () => {
  const planned = async (...args: ReadonlyArray<string>) => {
    const { code, lines, stderr } = await onefold(["run", "--dry-run", "--json", ...args])
    assert.strictEqual(code, 0, stderr)
    return JSON.parse(lines[0])
  }

  it("given a recipe on the miniature, then what the preset scales is marked, what was set is not", async () => {
    const { config, differences, estimate } = await planned("--recipe", "ablation-4", "--set", "clip=0.3")
    assert.deepInclude(config, { recipe: "ablation-4", entropyCoefficient: 0, clip: 0.3 })
    assert.deepInclude(differences, { key: "steps", ours: 60, paper: 2000, scaled: true })
    assert.deepInclude(differences, { key: "clip", ours: 0.3, paper: 0.2, scaled: false })
    assert.isFalse(differences.some(({ key }: { key: string }) => key === "entropyCoefficient"))
    assert.deepInclude(estimate, { rolloutsPerBatch: 128, batches: 60 })
    assert.include(estimate.basis, "docs/benchmarks.md")
  })

  it("given the paper's preset, then nothing is brought from the hub, and only the precision differs", async () => {
    const { config, differences, unread } = await planned("--recipe", "7b/pi1", "--preset", "paper")
    assert.deepStrictEqual(unread, ["model", "training set"])
    assert.deepInclude(config, { steps: 1000, copies: 128, recipe: "7b/pi1" })
    assert.strictEqual(config.model.name, "Qwen/Qwen2.5-Math-7B")
    assert.deepStrictEqual(
      differences.map(({ key }: { key: string }) => key),
      ["precision"]
    )
  })

  it("given a set of one's own, then all of it, or the example that was named", async () => {
    const ids = ({ config }: { config: { prompts: ReadonlyArray<{ promptId: string }> } }) =>
      config.prompts.map(({ promptId }) => promptId)
    const all = await planned("--data", own)
    assert.deepStrictEqual(ids(all), ["a", "b"])
    assert.strictEqual(all.config.copies, 8)
    assert.deepStrictEqual(ids(await planned("--data", own, "--example", "b")), ["b"])
    assert.deepStrictEqual(ids(await planned("--data", own, "--example", "pi4")), ["b"])
  })

  it("given an example in context, then it stands in the configuration and leaves room for every problem", async () => {
    const { config } = await planned("--recipe", "in-context")
    assert.strictEqual(config.steps, 0)
    assert.include(config.evaluation.context, "\\boxed{32}\n")
  })
})

describe("onefold recipes", () => {
  it("lists names, rows of the paper and what the paper found, as a table and as JSON", async () => {
    const table = await onefold(["recipes"])
    assert.match(table.stdout, /^ablation-5 +Tab\. 5, row 5 +74\.8 +17\.5/m)
    const lines = (await onefold(["recipes", "--json"])).lines.map((line) => JSON.parse(line))
    const found = lines.find(({ recipe }) => recipe === "7b/pi1-pi13")
    assert.deepInclude(found, { type: "recipe", model: "7b", place: "7B table" })
    assert.strictEqual(found.paper.scores.Avg, 41.3)
  })
})

describe("a run by a recipe", () => {
  const set = (...settings: ReadonlyArray<string>) => settings.flatMap((each) => ["--set", each])
  it.each([
    ["label-noise-60", 1, set("evaluation.problemsPerFamily=1")],
    ["ppo", 4, set("updatesPerBatch=2", "critic.warmUpBatches=1", "evaluation.everySteps=2", "evaluation.rows=4")],
    ["no-kl-as-coded", 2, set("evaluation.everySteps=3", "evaluation.samples=3")],
    ["in-context", 0, []]
  ] as const)(
    "given %s of %d steps, then it runs, records the recipe, and has as many events as its plan said",
    {
      timeout: 120_000
    },
    async (recipe, steps, settings) => {
      const dataDir = join(scratch, recipe)
      const asked = ["--recipe", recipe, ...settings, "--set", `steps=${steps}`]
      const plan = await onefold(smoke(dataDir, ...asked, "--dry-run"))
      const ended = await onefold(smoke(dataDir, ...asked))
      assert.strictEqual(ended.code, 0, ended.stderr)
      assert.deepInclude(JSON.parse(ended.lines[ended.lines.length - 1]), { type: "result", steps })
      assert.strictEqual(JSON.parse(plan.lines[0]).estimate.events, (await recordsOf(dataDir)).length)
    }
  )
})
