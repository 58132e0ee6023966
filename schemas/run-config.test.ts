import { assert, describe, it } from "@effect/vitest"
import { Schema } from "effect"
import { RunConfig } from "./run-config.ts"

const good = {
  preset: "mini",
  model: { name: "miniature", hash: "0".repeat(64) },
  prompts: [{ promptId: "two:0", text: "sum of 13-10 and 34+2?\n", answer: "39" }],
  seed: 0,
  steps: 60,
  copies: 16,
  groupSize: 8,
  cohorts: 2,
  shards: 4,
  temperature: 1,
  maxTokens: 56,
  maxStaleness: 0,
  learningRate: 3e-4,
  weightDecay: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  adamEpsilon: 1e-8,
  maxGradientNorm: 1,
  policyCoefficient: 1,
  clip: 0.2,
  klCoefficient: 0.001,
  entropyCoefficient: 0.001,
  reward: "outcome",
  unknownReward: "zero",
  snapshotEvery: 10,
  evaluation: { everySteps: 10, testSeed: 1, problemsPerFamily: 50, samples: 8, temperature: 0.6, maxTokens: 56 }
}

const test = {
  ...{
    test: "mine.paper",
    set: "mine",
    protocol: "paper",
    sheet: "2".repeat(64),
    count: 1,
    temperature: 0,
    samples: 1
  },
  ...{ maxTokens: 8, grader: "qwen", role: "test", at: "ends" }
}
const lora = { rank: 4, alpha: 8, targets: ["q_proj"], initial: "1".repeat(64) }

const read = Schema.decodeUnknownSync(RunConfig)

