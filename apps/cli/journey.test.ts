/** A run from its first line to its export, as a user makes it. */
import { createHash } from "node:crypto"
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { readCheckpoint } from "../../learning/policy/checkpoint/checkpoint.ts"
import { miniatureBase } from "./base.ts"
import { type ResultLine, readResultLine } from "./report/result.ts"
import { type Ended, filesOf, isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")
const at = ["--data-dir", dataDir]

let run: Ended
let result: ResultLine
let runId: string

const parsed = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))
const sha256 = (path: string): string => createHash("sha256").update(readFileSync(path)).digest("hex")
const resultOf = ({ lines }: Ended): Promise<ResultLine> => Effect.runPromise(readResultLine(lines.at(-1) ?? ""))

beforeAll(async () => {
  run = await onefold(smoke(dataDir))
  assert.strictEqual(run.code, 0, run.stderr)
  result = await resultOf(run)
  runId = result.run
})

describe("run --json", () => {
  it("begins with the run, ends with its result, and every line names the run", () => {
    const lines = run.lines.map((line) => parsed(line))
    assert.deepStrictEqual(lines[0], { type: "run", run: runId, step: 0, steps: 6 })
    assert.strictEqual(lines.at(-1)?.type, "result")
    for (const line of lines) assert.strictEqual(line.run, runId)
  })

  it("has a step for every update, in order, and evaluations of base, curve and end", () => {
    const lines = run.lines.map((line) => parsed(line))
    const steps = lines.filter(({ type }) => type === "step")
    assert.deepStrictEqual(
      steps.map(({ step }) => step),
      [1, 2, 3, 4, 5, 6]
    )
    assert.strictEqual(steps.at(-1)?.policy, result.weightsSha256)
    const sat = lines.filter(({ type }) => type === "evaluation").map(({ protocol, step }) => `${step} ${protocol}`)
    assert.sameMembers(sat, [
      ...["0 greedy", "0 avg@2", "0 train@2", "3 greedy", "6 greedy", "6 avg@2", "6 train@2"],
      ...["0 validation", "3 validation", "6 validation"]
    ])
  })

  it("tells a person on stderr in plain lines, and leaves a report", () => {
    assert.include(run.stderr, "step 6/6")
    assert.notInclude(run.stderr, "\r")
    assert.include(readFileSync(join(dataDir, "reports", `${runId}.html`), "utf8"), result.weightsSha256)
  })
})

describe("a finished run", () => {
  it("resumed or shown, then ends with the very same result line", async () => {
    for (const command of ["resume", "show"]) {
      const again = await onefold([command, runId, "--json", ...at])
      assert.deepStrictEqual([again.code, again.lines], [0, run.lines.slice(-1)])
    }
  })

  it("whose history was not whole when its process was killed, resumed, then has all of its rows", async () => {
    rmSync(join(dataDir, "history"), { recursive: true })
    const { code, lines, stderr } = await onefold(["resume", runId, "--json", ...at])
    assert.deepStrictEqual([code, lines], [0, run.lines.slice(-1)], stderr)
    const checked = await onefold(["history", "check", ...at])
    assert.strictEqual(checked.code, 0, checked.stderr)
  })

  it("shown to a person, then base against trained with the hash", async () => {
    const { code, stderr, stdout } = await onefold(["show", "last", ...at])
    assert.strictEqual(code, 0)
    assert.include(stderr, `run ${runId} is finished`)
    assert.include(stdout, `${runId}: base against trained, 6 steps`)
    assert.include(stdout, result.weightsSha256)
  })

  it("is listed", async () => {
    const table = await onefold(["runs", ...at])
    assert.match(table.stdout, new RegExp(`^${runId} +finished +6 `, "m"))
    const { lines } = await onefold(["runs", "--json", ...at])
    const { greedy } = result.base
    assert.include(parsed(lines[0]), {
      type: "run",
      run: runId,
      status: "finished",
      steps: 6,
      sessions: 1,
      base: greedy
    })
  })

  it("answers questions in three formats, one row a token", async () => {
    const query = "SELECT step, count() AS tokens FROM tokens GROUP BY step ORDER BY step"
    const expected = run.lines.map((line) => parsed(line)).filter(({ type }) => type === "step")
    const json = await onefold(["sql", query, "--format", "json", ...at])
    assert.deepStrictEqual(
      json.lines.map((line) => parsed(line)),
      expected.map(({ tokens }, step) => ({ step, tokens }))
    )
    const csv = await onefold(["sql", query, "--format", "csv", ...at])
    assert.deepStrictEqual(csv.lines, ['"step","tokens"', ...expected.map(({ tokens }, step) => `${step},${tokens}`)])
    const table = await onefold(["sql", query, ...at])
    assert.match(table.stdout, /─step─.*─tokens─/)
  })

  it("exported, then a folder whose weights are the bytes of the hash and load as a checkpoint", async () => {
    const folder = join(scratch, "exported")
    const { code, stderr } = await onefold(["export", runId, folder, ...at])
    assert.strictEqual(code, 0, stderr)
    assert.include(stderr, result.weightsSha256)
    assert.strictEqual(sha256(join(folder, "model.safetensors")), result.weightsSha256)
    const [exported, base] = await Effect.runPromise(
      Effect.all([readCheckpoint(folder), readCheckpoint(miniatureBase)])
    )
    assert.deepStrictEqual(exported.config, base.config)
    assert.notDeepEqual(exported.weights, base.weights)
    assert.deepInclude(JSON.parse(readFileSync(join(folder, "config.json"), "utf8")), { torch_dtype: "float32" })
    for (const name of ["tokenizer.json", "tokenizer_config.json"])
      assert.deepStrictEqual(readFileSync(join(folder, name)), readFileSync(join(miniatureBase, name)))
  })

  it("exported over something, then refused with code 4, and that stays as it is", async () => {
    const [full, file] = [join(scratch, "full"), join(scratch, "file")]
    mkdirSync(full)
    for (const path of [file, join(full, "mine")]) writeFileSync(path, "mine")
    const before = filesOf(scratch)
    const exported = (folder: string, ...more: ReadonlyArray<string>) =>
      onefold(["export", runId, folder, ...more, ...at])
    isRefused(await exported(full), 4, `cannot export to ${full}: it is not empty`)
    isRefused(await exported(file), 4, `cannot export to ${file}: something that is no folder stands in its way`)
    isRefused(
      await exported(join(scratch, "none"), "--step", "7"),
      2,
      "has no policy after 7 updates; it has those from 0 to 6"
    )
    assert.deepStrictEqual([...filesOf(scratch).keys()], [...before.keys()])
    assert.strictEqual(readFileSync(file, "utf8"), "mine")
  })

  it("by a name that is not quite its own, then the nearest one is offered", async () => {
    isRefused(await onefold(["show", `${runId}0`, ...at]), 2, `there is no run ${runId}0; did you mean ${runId}?`)
  })

  it("exported after no update, then the base", async () => {
    const folder = join(scratch, "made", "on the way", "base")
    assert.strictEqual((await onefold(["export", runId, folder, "--step", "0", ...at])).code, 0)
    const base = await Effect.runPromise(readCheckpoint(miniatureBase))
    assert.deepStrictEqual((await Effect.runPromise(readCheckpoint(folder))).weights, base.weights)
  })
})

