/** Recorded answers judged again, as a user asks for it. */
import { cpSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { example, testProblems, validationProblems } from "../../learning/datasets/miniature/problems.ts"
import { grade } from "../../learning/grading/grade.ts"
import { type GradingMode, graderTitle } from "../../learning/grading/modes.ts"
import { miniatureBase } from "./base.ts"
import { exitCodeOf } from "./exit-codes.ts"
import { piped } from "./piped.fixture.ts"
import { regrade as judge, type RegradeOptions } from "./regrade.ts"
import { type Ended, isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "data")

const parsed = ({ code, lines, stderr }: Ended) => {
  assert.strictEqual(code, 0, stderr)
  return lines.map((line) => JSON.parse(line))
}
const regrade = (...args: ReadonlyArray<string>) => onefold(["regrade", "last", "--data-dir", dataDir, ...args])
const regraded = async (...args: ReadonlyArray<string>) => parsed(await regrade("--json", ...args))
const asked = async (query: string) => parsed(await onefold(["sql", query, "--format", "json", "--data-dir", dataDir]))

/** A run by Qwen's grader, whose model is gone after it. */
let told: ReadonlyArray<Record<string, unknown> & { readonly type: string }> = []
beforeAll(async () => {
  const model = join(scratch, "model")
  cpSync(miniatureBase, model, { recursive: true })
  const args = ["--steps", "2", "--grader", "qwen", "--model", model, "--example", "two:1"]
  told = parsed(await onefold(smoke(dataDir, ...args)))
  rmSync(model, { recursive: true })
}, 180_000)

const options: RegradeOptions = {
  ...{ answers: "last", dataDir, mode: "exact", reward: null, rewardSet: [], step: null, test: null },
  ...{ changes: 20, json: true }
}
const refuses = (given: Partial<RegradeOptions>, code: number, said: string) =>
  Effect.gen(function* () {
    const failure = yield* Effect.flip(judge({ ...options, ...given }))
    assert.include(failure.message, said)
    assert.strictEqual(exitCodeOf(failure), code)
  })

const golds = new Map([
  ...[...testProblems({ seed: 2026, perFamily: 2 }), ...validationProblems({ perFamily: 2, except: new Set() })].map(
    ({ answer, id }) => [id, answer] as const
  ),
  ["two:1", example("two:1")?.answer ?? ""] as const
])

interface Row {
  readonly test: string
  readonly step: number
  readonly problem: string
  readonly text: string
  readonly verdict: string
}

/** Every answer of the run, asked of its history. */
const rows = async (): Promise<ReadonlyArray<Row>> => [
  ...(await asked("SELECT protocol AS test, step, problem, text, verdict FROM evaluation_samples")),
  ...(await asked(
    "SELECT 'train' AS test, step, prompt AS problem, text, verdict FROM rollouts JOIN verdicts USING (run, step, prompt, sample)"
  ))
]

/** Right answers then and now, and how many turned, counted without what is tested. */
const countsBy = (answers: ReadonlyArray<Row>, mode: GradingMode) =>
  Object.fromEntries(
    [...Map.groupBy(answers, ({ step, test }) => `${test} ${step}`)].map(([key, own]) => {
      const pairs = own.map(({ problem, text, verdict }) => {
        const now = grade({ id: problem, text, reference: golds.get(problem) ?? "", mode }).verdict
        return [verdict === "correct", now === "correct"]
      })
      const count = (holds: (pair: ReadonlyArray<boolean>) => boolean) => pairs.filter(holds).length
      return [
        key,
        {
          answers: own.length,
          recorded: count(([before]) => before) / own.length,
          now: count(([, after]) => after) / own.length,
          rightToWrong: count(([before, after]) => before && !after),
          wrongToRight: count(([before, after]) => !before && after)
        }
      ]
    })
  )

describe("a run judged again", () => {
  it("was judged by the grader that it was told to use, in training and in its tests", async () => {
    const graders = "SELECT DISTINCT grader FROM verdicts UNION DISTINCT SELECT DISTINCT grader FROM evaluation_samples"
    assert.deepStrictEqual(await asked(graders), [{ grader: graderTitle("qwen") }])
  })

  it.each(["exact", "deepscaler"] as const)(
    "given the mode %s, then counts are those of grading what the history holds",
    async (mode) => {
      const lines = await regraded("--mode", mode)
      const last = lines.at(-1)
      const expected = countsBy(await rows(), mode)
      assert.sameMembers(
        last.results.map(({ step, test }: Row) => `${test} ${step}`),
        Object.keys(expected)
      )
      for (const result of last.results) {
        const { now, recorded, ...counts } = expected[`${result.test} ${result.step}`]
        assert.deepInclude(result, counts)
        assert.approximately(result.now, now, 1e-12)
        assert.approximately(result.recorded, recorded, 1e-12)
      }
      assert.isAbove(last.rightToWrong, 0, "the graders must differ for this to say something")
      assert.strictEqual(last.changed, last.rightToWrong + last.wrongToRight)
      assert.lengthOf(lines, last.changed + 1)
      for (const { gold, problem, recorded, type } of lines.slice(0, -1))
        assert.deepInclude(
          { gold, type, verdict: recorded.verdict },
          { gold: golds.get(problem), type: "verdict", verdict: "correct" }
        )
    }
  )

  it("given its own grader, then nothing changes, and figures and rewards are those that the run told", async () => {
    const [last, ...others] = await regraded("--mode", "qwen", "--reward", "outcome")
    assert.lengthOf(others, 0)
    assert.deepInclude(last, { type: "regrade", mode: "qwen", reward: "outcome", changed: 0, ungraded: 0 })
    for (const evaluation of told.filter(({ type }) => type === "evaluation")) {
      const { protocol, results, step } = evaluation
      assert(Array.isArray(results))
      const found = last.results.find((each: Row) => each.test === protocol && each.step === step)
      const { accuracy, high, low } = results[0]
      assert.deepStrictEqual([found.recorded, found.recordedLow, found.recordedHigh], [accuracy, low, high])
      assert.deepStrictEqual([found.now, found.nowLow, found.nowHigh], [accuracy, low, high])
    }
    const steps = told.filter(({ type }) => type === "step")
    assert.lengthOf(last.rewards, 2)
    for (const [i, { rewardMean, zeroSignalGroups }] of steps.entries()) {
      const { changed, now, nowZeroSignal, recorded, recordedZeroSignal } = last.rewards[i]
      assert.deepStrictEqual([recorded, now, changed], [rewardMean, rewardMean, 0])
      assert.deepStrictEqual([recordedZeroSignal, nowZeroSignal], [zeroSignalGroups, zeroSignalGroups])
    }
  })

  it("given another reward, by name or of a file, then what rollouts would have earned", async () => {
    const boxed = await asked("SELECT step, avg(boxed) AS boxed FROM verdicts GROUP BY step ORDER BY step")
    const [format] = await regraded("--reward", "format")
    const means = ({ rewards }: { rewards: ReadonlyArray<{ step: number; now: number }> }) =>
      rewards.map(({ now, step }) => ({ step, boxed: now }))
    assert.deepStrictEqual(means(format), boxed)
    assert.deepInclude(format, { mode: null, reward: "format", changed: 0 })
    const file = join(scratch, "boxes.mjs")
    writeFileSync(
      file,
      'export default { name: "boxes", version: 1, about: "x", parameters: { pay: { type: "number", about: "x", default: 1, least: 0, most: 9 } }, reward: ({ boxed, parameters }) => boxed ? parameters.pay : 0 }'
    )
    const [twice] = await regraded("--reward", file, "--reward-set", "pay=2")
    assert.deepStrictEqual(
      means(twice).map(({ boxed: mean }) => mean / 2),
      boxed.map(({ boxed: mean }: { boxed: number }) => mean)
    )
  })

  it("given a person who asks, then tables with as many changes as wanted", async () => {
    const { code, stderr, stdout } = await regrade("--mode", "exact", "--changes", "2", "--test", "greedy")
    assert.strictEqual(code, 0, stderr)
    assert.match(stdout, /^test +step +answers +recorded +now +difference +changed/)
    assert.match(stdout, /^greedy +0 +12 +0\.\d{3} \[/m)
    assert.notMatch(stdout, /^train/m)
    assert.match(stdout, /changed verdicts: 2 of \d+/)
    assert.include(stderr, "nothing is written")
  })

  it.effect.each([
    [{ mode: null }, 2, "say what shall judge: --mode"],
    [{ test: "gredy" }, 2, 'it has no test "gredy"; did you mean "greedy"?'],
    [{ step: 9 }, 2, "no answers at step 9; there are some at 0, 1, 2"],
    [{ changes: -1 }, 2, "--changes -1 is out of range"],
    [{ reward: "outcme" }, 2, 'did you mean "outcome"?'],
    [{ reward: "format", test: "greedy" }, 2, "--test greedy has none"],
    [{ rewardSet: ["share=1"] }, 2, "name it with --reward"],
    [{ reward: "random", rewardSet: ["share=2"] }, 2, "it must be a number from 0 to 1"],
    [{ answers: "smoke-two" }, 2, "did you mean smoke-two-1-1"],
    [{ dataDir: join(scratch, "none") }, 4, "no run has been recorded"]
  ] as const)("given %j, then code %d and what is wrong", ([given, code, said]) => refuses(given, code, said))
})

describe("a file judged again", () => {
  const answers = [
    { id: "a", gold: "\\frac12", completion: "so \\boxed{0.5}", correct: true },
    { id: "a", gold: "\\frac12", completion: "so \\boxed{0.6}", correct: true },
    { id: "b", gold: "1", completion: "\\boxed{9^{9^{9^{9}}}}", correct: false },
    { id: "b", gold: "1", completion: "\\boxed{1}", correct: null },
    { id: 7, gold: "5", completion: "\\boxed{5 cm}", data_name: "minerva_math", correct: false },
    { id: 7, gold: "5", completion: "\\boxed{6}", data_name: "minerva_math" },
    { id: 7, gold: "5", completion: "\\boxed{5}", data_name: "minerva_math", set: "own", sample: 3 }
  ]
  const text = (lines: ReadonlyArray<object>) => lines.map((line) => `${JSON.stringify(line)}\n`).join("")
  const file = join(scratch, "last")
  writeFileSync(file, text(answers))

  it("given a file or stdin, then each set is told, and each verdict that changed", () => {
    for (const source of [file, "-"]) {
      const lines = parsed(piped(["regrade", source, "--mode", "exact", "--json"], text(answers)))
      assert.deepStrictEqual(
        lines.slice(0, -1).map(({ problem, sample, test, turn }) => [test, problem, sample, turn]),
        [
          ["all", "a", 1, "rightToWrong"],
          ["all", "b", 0, "nowUnknown"],
          ["all", "b", 1, "wasUnknown"],
          ["minerva_math", "7", 0, "wrongToRight"]
        ]
      )
      const last = lines.at(-1)
      assert.deepInclude(last, { type: "regrade", source, mode: "exact", reward: null, answers: 7, changed: 4 })
      assert.deepInclude(last, { rightToWrong: 1, wrongToRight: 1, nowUnknown: 1, wasUnknown: 1 })
      const [all, minerva, own] = last.results
      assert.deepInclude(all, {
        test: "all",
        step: null,
        problems: 2,
        answers: 4,
        compared: 4,
        recorded: 0.5,
        now: 0.5
      })
      assert.isBelow(all.nowLow, all.nowHigh)
      assert.deepInclude(minerva, { test: "minerva_math", problems: 1, compared: 1, recorded: null, now: 0.5 })
      assert.deepInclude(own, { test: "own", answers: 1, compared: 0, changed: 0, now: 1 })
    }
  })

  it("given a file of a run's name, then the file wins; given a set, then it alone", () => {
    const { stdout } = piped(["regrade", file, "--mode", "exact", "--test", "own"])
    assert.match(stdout, /^own +– +1 +– +1\.000 \[/m)
    assert.notMatch(stdout, /^all/m)
    assert.include(stdout, "1 answers; none came with a verdict")
  })

  it("given the verdicts of a mode, then that mode changes none of them", () => {
    const correct = new Map<number, boolean | null>()
    const named = answers.map((answer, i) => ({ ...answer, id: i }))
    for (const mode of ["exact", "qwen"]) {
      for (const line of parsed(piped(["grade", "--mode", mode], text(named)))) correct.set(line.id, line.correct)
      const judged = named.map((answer) => ({ ...answer, correct: correct.get(answer.id) }))
      const [last, ...others] = parsed(piped(["regrade", "-", "--mode", mode, "--json"], text(judged)))
      assert.deepInclude(last, { type: "regrade", answers: 7, changed: 0 })
      assert.lengthOf(others, 0)
    }
  })

  it("given a bad line behind good ones, then it is named and nothing is told", () => {
    isRefused(
      piped(["regrade", "-", "--mode", "exact"], `${text(answers)}{"id":"b"}\n`),
      3,
      'line 8: Missing key at ["gold"]'
    )
  })

  const lines = (name: string, content: string): string => {
    writeFileSync(join(scratch, name), content)
    return join(scratch, name)
  }
  const good = text(answers.slice(0, 1))
  const twice = { ...answers[0], sample: 2 }
  it.effect.each([
    [{ answers: lines("no-json", `${good}{\n`) }, 3, "no-json, line 2: it is no JSON"],
    [{ answers: lines("no-verdict", text([{ ...answers[0], correct: "yes" }])) }, 3, "no-verdict, line 1: "],
    [{ answers: lines("twice", text([twice, twice])) }, 3, "line 2: sample 2 of problem a is there twice"],
    [{ answers: lines("empty", "\n") }, 3, "there are no answers"],
    [{ answers: file, test: "nobody's" }, 3, 'there are no answers of the set "nobody\'s"'],
    [{ answers: file, reward: "format" }, 2, "--reward goes with a run"],
    [{ answers: file, step: 1 }, 2, "--step goes with a run"],
    [{ answers: join(scratch, "none.jsonl") }, 3, "none.jsonl: there is no such file"]
  ] as const)("given %j, then code %d and what is wrong", ([given, code, said]) => refuses(given, code, said))
})
