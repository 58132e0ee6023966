import { readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { exampleIds } from "../../../learning/datasets/miniature/problems.ts"
import { RunConfig } from "../../../schemas/run-config.ts"
import { miniatureBase } from "../base.ts"
import { asLine } from "../notation.ts"
import { differencesOf, paperConfig } from "../plan.ts"
import { estimateOf } from "../plan-estimate.ts"
import { configOf } from "../presets.ts"
import { recipeLines } from "../recipes.ts"
import { type TrainingChoice, trainingOf } from "../training.ts"
import { findRecipe, recipes } from "./catalogue.ts"
import { drawn } from "./draws.ts"
import { standInOf } from "./miniature-examples.ts"
import { publishedRanks } from "./published-ranks.ts"

const nowhere: Pick<TrainingChoice, "from" | "dataDir"> = { from: null, dataDir: "nowhere" }

const onMiniature = (name: string, seed = 0) =>
  Effect.gen(function* () {
    const recipe = yield* findRecipe(name)
    const notation = asLine(miniatureBase)
    const training = yield* trainingOf({
      ...{ ...nowhere, example: null, recipe, seed, set: null, chat: false, miniature: true, notation }
    })
    return yield* configOf({
      preset: "mini",
      prompts: training.prompts,
      model: { name: "miniature", hash: "0".repeat(64) },
      steps: null,
      seed,
      testSeed: 1,
      recipe: training.settings,
      criticInitial: Effect.succeed("c".repeat(64))
    })
  })

const onPaper = (name: string) => Effect.flatMap(findRecipe(name), (recipe) => paperConfig(recipe))

/** What a configuration says otherwise than π1's: keys, and what they are. */
const against = (config: RunConfig, pi1: RunConfig) =>
  Object.fromEntries(differencesOf(config, config, pi1).map(({ key, ours }) => [key, ours]))

const critic = {
  "critic.learningRate": 1e-5,
  "critic.weightDecay": 0.01,
  "critic.beta1": 0.9,
  "critic.beta2": 0.999,
  "critic.adamEpsilon": 1e-8,
  "critic.maxGradientNorm": 1,
  "critic.clip": 0.5,
  "critic.warmUpBatches": 0
}
const set = { copies: 1, batchPrompts: 128 }

/** What each differs in from π1 by GRPO, and in nothing else, under the preset paper. */
const rows: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  ...Object.fromEntries([1, 2, 4, 7, 11, 13, 16, 17, 605, 606, 1201, 1207, 1208, 1209].map((k) => [`pi${k}`, {}])),
  base: { steps: 0 },
  "pi1-pi13": { copies: 64 },
  "pi1-pi2": { copies: 64 },
  "4-shot": { copies: 32 },
  "pi1-16": { copies: 8 },
  "16-random": { copies: 8 },
  "dsr-sub": set,
  "math-7500": set,
  "pi1-last-step": {},
  "in-context": { steps: 0 },
  "label-noise-60": { ...set, reward: "label-noise", "rewardParameters.share": 0.6 },
  "label-noise-90": { ...set, reward: "label-noise", "rewardParameters.share": 0.9 },
  "ablation-1": { steps: 0 },
  "ablation-2": { weightDecay: 0, klCoefficient: 0, entropyCoefficient: 0 },
  "ablation-3": { klCoefficient: 0, entropyCoefficient: 0 },
  "ablation-4": { entropyCoefficient: 0 },
  "ablation-5": {},
  "ablation-6": { entropyCoefficient: 0.003 },
  "ablation-7": { weightDecay: 0, klCoefficient: 0 },
  "ablation-8": { policyCoefficient: 0, entropyCoefficient: 0 },
  "ablation-9": { policyCoefficient: 0 },
  "ablation-10": { policyCoefficient: 0, weightDecay: 0, klCoefficient: 0 },
  "ablation-11": { reward: "wrong-label", "rewardParameters.label": "12.7" },
  "ablation-12": { reward: "wrong-label", "rewardParameters.label": "4" },
  "ablation-13": { reward: "wrong-label", "rewardParameters.label": "929725" },
  "entropy-only": { steps: 20, policyCoefficient: 0, weightDecay: 0, klCoefficient: 0 },
  "no-entropy": { entropyCoefficient: 0 },
  format: { reward: "format" },
  "format-dsr-sub": { ...set, reward: "format" },
  "format-no-entropy": { reward: "format", entropyCoefficient: 0 },
  ppo: { advantage: "gae", ...critic },
  "ppo-dsr-sub": { advantage: "gae", ...critic, ...set },
  "verl-compatible": {},
  "as-written": { steps: 16_000, updatesPerBatch: 8 },
  "one-group": { grouping: "example" },
  "no-kl": { klCoefficient: 0 },
  "no-kl-as-coded": { klCoefficient: 0, klRewardCoefficient: 0.001 },
  dapo: { clipHigh: 0.28, klCoefficient: 0, entropyCoefficient: 0, aggregation: "token-mean" },
  "dr-grpo": { advantageStd: false, klCoefficient: 0, entropyCoefficient: 0, aggregation: "drgrpo-constant" },
  gspo: { policyLoss: "gspo", clip: 3e-4, clipHigh: 4e-4, klCoefficient: 0, aggregation: "seq-mean-token-mean" },
  tis: { importanceCap: 2 },
  rloo: { advantage: "rloo" },
  "7b/pi1": { steps: 1000 },
  "llama/pi1": { steps: 1000 },
  "r1-distill/pi1": { steps: 1200 },
  "1.5b-instruct/pi1": {},
  "7b/entropy-only": { steps: 4, policyCoefficient: 0, weightDecay: 0, klCoefficient: 0 },
  "llama/entropy-only": { steps: 10, policyCoefficient: 0, weightDecay: 0, klCoefficient: 0 }
}

