import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { type Choices, configOf } from "./presets.ts"

const choices: Choices = {
  preset: "model",
  prompts: [{ promptId: "file:0", text: "1+1=?", answer: "2" }],
  model: { name: "/models/one", hash: "0".repeat(64) },
  steps: null,
  seed: 0,
  testSeed: 1
}

describe("configOf", () => {
  it.effect("given single settings, then they replace the preset's, and evaluations get as many tokens", () =>
    Effect.gen(function* () {
      const config = yield* configOf({ ...choices, overrides: { copies: 3, maxTokens: 100, learningRate: 0.5 } })
      assert.deepInclude(config, { copies: 3, groupSize: 4, maxTokens: 100, learningRate: 0.5, temperature: 0.6 })
      assert.deepInclude(config.evaluation, { maxTokens: 100, problems: [] })
    })
  )

  it.effect("given problems, then they are the run's own; the miniature's presets draw theirs", () =>
    Effect.gen(function* () {
      const problems = [{ id: "a", text: "2+2=?", answer: "4" }]
      assert.deepStrictEqual((yield* configOf({ ...choices, problems })).evaluation.problems, problems)
      assert.isUndefined((yield* configOf({ ...choices, preset: "mini" })).evaluation.problems)
    })
  )

  it.effect("given no grader, then the paper's preset has its training reward's and the others our own", () =>
    Effect.gen(function* () {
      assert.strictEqual((yield* configOf({ ...choices, preset: "paper" })).grader, "deepscaler")
      assert.isUndefined((yield* configOf(choices)).grader)
      assert.strictEqual((yield* configOf({ ...choices, overrides: { grader: "qwen" } })).grader, "qwen")
      const overridden = yield* configOf({ ...choices, preset: "paper", overrides: { grader: "exact" } })
      assert.strictEqual(overridden.grader, "exact")
    })
  )

  it.effect.each([
    [{ groupSize: 0 }, "--group-size 0 is out of range"],
    [{ groupSize: 1 }, "groupSize is 1 and advantage is grpo"],
    [{ shards: 9 }, "9 shards are more than the 8 rollouts of a step"],
    [{ cohorts: 0 }, "--cohorts 0 is out of range"],
    [{ temperature: 0 }, "--temperature 0 is out of range"],
    [{ learningRate: -1 }, "--learning-rate -1 is out of range"]
  ] as const)("given %j, then it is refused in words", ([overrides, said]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(configOf({ ...choices, overrides }))
      assert.include(failure.message, said)
    })
  )
})
