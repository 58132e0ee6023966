import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import type { Choices } from "./presets.ts"
import { configOf } from "./presets.ts"
import { layered, settableKeys, settingsOf, withoutLora } from "./settings.ts"

const hash = "0".repeat(64)
const choices: Choices = {
  preset: "mini",
  prompts: [{ promptId: "two:1", text: "1+1=?\n", answer: "2" }],
  model: { name: "miniature", hash },
  steps: null,
  seed: 0,
  testSeed: 1,
  criticInitial: Effect.succeed("c".repeat(64))
}

const configSet = (typed: ReadonlyArray<string>, more: Partial<Choices> = {}) =>
  Effect.flatMap(settingsOf(typed), (set) => configOf({ ...choices, ...more, set }))

describe("--set", () => {
  it.effect("given keys and values, then JSON where it is JSON, else text, parts with dots, the last word counts", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* settingsOf([
          "advantage=rloo",
          "clip=0.1",
          "clip=3e-1",
          "advantageStd=false",
          "evaluation.samples=4",
          "evaluation.context=1+1=2\n",
          "evaluation.rows=null",
          "reward=12",
          "rewardParameters.share=0.6",
          "rewardParameters.label=4 or 5",
          'lora.targets=["q_proj"]',
          "clipHigh=null"
        ]),
        {
          advantage: "rloo",
          clip: 0.3,
          advantageStd: false,
          evaluation: { samples: 4, context: "1+1=2\n", rows: null },
          reward: "12",
          rewardParameters: { share: 0.6, label: "4 or 5" },
          lora: { targets: ["q_proj"] },
          clipHigh: null
        }
      )
    })
  )

  it.effect.each([
    ["advantag=gae", 'no such setting; did you mean "advantage"? Known: seed, steps, batchPrompts'],
    ["evaluation.sample=4", 'did you mean "evaluation.samples"?'],
    ["evaluation=4", "it is set part by part: evaluation.everySteps, evaluation.testSeed"],
    ["critic={}", "it is set part by part: critic.learningRate"],
    ["model=qwen", "--set model=qwen: it cannot be set; --model chooses it"],
    ["prompts=[]", "it cannot be set"],
    ["critic.initial=00", "it cannot be set; it follows from the base"],
    ["lora.initial=00", "it cannot be set; it follows from the base and the seed"],
    ["rewardFile=a.ts", "it cannot be set"],
    ["evaluation.baseRun=last", "it cannot be set; a sweep chooses it"],
    ["advantage=ppo", '--set advantage=ppo: Expected "grpo" | "rloo" | "gae"'],
    ["clip=-1", "--set clip=-1: Expected a value greater than or equal to 0"],
    ["gamma=1.5", "Expected a value between 0 and 1"],
    ["steps=1.5", "Expected an integer"],
    ["seed=4294967296", "Expected a value between 0 and 4294967295"],
    ["advantageStd=yes", "Expected boolean"],
    ["clip=null", "Expected number"],
    ["steps", "it has no value; write it as key=value"],
    ["__proto__=1", "there is no such setting"],
    ["constructor.name=1", "there is no such setting"]
  ] as const)("given %s, then it is refused with the key, the value and what is allowed", ([typed, said]) =>
    Effect.gen(function* () {
      const refused = yield* Effect.flip(settingsOf([typed]))
      assert.strictEqual(refused._tag, "SettingRefused")
      assert.include(refused.message, said)
    })
  )

  it("knows every setting of a run but those that something else decides", () => {
    for (const key of ["steps", "evaluation.samples", "critic.learningRate", "lora.rank", "aggregation", "precision"])
      assert.include(settableKeys, key)
    for (const key of [
      "model",
      "prompts",
      "critic.initial",
      "lora.initial",
      "rewardFile",
      "preset",
      "recipe",
      "critic"
    ])
      assert.notInclude(settableKeys, key)
  })
})

describe("what lies over what", () => {
  it.effect("given a preset, a recipe, flags and --set, then the later ones win, each key for itself", () =>
    Effect.gen(function* () {
      const over = { recipe: () => ({ clip: 0.1, entropyCoefficient: 0, learningRate: 1e-3, copies: 2 }) }
      const overrides = { learningRate: 1e-2, copies: 4 }
      assert.deepInclude(yield* configOf({ ...choices, ...over }), { clip: 0.1, learningRate: 1e-3, copies: 2 })
      assert.deepInclude(yield* configSet(["copies=8"], { ...over, overrides }), {
        groupSize: 8,
        clip: 0.1,
        entropyCoefficient: 0,
        learningRate: 1e-2,
        copies: 8
      })
      assert.strictEqual((yield* configSet(["steps=5"], { steps: 7 })).steps, 5)
      assert.strictEqual((yield* configSet([], { steps: 7, recipe: () => ({ steps: 9 }) })).steps, 7)
      assert.strictEqual((yield* configSet(["steps=0"])).steps, 0)
    })
  )

  it("given null, then the setting is taken out, and parts are laid over parts", () => {
    assert.deepStrictEqual(layered({ a: 1, b: { c: 1, d: 2 } }, { a: null, b: { d: 3 }, e: undefined }), {
      b: { c: 1, d: 3 }
    })
  })

  it.effect("given advantage=gae alone, then the critic is complete, with the paper's rate or the miniature's", () =>
    Effect.gen(function* () {
      const mini = yield* configSet(["advantage=gae"])
      const expected = { initial: "c".repeat(64), weightDecay: 0.01, clip: 0.5, maxGradientNorm: 1, warmUpBatches: 0 }
      assert.deepInclude(mini.critic, { ...expected, learningRate: 1e-3 })
      const paper = yield* configSet(["advantage=gae"], { preset: "paper" })
      assert.deepInclude(paper.critic, { ...expected, learningRate: 1e-5 })
      const own = yield* configSet(["advantage=gae", "critic.learningRate=0.5", "critic.warmUpBatches=2"])
      assert.deepInclude(own.critic, { ...expected, learningRate: 0.5, warmUpBatches: 2 })
    })
  )

  it.effect.each([
    [["critic.clip=1"], "there is a critic only where advantage is gae, and it is grpo"],
    [["updatesPerBatch=8"], "steps is 60, which updatesPerBatch 8 does not divide"],
    [["policyCoefficient=0", "klCoefficient=0", "entropyCoefficient=0"], "so there is no loss"],
    [["klRewardCoefficient=0.001"], "the KL would count in loss and reward both"],
    [["groupSize=1"], "groupSize is 1 and advantage is grpo"]
  ] as const)("given %j, which do not go together, then they are refused", ([typed, said]) =>
    Effect.gen(function* () {
      assert.include((yield* Effect.flip(configSet(typed))).message, said)
    })
  )

  it.effect("given settings of an adapter, then they are what flags would say, and leave the others", () =>
    Effect.gen(function* () {
      const { asked, rest } = withoutLora(yield* settingsOf(["lora.rank=2", 'lora.targets=["q_proj"]', "clip=1"]))
      assert.deepStrictEqual(asked, { loraRank: 2, loraTargets: "q_proj" })
      assert.deepStrictEqual(rest, { clip: 1 })
    })
  )
})