describe("a recipe on the paper's model", () => {
  it.effect("given any of them, then rewards go by the paper's grader, and a plan says so where they do not", () =>
    Effect.gen(function* () {
      const paper = yield* onPaper("pi1")
      assert.strictEqual(paper.grader, "deepscaler")
      const { grader: _, ...others } = paper
      const ours = new RunConfig(others)
      assert.deepStrictEqual(differencesOf(ours, ours, paper), [
        { key: "grader", ours: "exact", paper: "deepscaler", scaled: true }
      ])
      const own = new RunConfig({ ...others, grader: "qwen" })
      assert.deepStrictEqual(differencesOf(own, ours, paper), [
        { key: "grader", ours: "qwen", paper: "deepscaler", scaled: false }
      ])
    })
  )

  it.effect.each(Object.entries(rows))(
    "given %s, then it differs from π1 in what its row says and in nothing else",
    ([name, row]) =>
      Effect.gen(function* () {
        const config = yield* onPaper(name)
        assert.deepStrictEqual(against(config, yield* onPaper("pi1")), row)
        assert.strictEqual(config.recipe, name)
      })
  )

  it("given the list, then every recipe has such a row, and every name is one recipe's", () => {
    assert.deepStrictEqual(
      recipes.map(({ name }) => name).filter((name) => rows[name] === undefined),
      []
    )
    assert.lengthOf(new Set(recipes.map(({ name }) => name)), recipes.length)
  })

  it.effect("given pi1, then the seed's settings", () =>
    Effect.gen(function* () {
      assert.deepInclude(yield* onPaper("pi1"), {
        ...{ steps: 2000, copies: 128, groupSize: 8, temperature: 0.6, maxTokens: 3072, learningRate: 1e-6 },
        ...{ weightDecay: 0.01, beta1: 0.9, beta2: 0.999, maxGradientNorm: 1, clip: 0.2, updatesPerBatch: 1 },
        ...{ klCoefficient: 0.001, klEstimator: "k3", klRewardCoefficient: 0, entropyCoefficient: 0.001 },
        ...{ advantage: "grpo", advantageStd: true, advantageEpsilon: 1e-6, grouping: "copies", reward: "outcome" },
        ...{ aggregation: "verl-microbatch", microBatchTokens: 24_000, dataParallelRanks: 8, warmUpSteps: 0 },
        ...{ oldLogProbs: "recomputed", unknownReward: "zero", snapshotEvery: 20 }
      })
    })
  )
})

