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

const lora = { rank: 4, alpha: 8, targets: ["q_proj"], initial: "1".repeat(64) }

const read = Schema.decodeUnknownSync(RunConfig)

describe("RunConfig", () => {
  it("given a config as JSON text, as RunStarted carries it, then it is read as it was written", () => {
    const Text = Schema.fromJsonString(RunConfig)
    const config = read(good)
    assert.deepStrictEqual(Schema.decodeUnknownSync(Text)(Schema.encodeSync(Text)(config)), config)
    assert.deepStrictEqual({ ...config, evaluation: { ...config.evaluation } }, { ...good })
  })

  it("given a config without settings of memory, precision and adapters, as old logs have it, then it is read and they are left out", () => {
    const { intraOpThreads, lora, microBatch, precision, recompute, slots } = read(good)
    for (const setting of [intraOpThreads, lora, microBatch, precision, recompute, slots]) assert.isUndefined(setting)
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
    ["groups of one", { groupSize: 1 }],
    ["no steps", { steps: 0 }],
    ["half a step", { steps: 1.5 }],
    ["no prompts", { prompts: [] }],
    ["a prompt without an answer", { prompts: [{ ...good.prompts[0], answer: "" }] }],
    ["a temperature of 0", { temperature: 0 }],
    ["a seed wider than 32 bits", { seed: 2 ** 32 }],
    ["a negative learning rate", { learningRate: -1e-3 }],
    ["a learning rate that is no number", { learningRate: Number.NaN }],
    ["a decay of 1", { beta2: 1 }],
    ["an unknown reward", { reward: "vibes" }],
    ["a base without a hash", { model: { name: "miniature", hash: "" } }],
    ["two prompts of one id", { prompts: [good.prompts[0], good.prompts[0]] }],
    ["more cohorts than samples", { cohorts: 129 }],
    ["more shards than rollouts", { shards: 129 }],
    ["no snapshots", { snapshotEvery: 0 }],
    ["an evaluation every 0 steps", { evaluation: { ...good.evaluation, everySteps: 0 } }]
  ])("given %s, then it is refused", (_, change) => {
    assert.throws(() => read({ ...good, ...change }))
  })
})
