/** `onefold show --step` as a user types it, held against the history's own rows. */
import { join } from "node:path"
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { layerLmdb } from "../../platform/log/lmdb.ts"
import { exitCodeOf } from "./exit-codes.ts"
import { showStep } from "./show-step.ts"
import { isRefused, onefold, scratchFolder, smoke } from "./spawned.fixture.ts"

const scratch = scratchFolder()
const dataDir = join(scratch, "run")
const here = ["--data-dir", dataDir]
const show = (...flags: ReadonlyArray<string>) => onefold(["show", "last", ...here, ...flags])

const Numbers = Schema.Array(Schema.Finite)
const Shown = Schema.fromJsonString(
  Schema.Struct({
    ...{ tokens: Numbers, tokenTexts: Schema.Array(Schema.String), logProbs: Numbers, trainerLogProbs: Numbers },
    ...{ trainerEntropies: Numbers, referenceLogProbs: Numbers, advantages: Numbers, reward: Schema.Finite },
    ...{ policy: Schema.String, learnedIn: Schema.Struct({ shard: Schema.Finite, update: Schema.Finite }) }
  })
)
const Row = Schema.fromJsonString(
  Schema.Struct({
    ...{ token: Schema.Finite, text: Schema.String, behaviour_log_prob: Schema.Finite, log_prob: Schema.Finite },
    ...{ reference_log_prob: Schema.Finite, entropy: Schema.Finite, advantage: Schema.Finite, reward: Schema.Finite },
    ...{ shard: Schema.Finite, policy: Schema.String, step: Schema.Finite }
  })
)
const Table = Schema.fromJsonString(
  Schema.Struct({
    type: Schema.String,
    answers: Schema.Array(
      Schema.Struct({ id: Schema.String, sample: Schema.Finite, reward: Schema.NullOr(Schema.Finite) })
    )
  })
)
const tableOf = Schema.decodeUnknownSync(Table)

beforeAll(async () => {
  const { code, stderr } = await onefold(smoke(dataDir, "--steps", "2"))
  assert.strictEqual(code, 0, stderr)
}, 300_000)

const slow = { timeout: 300_000 }

describe("a rollout", () => {
  it("has the numbers that the history has of each of its tokens", slow, async () => {
    const shown = Schema.decodeUnknownSync(Shown)((await show("--step", "1", "--sample", "5", "--json")).stdout)
    const query = "SELECT * FROM tokens WHERE rollout_step = 1 AND sample = 5 AND prompt = 'two:1' ORDER BY position"
    const { lines } = await onefold(["sql", query, "--format", "json", ...here])
    const rows = lines.map((line) => Schema.decodeUnknownSync(Row)(line))
    assert.isAbove(rows.length, 2)
    assert.deepStrictEqual(
      [shown.tokens, shown.tokenTexts],
      [rows.map(({ token }) => token), rows.map((row) => row.text)]
    )
    assert.strictEqual(shown.tokenTexts.at(-1), rows.length === 32 ? rows[31].text : "<eos>")
    for (const [of, name] of [
      ["logProbs", "behaviour_log_prob"],
      ["trainerLogProbs", "log_prob"],
      ["referenceLogProbs", "reference_log_prob"],
      ["trainerEntropies", "entropy"],
      ["advantages", "advantage"]
    ] as const)
      assert.deepStrictEqual(
        shown[of].map(Math.fround),
        rows.map((row) => Math.fround(row[name])),
        of
      )
    for (const row of rows) {
      const { policy, reward, shard, step } = row
      assert.deepStrictEqual(
        { policy, reward, shard, step: step + 1 },
        { policy: shown.policy, reward: shown.reward, shard: shown.learnedIn.shard, step: shown.learnedIn.update }
      )
    }
  })

  it("given no terminal, then its tokens come as a table without a control character", slow, async () => {
    const { code, stdout } = await show("--step", "1", "--sample", "5", "--prompt", "two:1", "--by", "ratio")
    assert.strictEqual(code, 0)
    assert.match(stdout, /^at +id +token +log-prob +entropy +advantage +ratio +kl$/m)
    assert.include(stdout, "/1/gradient/")
    assert.notMatch(stdout, /[^\P{Cc}\n]/u)
  })
})

describe("a step", () => {
  it("is a table of its rollouts, and of a test its answers, the best first", slow, async () => {
    const { answers, type } = tableOf((await show("--step", "0", "--json")).stdout)
    assert.deepStrictEqual([type, answers.length], ["rollouts", 32])
    const rewards = answers.map(({ reward }) => reward ?? -1)
    assert.deepStrictEqual(
      rewards,
      rewards.toSorted((a, b) => b - a)
    )
    const tested = tableOf((await show("--step", "2", "--test", "greedy", "--json")).stdout)
    assert.deepStrictEqual([tested.type, tested.answers.length], ["answers", 12])
    const [{ id }] = tested.answers
    const one = JSON.parse((await show("--step", "2", "--test", "greedy", "--problem", id, "--json")).stdout)
    assert.deepInclude(one, { type: "answer", problem: id, sample: 0, advantages: null, reward: null })
    assert.isNotEmpty(one.promptText)
  })
})

describe("what is not there", () => {
  const nothing = { sample: null, prompt: null, problem: null, test: null, model: null, json: false }
  it.effect.each([
    [{ step: 7 }, "has no rollouts of step 7; steps go from 0 to 1; the nearest is 1"],
    [{ step: 1, sample: 40 }, "no sample 40 here; samples go from 0 to 31; the nearest is 31"],
    [{ step: 1, prompt: "tow:1" }, "no prompt tow:1 in this step; did you mean two:1?"],
    [{ step: 2, test: "gredy" }, "no test gredy; did you mean greedy?"],
    [{ step: 1, test: "train@2" }, "no answers to test train@2 at step 1; steps go from 0 to 2; the nearest is 0"],
    [{ step: 2, test: "greedy", problem: "test/two/x" }, "did you mean test/two/"],
    [{ step: 2, test: "greedy", sample: 0 }, "12 problems have a sample 0; choose one with --problem, such as test/"],
    [{ step: 2, test: "greedy", problem: "test/two/2026/0", by: "kl" }, "nothing is learned from an answer"]
  ] as const)("given %j, then code 2 and what there is", ([asked, said]) =>
    Effect.gen(function* () {
      const options = { ...nothing, run: "last", by: "log-prob" as const, dataDir, ...asked }
      const error = yield* Effect.flip(showStep(options))
      assert.include(error.message, said)
      assert.strictEqual(exitCodeOf(error), 2)
    })
  )

  it.each([
    [["--sample", "1"], "--sample chooses among the answers of a step; give --step too"],
    [["--step", "1", "--problem", "x"], "--problem is one of a test; give --test too"],
    [["--step", "1", "--prompt", "x", "--test", "greedy"], "--prompt is of rollouts, --test of evaluations"],
    [["--step", "-1"], "--step -1 is out of range"]
  ] as const)("given %j, then code 2 and what goes together", slow, async (flags, said) => {
    isRefused(await show(...flags), 2, said)
  })

  it(
    "given a run that is not there, or a path, then the nearest run; given a live run's folder, then who has it",
    slow,
    async () => {
      for (const name of ["smoke-two", "../../etc/passwd"])
        isRefused(await onefold(["show", name, "--step", "1", ...here]), 2, "did you mean smoke-two-1-1?")
      const whileOpen = Effect.promise(() => show("--step", "1")).pipe(Effect.provide(layerLmdb(join(dataDir, "log"))))
      isRefused(await Effect.runPromise(whileOpen), 4, 'meanwhile "onefold sql" answers')
    }
  )
})