describe("another run in the same folder", () => {
  it("given the same seed, then another name and the same weights; given another seed, then others", async () => {
    const same = await resultOf(await onefold(smoke(dataDir)))
    assert.notStrictEqual(same.run, runId)
    assert.deepStrictEqual(same, { ...result, run: same.run })
    const other = await resultOf(await onefold(smoke(dataDir, "--seed", "2")))
    assert.notStrictEqual(other.weightsSha256, result.weightsSha256)
    const { lines } = await onefold(["runs", "--json", ...at])
    assert.deepStrictEqual(
      lines.map((line) => parsed(line).run),
      [runId, same.run, other.run]
    )
  })
})

describe("what needs no run", () => {
  it("given --dry-run, then the plan and nothing written", async () => {
    const folder = join(scratch, "never")
    const { code, lines } = await onefold(smoke(folder, "--dry-run", "--steps", "9"))
    assert.strictEqual(code, 0)
    const Plan = Schema.Struct({
      type: Schema.Literal("plan"),
      config: Schema.Struct({ steps: Schema.Int, seed: Schema.Int }),
      estimate: Schema.Struct({ rolloutsPerBatch: Schema.Int, events: Schema.Int })
    })
    const plan = Schema.decodeUnknownSync(Schema.fromJsonString(Plan))(lines[0])
    assert.deepStrictEqual([lines.length, plan.config.steps, plan.estimate.rolloutsPerBatch], [1, 9, 32])
    assert.isFalse(existsSync(folder))
  })

  it("prints problems, however many, to a reader of any speed", async () => {
    const { code, lines } = await onefold(["problems", "--family", "two", "--seed", "3", "-n", "20000", "--json"])
    assert.deepStrictEqual([code, lines.length], [0, 20_000])
    assert.hasAllKeys(parsed(lines[19_999]), ["type", "id", "family", "prompt", "answer"])
  })

  it("examines the machine", async () => {
    const { code, lines } = await onefold(["doctor", "--json", ...at])
    assert.strictEqual(code, 0)
    const names = lines.map((line) => parsed(line).name)
    assert.includeMembers(names, ["backend", "TensorFlow", "threads", "instructions", "Java"])
  })

  it.each(["bash", "zsh", "fish"])("completes in %s", async (shell) => {
    const { code, stdout } = await onefold(["completions", shell])
    assert.strictEqual(code, 0)
    for (const word of ["resume", "export", "allow-drift"]) assert.include(stdout, word)
  })
})
