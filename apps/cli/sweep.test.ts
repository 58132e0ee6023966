/** A sweep as a user makes it: ranked, killed, paused, and given again. */
import { existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { eventsOf, recordsOf, repeatedIds } from "../bench/killed-run.ts"
import { readResultLine } from "./report/result.ts"
import { type Ended, isRefused, onefold, scratchFolder, smoke, spawned } from "./spawned.fixture.ts"

const scratch = scratchFolder()

const Line = Schema.fromJsonString(
  Schema.Struct({
    type: Schema.Literal("sweep"),
    run: Schema.String,
    example: Schema.String,
    seed: Schema.Int,
    gain: Schema.Finite,
    low: Schema.Finite,
    high: Schema.Finite,
    saturation: Schema.NullOr(Schema.Int),
    zeroSignalGroups: Schema.Finite,
    tokens: Schema.Int,
    seconds: Schema.Finite,
    rank: Schema.Int,
    base: Schema.Finite,
    trained: Schema.Finite,
    policy: Schema.String
  })
)
const Listed = Schema.fromJsonString(
  Schema.Struct({
    run: Schema.String,
    status: Schema.String,
    steps: Schema.Int,
    sessions: Schema.Int,
    base: Schema.NullOr(Schema.Finite),
    newest: Schema.NullOr(Schema.Finite),
    gain: Schema.NullOr(Schema.Finite),
    example: Schema.String,
    seed: Schema.Int
  })
)

const sweepOf = (dataDir: string, ...more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["sweep", "--preset", "smoke", "--steps", "4", "--examples", "two:1,chain:0", "--seeds", "2", "--json"],
  ...["--data-dir", dataDir, ...more]
]

const rowsOf = ({ code, lines, stderr }: Ended) => {
  assert.strictEqual(code, 0, stderr)
  return lines.map((line) => Schema.decodeUnknownSync(Line)(line))
}

/** Everything but the time it took. */
const figuresOf = (ended: Ended) => rowsOf(ended).map(({ seconds: _, ...figures }) => figures)

const listed = async (dataDir: string) => {
  const { lines } = await onefold(["runs", "--json", "--data-dir", dataDir])
  return lines.map((line) => Schema.decodeUnknownSync(Listed)(line))
}

/** The ids of all events but those of sittings, each once. What they say hangs, by its causes, on where a run began in the log. */
const storyOf = async (dataDir: string): Promise<ReadonlyArray<string>> => {
  const records = await recordsOf(dataDir)
  assert.deepStrictEqual(repeatedIds(records), [])
  return [...eventsOf(records).keys()].filter((id) => !/\/paused\/\d+$/.test(id)).sort()
}

const quietDir = join(scratch, "quiet")
let quiet: Ended

beforeAll(async () => {
  quiet = await onefold(sweepOf(quietDir, "--parallel", "2"))
})

describe("a sweep", () => {
  it("has a line for each example and seed, in ranked order", () => {
    const rows = rowsOf(quiet)
    assert.sameMembers(
      rows.map(({ example, seed }) => `${example} ${seed}`),
      ["two:1 0", "two:1 1", "chain:0 0", "chain:0 1"]
    )
    for (const [i, { base, gain, high, low, rank, trained }] of rows.entries()) {
      assert.closeTo(gain, trained - base, 1e-9)
      assert.isTrue(low < gain && gain < high)
      assert.isAtMost(gain, rows[Math.max(0, i - 1)].gain)
      assert.isAtMost(rank, i + 1)
    }
  })

  it("leads to the weights and figures that a run of its own leads to, and the base is measured once", async () => {
    const single = await onefold(smoke(join(scratch, "single"), "--example", "chain:0", "--seed", "1", "--steps", "4"))
    const { base, chosen, trained, weightsSha256 } = await Effect.runPromise(readResultLine(single.lines.at(-1) ?? ""))
    const row = rowsOf(quiet).find(({ example, seed }) => example === "chain:0" && seed === 1)
    assert.deepStrictEqual([row?.policy, row?.base, row?.trained], [weightsSha256, base.greedy, trained.greedy])
    const shown = await onefold(["show", row?.run ?? "", "--json", "--data-dir", quietDir])
    const { run: _, ...result } = await Effect.runPromise(readResultLine(shown.lines[0]))
    // A sweep has no validation set; its base counts as a checkpoint of each run.
    assert.isNotNull(chosen.validation)
    assert.strictEqual(chosen.bestOnTest?.compared[0], 0)
    const swept = { ...chosen, validation: null }
    assert.deepStrictEqual(result, { type: "result", steps: 4, base, trained, chosen: swept, weightsSha256 })
    const ids = await storyOf(quietDir)
    assert.deepStrictEqual(
      ids.filter((id) => /\/0\/evaluation\/(greedy|avg)/.test(id)).map((id) => id.replace(/^sweep-[0-9a-f]{8}-/, "")),
      ["base/0/evaluation/avg@2", "base/0/evaluation/greedy"]
    )
  })

  it("given one run at a time, then the same events, weights and ranks as with two side by side", async () => {
    const dataDir = join(scratch, "alone")
    assert.deepStrictEqual(figuresOf(await onefold(sweepOf(dataDir, "--parallel", "1"))), figuresOf(quiet))
    assert.deepStrictEqual(await storyOf(dataDir), await storyOf(quietDir))
  })

  it("given again, then the same lines and nothing computed; with another example, then that one only", async () => {
    const before = await recordsOf(quietDir)
    assert.deepStrictEqual((await onefold(sweepOf(quietDir))).lines, quiet.lines)
    assert.strictEqual((await recordsOf(quietDir)).length, before.length)
    const more = await onefold([
      ...sweepOf(quietDir).slice(0, 5),
      "--examples",
      "seq:4",
      "--json",
      "--data-dir",
      quietDir
    ])
    assert.deepStrictEqual(
      rowsOf(more).map(({ example }) => example),
      ["seq:4"]
    )
    assert.include(more.stderr, "1 done before")
  })

  it("is listed run by run, each with its example, its seed and the base's figure", async () => {
    const runs = (await listed(quietDir)).filter(({ example }) => example !== "seq:4")
    const rows = rowsOf(quiet)
    assert.lengthOf(runs, 5)
    for (const { base, example, gain, newest, run, seed, sessions, status } of runs) {
      const row = rows.find((each) => each.run === run)
      assert.deepStrictEqual([status, sessions, base], ["finished", 1, rows[0].base])
      if (row !== undefined) assert.deepStrictEqual([example, seed, newest], [row.example, row.seed, row.trained])
      assert.closeTo(gain ?? Number.NaN, row?.gain ?? 0, 1e-9)
    }
  })

  it("has no history any more, then it is told anew from the log, and the lines are the same", async () => {
    rmSync(join(quietDir, "history"), { recursive: true })
    assert.deepStrictEqual((await onefold(sweepOf(quietDir))).lines, quiet.lines)
  })
})

describe("a sweep that is interrupted", () => {
  it("killed amid its runs, then the same command repeats nothing that is finished, and all is as if undisturbed", async () => {
    const dataDir = join(scratch, "killed")
    const killed = spawned(sweepOf(dataDir))
    await killed.until("2/5 finished")
    killed.child.kill("SIGKILL")
    await killed.ended
    const before = await listed(dataDir)
    const finished = before.filter(({ status }) => status === "finished")
    assert.isAtLeast(finished.length, 2)
    assert.isBelow(finished.length, 5)
    const again = await onefold(sweepOf(dataDir))
    assert.deepStrictEqual(figuresOf(again), figuresOf(quiet))
    assert.include(again.stderr, `${finished.length} done before`)
    const after = new Map((await listed(dataDir)).map(({ run, sessions }) => [run, sessions]))
    for (const { run, status } of before) assert.strictEqual(after.get(run), status === "finished" ? 1 : 2)
    const isAsked = (id: string): boolean => !id.includes("-seq-4-")
    assert.deepStrictEqual(await storyOf(dataDir), (await storyOf(quietDir)).filter(isAsked))
  })

  it("asked to stop by Ctrl-C, then it answers sql until then, pauses its runs, and the same command goes on", async () => {
    const dataDir = join(scratch, "paused")
    const run = spawned(sweepOf(dataDir))
    await run.until("1/5 finished")
    const asked = await onefold([
      "sql",
      "SELECT count() > 0 AS some FROM runs",
      "--format",
      "csv",
      "--data-dir",
      dataDir
    ])
    assert.deepStrictEqual([asked.code, asked.lines[1]], [0, "1"], asked.stderr)
    run.child.kill("SIGINT")
    const { code, stderr, stdout } = await run.ended
    assert.deepStrictEqual([code, stdout], [0, ""], stderr)
    assert.match(stderr, /stopping after the steps under way\n(?:.*\n)*paused; the same command goes on\n$/)
    assert.isFalse(existsSync(join(dataDir, "live.json")))
    assert.deepStrictEqual(figuresOf(await onefold(sweepOf(dataDir))), figuresOf(quiet))
  })
})

describe("a sweep that cannot be", () => {
  it.each([
    [2, "family:tow", [], 'Did you mean "family:two"?'],
    [2, "two:77", [], 'Did you mean "two:7"?'],
    [2, "rank:1-16", [], "ranks need --from"],
    [3, "none.jsonl", [], "example none.jsonl: there is no such file"],
    [2, "two:1", ["--set", "learningrate=1"], 'did you mean "learningRate"?'],
    [2, "two:1", ["--set", "groupSize=1"], "groupSize is 1"],
    [2, "two:1", ["--set", "reward=formt"], 'did you mean "format"?'],
    [3, "two:1", ["--set", "evaluation.maxTokens=120"], "exceeds the model's 128. Set evaluation.maxTokens to fewer"],
    [2, "two:1", ["--seeds", "x"], "--seeds x: it names no seeds"],
    [2, "two:1", ["--parallel", "0"], "--parallel 0 is out of range"],
    [2, "two:1", ["--steps", "0"], "--steps 0 is out of range"],
    [2, "two:1", ["--preset", "model"], "no gain could be measured"]
  ])(
    "is refused with code %d where it asks for %s %j, before anything is written",
    async (code, examples, more, said) => {
      const dataDir = join(scratch, "never")
      isRefused(await onefold(["sweep", "--examples", examples, "--data-dir", dataDir, ...more]), code, said)
      assert.isFalse(existsSync(dataDir))
    }
  )
})
