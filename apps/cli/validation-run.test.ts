/** What a run's policies sit beside the held-out problems, and the checkpoint that is taken by it, as a user sees them. */
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { splitOf } from "../../learning/datasets/miniature/problem.ts"
import { problems } from "../../learning/datasets/miniature/problems.ts"
import { RunConfig } from "../../schemas/run-config.ts"
import { type ResultLine, readResultLine } from "./report/result.ts"
import { type Ended, isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")
const at = ["--data-dir", dataDir]

let run: Ended
let result: ResultLine

const resultOf = ({ lines }: Ended): Promise<ResultLine> => Effect.runPromise(readResultLine(lines.at(-1) ?? ""))

/** Each of these starts several processes, which share two cores with whatever else is tested. */
const slow = { timeout: 240_000 }

const rowsOf = async <S extends Schema.Codec<unknown, unknown>>(schema: S, query: string, folder = dataDir) => {
  const { code, lines, stderr } = await onefold(["sql", query, "--format", "json", "--data-dir", folder])
  assert.strictEqual(code, 0, stderr)
  return lines.map((line) => Schema.decodeUnknownSync(Schema.fromJsonString(schema))(line))
}

const Config = Schema.fromJsonString(RunConfig)
const configOf = async (folder: string) => {
  const [row] = await rowsOf(
    Schema.Struct({ config: Config }),
    "SELECT config FROM runs WHERE kind = 'started'",
    folder
  )
  return row.config
}

beforeAll(async () => {
  run = await onefold(smoke(dataDir))
  assert.strictEqual(run.code, 0, run.stderr)
  result = await resultOf(run)
})

describe("a run of the miniature", () => {
  it("sits its validation set every so often: each answer with verdict and tokens is in the history", async () => {
    const Row = Schema.Struct({ step: Schema.Int, problem: Schema.String, verdict: Schema.String, tokens: Schema.Int })
    const rows = await rowsOf(
      Row,
      "SELECT step, problem, verdict, tokens FROM evaluation_samples WHERE protocol = 'validation' ORDER BY step, problem"
    )
    assert.deepStrictEqual([...new Set(rows.map(({ step }) => step))], [0, 3, 6])
    assert.lengthOf(rows, 3 * 12)
    const pool = new Map(
      (["chain", "prec", "eq", "word", "seq", "two"] as const)
        .flatMap((family) => problems(family, { seed: 98, count: 57, split: "pool" }))
        .map(({ prompt }) => [prompt, splitOf(prompt)])
    )
    assert.isTrue([...pool.values()].every((split) => split === "pool"))
    for (const { problem, tokens } of rows) {
      assert.match(problem, /^pool\/[a-z]+\/98\/[01]$/)
      assert.isAbove(tokens, 0)
    }
  })

  it("tells the chosen step as the history's figures have it, and what is best on test", async () => {
    const Row = Schema.Struct({ step: Schema.Int, protocol: Schema.String, accuracy: Schema.Finite })
    const figures = await rowsOf(
      Row,
      "SELECT step, protocol, accuracy FROM evaluations WHERE family = 'all' ORDER BY step"
    )
    const best = (name: string) => {
      const own = figures.filter(({ protocol }) => protocol === name)
      return own.reduce((first, next) => (next.accuracy > first.accuracy ? next : first))
    }
    const { bestOnTest, validation } = result.chosen
    assert.deepInclude(validation, {
      step: best("validation").step,
      accuracy: best("validation").accuracy,
      problems: 12
    })
    assert.deepInclude(validation, { compared: [0, 3, 6], tests: ["validation"], optimistic: false })
    assert.deepInclude(bestOnTest, { step: best("greedy").step, optimistic: true })
    const { stdout } = await onefold(["show", "last", ...at])
    assert.match(
      stdout,
      new RegExp(`^chosen   step ${validation?.step} by validation \\(.* of 12 problems\\); best on`, "m")
    )
  })

  it("exported by name, then that step", async () => {
    const wanted = { chosen: result.chosen.validation?.step, "best-on-test": result.chosen.bestOnTest?.step, last: 6 }
    for (const [name, step] of Object.entries(wanted)) {
      const { code, stderr } = await onefold(["export", "last", join(scratch, name), "--step", name, ...at])
      assert.strictEqual(code, 0, stderr)
      assert.include(stderr, `wrote policy ${step} of ${result.run}`)
    }
    isRefused(
      await onefold(["export", "last", join(scratch, "none"), "--step", "best", ...at]),
      2,
      'there is no step "best"; give a number of updates, or chosen, best-on-test, last'
    )
  })
})

describe("a run that is told what to sit", slow, () => {
  it("given --validation none, then the same weights, no such test, and no choice by it", async () => {
    const folder = join(scratch, "none")
    const bare = await onefold(smoke(folder, "--validation", "none"))
    const { chosen, weightsSha256 } = await resultOf(bare)
    assert.strictEqual(weightsSha256, result.weightsSha256)
    assert.isNull(chosen.validation)
    assert.notInclude(bare.stdout, '"validation","policy"')
    isRefused(
      await onefold(["export", "last", join(scratch, "x"), "--step", "chosen", "--data-dir", folder]),
      2,
      "has no validation set to choose a checkpoint by; name one with --validation"
    )
  })

  it("given benchmarks and a file to validate on, then both are sat; resumed without the file, then the same line", async () => {
    const folder = join(scratch, "told")
    const file = join(scratch, "mine.jsonl")
    const own = problems("chain", { seed: 5, count: 3, split: "pretrain" })
    writeFileSync(file, own.map(({ answer, prompt }) => `${JSON.stringify({ problem: prompt, answer })}\n`).join(""))
    const sets = ["--benchmarks", "two,eq", "--benchmark-protocol", "greedy", "--benchmark-limit", "2"]
    const often = ["--steps", "2", "--set", "evaluation.everySteps=1"]
    const told = await onefold(smoke(folder, ...sets, "--benchmarks-at", "ends", "--validation", file, ...often))
    assert.strictEqual(told.code, 0, told.stderr)
    const { chosen } = await resultOf(told)
    assert.deepInclude(chosen.validation, { tests: ["mine.greedy"], problems: 3, compared: [0, 1, 2] })
    assert.deepInclude(chosen.bestOnTest, { tests: ["two.greedy", "eq.greedy"], problems: 4, compared: [0, 2] })
    const { evaluation } = await configOf(folder)
    assert.deepStrictEqual(
      evaluation.benchmarks?.map(({ at, count, role, test }) => `${test} ${role} ${at} ${count}`),
      ["two.greedy test ends 2", "eq.greedy test ends 2", "mine.greedy validation every 3"]
    )
    writeFileSync(file, "gone")
    const again = await onefold(["resume", "last", "--json", "--data-dir", folder])
    assert.deepStrictEqual([again.code, again.lines], [0, told.lines.slice(-1)])
  })

  it("given the tested problems to validate on, then it is refused before anything is written", async () => {
    const said = "--validation two has 2 of the problems that are reported, test/two/2026/0 first; choosing by them is"
    isRefused(await onefold(smoke(join(scratch, "never"), "--validation", "two")), 2, said)
    assert.isFalse(existsSync(join(scratch, "never")))
  })
})

const shared = fileURLToPath(new URL("../../../shared/", import.meta.url))
const model = join(shared, "golden", "models", "qwen2-tied")
const sets = join(shared, "data", "benchmarks")

describe.skipIf(!existsSync(model) || !existsSync(sets))(
  "a language model (skipped where ../shared is absent)",
  slow,
  () => {
    const args = (folder: string, ...more: ReadonlyArray<string>) => [
      ...["run", "--json", "--data-dir", folder, "--model", model, "--preset", "model", "--steps", "1"],
      ...["--example", join(scratch, "example.json"), "--max-tokens", "8", ...more]
    ]

    beforeAll(() => {
      writeFileSync(join(scratch, "example.json"), JSON.stringify({ prompt: "1+1=?", answer: "2" }))
    })

    it("given MATH-500, then it sits the first two problems, and nothing is chosen without a validation set", async () => {
      const folder = join(scratch, "model")
      const ended = await onefold(
        args(folder, "--benchmarks", "math500", "--benchmark-limit", "2", "--benchmark-data", sets)
      )
      assert.strictEqual(ended.code, 0, ended.stderr)
      const { chosen } = await resultOf(ended)
      assert.isNull(chosen.validation)
      assert.deepInclude(chosen.bestOnTest, { tests: ["math500_first2.paper"], problems: 2, compared: [0, 1] })
      const Row = Schema.Struct({ step: Schema.Int, problem: Schema.String, tokens: Schema.Int, grader: Schema.String })
      const rows = await rowsOf(
        Row,
        "SELECT step, problem, tokens, grader FROM evaluation_samples WHERE protocol = 'math500_first2.paper' ORDER BY step, problem",
        folder
      )
      assert.deepStrictEqual(
        rows.map(({ problem, step }) => `${step} ${problem}`),
        ["0 math500/0", "0 math500/1", "1 math500/0", "1 math500/1"]
      )
      for (const { grader, tokens } of rows) {
        assert.isAtMost(tokens, 8)
        assert.match(grader, /^qwen@/)
      }
    })
  }
)
