/** An evaluation of the miniature as a user makes it: its table, its lines, its answers, its history, its refusals. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { type Ended, isRefused, onefold, scratchFolder } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")
const at = ["--data-dir", dataDir]
const asked = ["--sets", "chain,two", "--per-family", "3", "--protocol", "avg@2"]
const answersFile = join(scratch, "answers.jsonl")

const Figure = Schema.Struct({
  metric: Schema.String,
  value: Schema.Finite,
  low: Schema.Finite,
  high: Schema.Finite
})
const Result = Schema.Struct({
  type: Schema.Literal("result"),
  run: Schema.String,
  model: Schema.String,
  policy: Schema.String,
  protocol: Schema.String,
  tests: Schema.Array(
    Schema.Struct({
      test: Schema.String,
      set: Schema.String,
      problems: Schema.Int,
      samplesPerProblem: Schema.Int,
      figures: Schema.Array(Figure),
      groups: Schema.Record(Schema.String, Schema.Unknown)
    })
  ),
  average: Schema.NullOr(Figure)
})
const resultIn = ({ lines }: Ended): typeof Result.Type =>
  Schema.decodeUnknownSync(Schema.fromJsonString(Result))(lines.at(-1))
const Answer = Schema.Struct({
  id: Schema.String,
  set: Schema.String,
  sample: Schema.Int,
  gold: Schema.String,
  completion: Schema.String,
  correct: Schema.NullOr(Schema.Boolean),
  extracted: Schema.NullOr(Schema.String),
  rule: Schema.String,
  tokens: Schema.Int,
  stop: Schema.String
})
const answersIn = (file: string): ReadonlyArray<typeof Answer.Type> =>
  readFileSync(file, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => Schema.decodeUnknownSync(Schema.fromJsonString(Answer))(line))
const figure = (figures: ReadonlyArray<typeof Figure.Type>, metric: string): number | undefined =>
  figures.find((each) => each.metric === metric)?.value

let first: Ended

beforeAll(async () => {
  first = await onefold(["evaluate", ...asked, "--samples-out", answersFile, "--json", ...at])
  assert.strictEqual(first.code, 0, first.stderr)
})

describe("evaluate --json", () => {
  it("begins with the run, has a line for each test, and ends with the result", () => {
    const types = first.lines.map((line) => {
      const { protocol, run, type } = JSON.parse(line)
      return type === "evaluation" ? protocol : [type, run]
    })
    const { run } = resultIn(first)
    assert.match(run, /^eval-miniature-[0-9a-f]{8}$/)
    assert.deepStrictEqual(
      [types[0], types.at(-1)],
      [
        ["run", run],
        ["result", run]
      ]
    )
    assert.sameMembers(types.slice(1, -1), ["chain.avg@2", "two.avg@2"])
  })

  it("tells each set's figures with their intervals, and the sets' average", () => {
    const { average, protocol, tests } = resultIn(first)
    assert.strictEqual(protocol, "avg@2")
    assert.deepStrictEqual(
      tests.map(({ problems, samplesPerProblem, set, test }) => [set, test, problems, samplesPerProblem]),
      [
        ["chain", "chain.avg@2", 3, 2],
        ["two", "two.avg@2", 3, 2]
      ]
    )
    const accuracies = tests.map(({ figures }) => figure(figures, "accuracy") ?? Number.NaN)
    assert.closeTo(average?.value ?? Number.NaN, (accuracies[0] + accuracies[1]) / 2, 1e-12)
    for (const { figures } of tests) {
      for (const { high, low, value } of figures) assert.isTrue(low <= value && value <= high)
      assert.includeMembers(
        figures.map(({ metric }) => metric),
        ["accuracy", "pass@2", "maj@2", "boxed", "truncated", "responseLength", "reflection", "gaveUp", "wouldExecute"]
      )
    }
  })

  it("counts answers on stderr in plain lines", () => {
    assert.match(first.stderr, /^answers 12\/12 {2}(chain|two)\.avg@2 accuracy 0\.\d{3}$/m)
    assert.notInclude(first.stderr, "\r")
  })
})

describe("--samples-out", () => {
  it("has every answer in the order of sets, problems and samples, and its verdicts are the accuracy", () => {
    const answers = answersIn(answersFile)
    assert.deepStrictEqual(
      answers.map(({ sample, set }) => [set, sample]),
      ["chain", "two"].flatMap((set) => [0, 1, 0, 1, 0, 1].map((sample) => [set, sample]))
    )
    assert.lengthOf(new Set(answers.map(({ id }) => id)), 6)
    for (const { figures, set } of resultIn(first).tests) {
      const own = answers.filter((answer) => answer.set === set)
      const mean = (of: (answer: typeof Answer.Type) => number) =>
        own.reduce((sum, answer) => sum + of(answer), 0) / own.length
      assert.closeTo(
        mean(({ correct }) => (correct === true ? 1 : 0)),
        figure(figures, "accuracy") ?? -1,
        1e-12
      )
      assert.closeTo(
        mean(({ tokens }) => tokens),
        figure(figures, "responseLength") ?? -1,
        1e-12
      )
    }
  })

  it("given a folder that is not there, then it is refused and nothing is written", async () => {
    const fresh = join(scratch, "unsampled")
    const file = join(scratch, "nowhere", "answers.jsonl")
    const refused = await onefold(["evaluate", ...asked, "--samples-out", file, "--data-dir", fresh])
    isRefused(refused, 4, "cannot write answers to")
    assert.isFalse(existsSync(fresh))
  })
})

describe("the same command again", () => {
  it("prints the recorded result and generates nothing", async () => {
    const again = await onefold(["evaluate", ...asked, "--json", ...at])
    assert.strictEqual(again.code, 0, again.stderr)
    assert.deepStrictEqual(again.lines, first.lines.slice(-1))
    assert.match(again.stderr, /^evaluation eval-miniature-[0-9a-f]{8} is finished: these are its recorded answers\n$/)
    assert.strictEqual((await onefold(["runs", "--json", ...at])).lines.length, 1)
  })

  it("with another setting is another evaluation", async () => {
    const plan = async (...more: ReadonlyArray<string>): Promise<string> => {
      const { code, stderr, stdout } = await onefold(["evaluate", ...asked, "--dry-run", ...more, ...at])
      assert.strictEqual(code, 0, stderr)
      return JSON.parse(stdout).run
    }
    const { run } = resultIn(first)
    assert.strictEqual(await plan(), run)
    for (const more of [
      ["--test-seed", "7"],
      ["--temperature", "1"],
      ["--reflection-words", "wait"]
    ])
      assert.notStrictEqual(await plan(...more), run, more.join(" "))
  })

  it("by resume or show is the same result line", async () => {
    const { run } = resultIn(first)
    for (const command of ["resume", "show"]) {
      const told = await onefold([command, run, "--json", ...at])
      assert.deepStrictEqual([told.code, told.lines], [0, first.lines.slice(-1)], told.stderr)
    }
  })
})

describe("a table", () => {
  it("has a row for each set, the average, and groups where there are several", async () => {
    const { code, stderr, stdout } = await onefold(["evaluate", ...asked, "--groups", ...at])
    assert.strictEqual(code, 0, stderr)
    const rows = stdout.split("\n").map((line) => line.trimEnd())
    const { average, policy, run } = resultIn(first)
    assert.include(rows, `${run}: miniature by avg@2`)
    assert.isTrue(
      rows.some((row) => /^set +n +k +accuracy +95 % +pass@k +maj@k +boxed +truncated +length +reflection$/.test(row))
    )
    for (const set of ["chain", "two"])
      assert.isTrue(rows.some((row) => row.startsWith(`${set} `) && / 3 +2 /.test(row)))
    assert.isTrue(rows.some((row) => row.startsWith("average ") && row.includes((average?.value ?? -1).toFixed(3))))
    assert.include(rows, `policy sha256 ${policy}`)
    assert.notInclude(stdout, "gave up")
  })
})

describe("the history of an evaluation", () => {
  it("has every answer, every token and every figure, and the run among the runs", async () => {
    const rows = async (query: string): Promise<ReadonlyArray<unknown>> => {
      const { code, lines, stderr } = await onefold(["sql", query, "--format", "json", ...at])
      assert.strictEqual(code, 0, stderr)
      return lines.map((line) => JSON.parse(line))
    }
    const answers = answersIn(answersFile)
    const tokens = answers.reduce((sum, answer) => sum + answer.tokens, 0)
    assert.deepStrictEqual(
      await rows("SELECT toInt32(count()) AS n, toInt32(countIf(verdict = 'correct')) AS c FROM evaluation_samples"),
      [{ n: 12, c: answers.filter(({ correct }) => correct === true).length }]
    )
    assert.deepStrictEqual(await rows("SELECT toInt32(count()) AS n FROM evaluation_tokens"), [{ n: tokens }])
    const value = figure(resultIn(first).tests[0].figures, "accuracy")
    const query =
      "SELECT value FROM evaluation_figures WHERE metric = 'accuracy' AND family = 'all' ORDER BY protocol LIMIT 1"
    assert.deepStrictEqual(await rows(query), [{ value }])
  })

  it("lists it as a run with its tests and their average", async () => {
    const { lines } = await onefold(["runs", "--json", ...at])
    const [row] = lines.map((line) => JSON.parse(line))
    assert.deepInclude(row, { status: "finished", steps: 0, base: null, gain: null, example: "0 examples" })
    assert.deepStrictEqual(row.tests, ["chain.avg@2", "two.avg@2"])
    assert.closeTo(row.newest, resultIn(first).average?.value ?? Number.NaN, 1e-12)
    const { code, stdout } = await onefold(["runs", ...at])
    assert.strictEqual(code, 0)
    assert.match(stdout, /eval-miniature-[0-9a-f]{8} +finished +0 /)
  })

  it("leaves no report", () => assert.deepStrictEqual(readdirSync(join(dataDir, "reports")), []))
})

describe("--dry-run", () => {
  it("prints tests, answers and tokens at most, and writes nothing", async () => {
    const fresh = join(scratch, "dry")
    const { code, stdout } = await onefold(["evaluate", "--dry-run", "--json", "--data-dir", fresh])
    assert.strictEqual(code, 0)
    const plan = JSON.parse(stdout)
    assert.deepInclude(plan, { type: "plan", answers: 300 * 8, tokens: 300 * 8 * 56 })
    assert.lengthOf(plan.tests, 6)
    assert.deepInclude(plan.config, { preset: "evaluate", steps: 0, prompts: [] })
    assert.isFalse(existsSync(fresh))
  })
})

const blank = join(scratch, "blank.jsonl")
const shots = join(scratch, "shots.jsonl")

describe("what cannot be evaluated", () => {
  beforeAll(() => {
    writeFileSync(blank, '{"problem": "1+1=?"}\n')
    writeFileSync(shots, "no demonstrations\n")
    mkdirSync(join(scratch, "no-model"))
  })

  it.each([
    { what: "an unknown set", args: ["--sets", "chian"], code: 2, said: "the nearest is chain" },
    { what: "an unknown protocol", args: ["--protocol", "avg"], code: 2, said: 'there is no protocol "avg"' },
    { what: "an unknown run", args: ["--model", "mini-two-1-1@3"], code: 2, said: "no run has been recorded in" },
    { what: "a folder without a model", args: ["--model", join(scratch, "no-model")], code: 5, said: "no-model" },
    { what: "a set without answers", args: ["--sets", blank], code: 3, said: "blank.jsonl" },
    { what: "shots that are none", args: ["--shots", shots], code: 3, said: "shots.jsonl" },
    {
      what: "greedy answers more than once",
      args: ["--temperature", "0", "--samples", "4"],
      code: 2,
      said: "samples=4"
    },
    { what: "a prompt nobody knows", args: ["--prompt", "qwen"], code: 2, said: "there is no such prompt" },
    { what: "a chat without a template", args: ["--prompt", "chat"], code: 2, said: "chat template" },
    {
      what: "problems it has no signs for",
      args: ["--prompt", "deepseek-math"],
      code: 3,
      said: "of the miniature's generator"
    },
    { what: "no problems", args: ["--limit", "0"], code: 2, said: "--limit 0 is out of range" },
    { what: "a seed that is none", args: ["--test-seed", "-1"], code: 2, said: "--test-seed -1 is out of range" },
    { what: "itself against itself", args: ["--against", "miniature"], code: 2, said: "nothing to compare" },
    { what: "slots said twice", args: ["--slots", "2", "--cache-bytes", "9999"], code: 2, said: "give one" }
  ])("$what: refused with $code, and no folder is left", async ({ args, code, said }) => {
    const fresh = join(scratch, "fresh")
    const ended = await onefold(["evaluate", "--per-family", "2", ...args, "--data-dir", fresh])
    isRefused(ended, code, said)
    assert.isFalse(existsSync(fresh))
  })

  it("a run that is not recorded: refused with a name that is, and nothing is added", async () => {
    isRefused(await onefold(["evaluate", "--model", "eval-minature", ...at]), 2, "did you mean eval-miniature-")
    isRefused(
      await onefold(["evaluate", "--model", `${resultIn(first).run}@4`, ...at]),
      2,
      "has no policy after 4 updates"
    )
    assert.strictEqual((await onefold(["runs", "--json", ...at])).lines.length, 1)
  })
})