describe("RunConfig", () => {
  it("given a config as JSON text, as RunStarted carries it, then it is read as it was written", () => {
    const Text = Schema.fromJsonString(RunConfig)
    const config = read(good)
    assert.deepStrictEqual(Schema.decodeUnknownSync(Text)(Schema.encodeSync(Text)(config)), config)
    const plain: Record<string, unknown> = { ...config, evaluation: { ...config.evaluation } }
    for (const [name, value] of Object.entries(good)) assert.deepStrictEqual(plain[name], value, name)
  })

  it("given two sets of one name, then it is refused and the name is said", () => {
    const withTests =
      (...names: ReadonlyArray<string>) =>
      () =>
        read({
          ...good,
          evaluation: { ...good.evaluation, benchmarks: names.map((name) => ({ ...test, test: name })) }
        })
    assert.doesNotThrow(withTests("a.paper", "b.paper"))
    assert.throws(withTests("a.paper", "b.paper", "b.paper"), "two sets are called b.paper; leave one out")
  })

  it("given a config without settings of memory, precision and adapters, as old logs have it, then it is read and they are left out", () => {
    const { intraOpThreads, lora, microBatch, precision, recompute, slots } = read(good)
    for (const setting of [intraOpThreads, lora, microBatch, precision, recompute, slots]) assert.isUndefined(setting)
  })

  it("given a config that says nothing of the objectives, as old logs have it, then it is read as what those runs did", () => {
    const { advantage, advantageStd, aggregation, critic, grouping, klEstimator, oldLogProbs, policyLoss } = read(good)
    assert.deepStrictEqual([advantage, advantageStd, grouping], ["grpo", true, "copies"])
    assert.deepStrictEqual([policyLoss, aggregation, klEstimator], ["clip", "token-mean", "k3"])
    assert.deepStrictEqual([oldLogProbs, critic], ["behaviour", undefined])
    const { klRewardCoefficient, updatesPerBatch, warmUpSteps } = read(good)
    assert.deepStrictEqual([klRewardCoefficient, updatesPerBatch, warmUpSteps], [0, 1, 0])
  })

  const critic = {
    ...{ initial: "2".repeat(64), learningRate: 1e-5, weightDecay: 0.01, beta1: 0.9, beta2: 0.999 },
    ...{ adamEpsilon: 1e-8, maxGradientNorm: 1, clip: 0.5, warmUpBatches: 0 }
  }

  it.each([
    ["no loss term", { policyCoefficient: 0, klCoefficient: 0, entropyCoefficient: 0 }, "there is no loss"],
    ["a group of one with a standard deviation", { groupSize: 1 }, "set groupSize to 2 or more, or advantageStd"],
    ["a group of one to compare with", { groupSize: 1, advantage: "rloo" }, "set groupSize to 2 or more"],
    ["KL in both places by accident", { klRewardCoefficient: 0.01 }, "klCoefficient is 0.001 and klRewardCoefficient"],
    ["KL in both places, but not", { klInBoth: true }, "klInBoth is true, but"],
    [
      "a KL reward and nothing that learns of it",
      { ...{ klCoefficient: 0, klRewardCoefficient: 0.1 }, policyCoefficient: 0, entropyCoefficient: 1 },
      "no reward is learned from"
    ],
    ["importance weights that are all 1", { importanceCap: 2 }, "set oldLogProbs to recomputed"],
    ["GAE without a critic", { advantage: "gae" }, "which needs a critic, but critic is missing"],
    ["a critic that nobody asks", { critic }, "advantage is grpo, which does not ask it"],
    ["a constant that divides nothing", { aggregationConstant: 56 }, "aggregation is token-mean, which has none"],
    [
      "a last batch that is not used up",
      { updatesPerBatch: 8 },
      "steps is 60, which updatesPerBatch 8 does not divide"
    ],
    ["updates that do not divide a batch", { updatesPerBatch: 3 }, "divides neither the 1 prompts"],
    ["more prompts a batch than there are", { batchPrompts: 2 }, "batchPrompts is 2, but there are 1 prompts"],
    ["a group of equal rewards that would be 0 / 0", { advantageEpsilon: 0 }, "set advantageEpsilon above 0"],
    [
      "a policy that never learns",
      { advantage: "gae", critic: { ...critic, warmUpBatches: 60 } },
      "critic.warmUpBatches is 60, but the run has 60 batches"
    ],
    [
      "ranks that do not divide a batch",
      { aggregation: "verl-microbatch", dataParallelRanks: 3 },
      "dataParallelRanks is 3, which does not divide the 128 rollouts"
    ],
    [
      "ranks that do not divide an update's part of it",
      { aggregation: "verl-microbatch", updatesPerBatch: 4, dataParallelRanks: 64 },
      "the 32 rollouts of an update"
    ],
    [
      "a micro-batch without room for a response and its prompt",
      { aggregation: "verl-microbatch", microBatchTokens: 56 },
      "set microBatchTokens to 57 and the longest prompt"
    ],
    ["more cohorts than samples", { cohorts: 129 }, "set cohorts to 128 or less"],
    ["more shards than an update has rollouts", { updatesPerBatch: 4, shards: 33 }, "set shards to 32 or less"],
    ["an advantage by an unknown name", { advantage: "gea" }, 'Expected "grpo" | "rloo" | "gae"']
  ])("given %s, then it is refused with the setting, its value and what is allowed", (_, change, said) => {
    assert.throws(() => read({ ...good, ...change }), said)
  })

  it.each([
    ["no training at all", { steps: 0, policyCoefficient: 0, klCoefficient: 0, entropyCoefficient: 0 }],
    ["a group of one without a standard deviation", { groupSize: 1, advantageStd: false }],
    ["KL in both places on purpose", { klRewardCoefficient: 0.01, klInBoth: true }],
    ["PPO", { advantage: "gae", critic, groupSize: 1 }],
    ["a warm-up that ends before the run", { advantage: "gae", critic: { ...critic, warmUpBatches: 59 } }],
    ["a warm-up and nothing to train", { advantage: "gae", critic: { ...critic, warmUpBatches: 1 }, steps: 0 }],
    ["no epsilon where nothing divides", { advantageEpsilon: 0, advantageStd: false }],
    ["GSPO with two bounds", { policyLoss: "gspo", clipHigh: 0.28 }],
    ["the reference's packing", { aggregation: "verl-microbatch", microBatchTokens: 57 }],
    ["ranks that pack nothing", { dataParallelRanks: 3, microBatchTokens: 1 }],
    ["adapters with several updates a batch", { lora, updatesPerBatch: 4 }],
    ["eight updates a batch", { updatesPerBatch: 8, steps: 64 }],
    ["one group of all", { grouping: "example", groupSize: 1, copies: 128 }],
    ["nothing to train on and no step to train", { prompts: [], steps: 0 }]
  ])("given %s, then it is in order", (_, change) => {
    assert.doesNotThrow(() => read({ ...good, ...change }))
  })

  it("given all of them, then they are read as they were written", () => {
    const settings = {
      lora: { rank: 8, alpha: 16, targets: ["q_proj", "down_proj"], initial: "1".repeat(64) },
      ...{ slots: 4, microBatch: 2, recompute: true, precision: "bfloat16", intraOpThreads: 2 }
    }
    assert.include(JSON.stringify(read({ ...good, ...settings })), JSON.stringify(settings).slice(1, -1))
  })

  it.each([
    ["a rank of 0", { rank: 0 }, "lora.rank is 0, it must be from 1 to 65536"],
    ["a rank beyond all models", { rank: 65537 }, "lora.rank is 65537"],
    ["an alpha of 0", { alpha: 0 }, "lora.alpha is 0, it must be above 0"],
    ["an unknown target", { targets: ["q_proj", "w1"] }, 'Expected "q_proj" | "k_proj"'],
    ["a target twice", { targets: ["q_proj", "q_proj"] }, "lora.targets names q_proj twice"],
    ["no target", { targets: [] }, '["lora"]["targets"]']
  ])("given adapters with %s, then it is refused in words", (_, wrong, said) => {
    assert.throws(() => read({ ...good, lora: { ...lora, ...wrong } }), said)
  })

  it.each([
    ["no slots", { slots: 0 }],
    ["half a micro-batch", { microBatch: 0.5 }],
    ["an unknown precision", { precision: "float16" }],
    ["no threads", { intraOpThreads: 0 }],
    ["half a step", { steps: 1.5 }],
    ["no prompts", { prompts: [] }],
    ["a prompt without an answer", { prompts: [{ ...good.prompts[0], answer: "" }] }],
    ["a temperature of 0", { temperature: 0 }],
    ["a seed wider than 32 bits", { seed: 2 ** 32 }],
    ["a negative learning rate", { learningRate: -1e-3 }],
    ["a learning rate that is no number", { learningRate: Number.NaN }],
    ["a decay of 1", { beta2: 1 }],
    ["no reward", { reward: "" }],
    ["a base without a hash", { model: { name: "miniature", hash: "" } }],
    ["two prompts of one id", { prompts: [good.prompts[0], good.prompts[0]] }],
    ["no snapshots", { snapshotEvery: 0 }],
    ["an evaluation every 0 steps", { evaluation: { ...good.evaluation, everySteps: 0 } }]
  ])("given %s, then it is refused", (_, change) => {
    assert.throws(() => read({ ...good, ...change }))
  })
})