describe("a recipe on the miniature", () => {
  it.effect.each([...recipes.map(({ name }) => name), "7b/4-shot", "pi777"])(
    "given %s, then it resolves, with the recipe's switches and the miniature's sizes",
    (name) =>
      Effect.gen(function* () {
        const [config, pi1] = [yield* onMiniature(name), yield* onMiniature("pi1")]
        const there = against(yield* onPaper(name), yield* onPaper("pi1"))
        const here = against(config, pi1)
        const sizes = ["steps", "copies", "batchPrompts", "evaluation.maxTokens", "rewardParameters.label"]
        const preset = ["aggregation", "oldLogProbs", "critic.learningRate"]
        const switches = (row: Readonly<Record<string, unknown>>) =>
          Object.fromEntries(Object.entries(row).filter(([key]) => ![...sizes, ...preset].includes(key)))
        assert.deepStrictEqual(switches(here), switches(there))
        assert.strictEqual(config.recipe, name)
        const rollouts = (config.batchPrompts ?? config.prompts.length) * config.copies * config.groupSize
        assert.strictEqual(rollouts, 128)
        assert.strictEqual(config.steps % config.updatesPerBatch, 0)
      })
  )

  it.effect.each([
    ["pi1", 60, 16, ["two:1"]],
    ["pi1-pi13", 60, 8, ["two:1", "two:0"]],
    ["4-shot", 60, 4, ["two:1", "eq:0", "two:0", "two:5"]],
    ["7b/pi1", 30, 16, ["two:1"]],
    ["r1-distill/pi1", 36, 16, ["two:1"]],
    ["as-written", 480, 16, ["two:1"]],
    ["ablation-1", 0, 16, ["two:1"]],
    ["in-context", 0, 16, ["two:1"]],
    ["entropy-only", 10, 16, ["two:1"]]
  ] as const)("given %s, then %d steps with %d copies of %j", ([name, steps, copies, ids]) =>
    Effect.gen(function* () {
      const config = yield* onMiniature(name)
      assert.deepInclude(config, { steps, copies })
      assert.deepStrictEqual(
        config.prompts.map(({ promptId }) => promptId),
        [...ids]
      )
    })
  )

  it.effect("given sets, then the whole pool, of which each batch draws 16", () =>
    Effect.gen(function* () {
      const pool = yield* onMiniature("dsr-sub")
      assert.deepStrictEqual(
        pool.prompts.map(({ promptId }) => promptId),
        exampleIds()
      )
      assert.deepInclude(pool, { batchPrompts: 16, copies: 1 })
      assert.lengthOf((yield* onMiniature("math-7500")).prompts, 1057)
    })
  )

  it.effect("given 16 drawn ones, then others by another seed, the same by the same", () =>
    Effect.gen(function* () {
      const [a, b, c] = [
        yield* onMiniature("16-random", 1),
        yield* onMiniature("16-random", 1),
        yield* onMiniature("16-random", 2)
      ]
      assert.lengthOf(new Set(a.prompts.map(({ promptId }) => promptId)), 16)
      assert.deepStrictEqual(a.prompts, b.prompts)
      assert.notDeepEqual(a.prompts, c.prompts)
    })
  )

  it("given ranks, then stand-ins that are 24 different examples for those that the paper names", () => {
    assert.lengthOf(new Set([...publishedRanks.slice(0, 17), 605, 606, 1201, 1207, 1208, 1209].map(standInOf)), 23)
    for (const rank of [18, 777, 1106]) assert.include(exampleIds(), standInOf(rank))
  })

  it("given a draw, then each example comes equally often", () => {
    const counts = new Map<number, number>()
    for (let seed = 0; seed < 3000; seed++)
      for (const each of drawn([0, 1, 2, 3, 4], 2, seed, "test")) counts.set(each, (counts.get(each) ?? 0) + 1)
    for (const count of counts.values()) assert.closeTo(count, 1200, 120)
  })
})

describe("a name of a recipe", () => {
  it.effect.each([
    ["entropyonly", 'did you mean "entropy-only"?'],
    ["7b/ablation-14", 'did you mean "7b/ablation-1'],
    ["pi0", "there is no recipe"],
    ["pi1210", "pi1 to pi1209"],
    ["9b/pi1", "1.5b/, 7b/, llama/, r1-distill/"]
  ] as const)("given %s, then it is refused with the nearest one", ([name, said]) =>
    Effect.gen(function* () {
      assert.include((yield* Effect.flip(findRecipe(name))).message, said)
    })
  )

  it("given the list, then each line is a name that is found, with scores in range", () => {
    for (const { paper, recipe } of recipeLines) {
      assert.isTrue(Effect.runSync(Effect.match(findRecipe(recipe), { onFailure: () => false, onSuccess: () => true })))
      for (const score of Object.values(paper?.scores ?? {})) assert.isTrue(score >= 0 && score <= 100)
    }
  })
})

describe("an estimate", () => {
  it.effect(
    "given eight updates a batch, then an eighth of the rollouts; given a critic, then more of everything",
    () =>
      Effect.gen(function* () {
        const sizes = { parameters: 208_448, trained: 208_448 }
        const of = (name: string) => Effect.map(onMiniature(name), (config) => estimateOf(config, sizes))
        const [pi1, ppo, written, none] = [
          yield* of("pi1"),
          yield* of("ppo"),
          yield* of("as-written"),
          yield* of("ablation-1")
        ]
        assert.deepInclude(pi1, { rolloutsPerBatch: 128, batches: 60 })
        assert.isTrue(pi1.seconds > 10 && pi1.seconds < 40, `${pi1.seconds}`)
        for (const key of ["events", "megabytes", "seconds"] as const) assert.isTrue(ppo[key] > pi1[key], key)
        assert.strictEqual(written.batches, 60)
        assert.strictEqual(none.megabytes, 0)
        assert.isTrue(none.seconds > 0)
      })
  )
})

describe("docs/recipes.md", () => {
  it("lists every recipe that onefold recipes does, with the same mean", () => {
    const text = readFileSync(new URL("../../../docs/recipes.md", import.meta.url), "utf8")
    for (const { paper, place, recipe } of recipeLines) {
      const row = text.split("\n").find((line) => line.startsWith(`| \`${recipe}\` | ${place} |`)) ?? ""
      assert.notStrictEqual(row, "", recipe)
      if (paper?.scores.Avg !== undefined) assert.include(row, ` ${paper.scores.Avg.toFixed(1)} |`)
    }
  })
})
