import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { findExample } from "../examples.ts"
import { type Asked, planOf, slugOf } from "./plan.ts"

const asked = (change: Partial<Asked> = {}) =>
  Effect.gen(function* () {
    const examples = yield* Effect.forEach(["two:1", "chain:0"], (name) => findExample(name))
    return yield* planOf({
      preset: "mini",
      steps: 60,
      testSeed: 2026,
      settings: [],
      seeds: [0, 1],
      model: { name: "miniature", hash: "ab".repeat(32) },
      tokenizerHash: "cd".repeat(32),
      examples,
      ...change
    })
  })

const messageOf = (...settings: ReadonlyArray<string>) =>
  Effect.map(Effect.flip(asked({ settings })), ({ message }) => message)

describe("the plan of a sweep", () => {
  it.effect("has a run for each example and seed, named by them and by what all runs share, over one base run", () =>
    Effect.gen(function* () {
      const { base, identity, runs } = yield* asked()
      assert.match(identity, /^[0-9a-f]{8}$/)
      assert.deepStrictEqual(
        runs.map(({ runId }) => String(runId)),
        ["two-1-s0", "two-1-s1", "chain-0-s0", "chain-0-s1"].map((rest) => `sweep-${identity}-${rest}`)
      )
      assert.strictEqual(String(base.runId), `sweep-${identity}-base`)
      assert.deepStrictEqual([base.config.steps, base.config.evaluation.baseRun], [0, undefined])
      for (const { config } of runs) assert.strictEqual(config.evaluation.baseRun, base.runId)
    })
  )

  it.effect("does not change its identity with examples or seeds, so that a larger sweep goes on with a smaller", () =>
    Effect.gen(function* () {
      const { identity, runs } = yield* asked()
      const larger = yield* asked({
        seeds: [1, 7],
        examples: [yield* findExample("seq:3"), yield* findExample("two:1")]
      })
      assert.strictEqual(larger.identity, identity)
      const same = larger.runs.find(({ runId }) => runId === runs[1].runId)
      assert.deepStrictEqual(same?.config, runs[1].config)
    })
  )

  it.effect.each<Partial<Asked>>([
    { preset: "smoke" },
    { steps: 61 },
    { testSeed: 1 },
    { settings: ["learningRate=1e-4"] },
    { model: { name: "miniature", hash: "ef".repeat(32) } },
    { tokenizerHash: "01".repeat(32) }
  ])("given another %j, then another identity", (change) =>
    Effect.gen(function* () {
      assert.notStrictEqual((yield* asked(change)).identity, (yield* asked()).identity)
    })
  )

  it.effect("sets what --set says, in the evaluation too, in every run and in the base's", () =>
    Effect.gen(function* () {
      const { base, runs } = yield* asked({
        settings: ["learningRate=1e-4", "reward=format", "evaluation.everySteps=20"]
      })
      for (const { config } of [base, ...runs])
        assert.deepStrictEqual([config.learningRate, config.reward, config.evaluation.everySteps], [1e-4, "format", 20])
    })
  )

  it.effect("pays every run by the reward that was set, each by the label it follows from; the base has no label", () =>
    Effect.gen(function* () {
      const { base, runs } = yield* asked({ settings: ["reward=wrong-label", "rewardParameters.label=77"] })
      for (const { config } of [base, ...runs])
        assert.deepInclude(config, { reward: "wrong-label", rewardParameters: { label: "77" } })
      for (const { config } of runs) {
        const { answer } = yield* findExample(config.prompts[0].promptId)
        assert.deepInclude(config.prompts[0], { answer: "77", trueAnswer: answer })
      }
      assert.notProperty(base.config.prompts[0], "trueAnswer")
      const random = yield* asked({ settings: ["reward=random"] })
      for (const { config } of random.runs) assert.deepStrictEqual(config.rewardParameters, { share: 0.5 })
      assert.include(yield* messageOf("reward=formt"), 'did you mean "format"?')
      assert.include(yield* messageOf("reward=random", "rewardParameters.share=2"), "a number from 0 to 1")
      assert.include(yield* messageOf("rewardParameters.share=1"), "reward outcome, share=1: it has no parameter")
    })
  )

  it.effect("refuses settings that are unknown, that have a flag, that are no setting, and values that cannot be", () =>
    Effect.gen(function* () {
      assert.include(yield* messageOf("learningrate=1"), 'did you mean "learningRate"?')
      assert.include(yield* messageOf("evaluation.sample=3"), 'did you mean "evaluation.samples"?')
      assert.include(yield* messageOf("seed=3"), "--set seed=3: it cannot be set; --seeds chooses it")
      assert.include(yield* messageOf("evaluation.baseRun=x"), "a sweep chooses it")
      assert.include(yield* messageOf("critic.learningRate=1"), "a sweep trains all weights and no critic")
      assert.include(yield* messageOf("advantage=gae"), "advantage=gae: it needs a critic, and a sweep trains none")
      assert.include(yield* messageOf("learningRate"), "it has no value")
      assert.include(yield* messageOf("learningRate=fast"), "learningRate")
      assert.include(yield* messageOf("cohorts=1000"), "1000 cohorts are more than the 128 samples")
    })
  )

  it("names examples so that no two share a name and each fits a run's", () => {
    const ids = ["two:1", "two-1", "TWO:1", "a".repeat(200), "b".repeat(200), "file:0a1b2c3d", "…"]
    const slugs = ids.map(slugOf)
    assert.strictEqual(new Set(slugs).size, ids.length)
    for (const slug of slugs) assert.match(`sweep-01234567-${slug}-s4294967295`, /^[a-z0-9][a-z0-9-]{0,63}$/)
  })
})
