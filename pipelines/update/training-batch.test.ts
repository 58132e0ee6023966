import { assert, describe, it } from "@effect/vitest"
import { generated } from "../../platform/stream/events.fixture.ts"
import type { RunConfig } from "../../schemas/run-config.ts"
import { ppo, smallRun } from "../small-run.fixture.ts"
import type { PackedRollout } from "./pack.ts"
import {
  type JudgedRollout,
  needsScores,
  noScores,
  type RolloutScores,
  trainingBatch,
  withDivisors
} from "./training-batch.ts"

/** A rollout of so many tokens, each of log-prob -0.5 when it was sampled, and what it earned. */
const judged = (length: number, reward: number | null, scores: Partial<RolloutScores> = {}): JudgedRollout => ({
  rollout: generated({
    tokens: new Int32Array(length).fill(7),
    logProbs: new Float32Array(length).fill(-0.5),
    entropies: new Float32Array(length)
  }),
  reward,
  scores: { ...noScores, ...scores }
})

const batchOf = (lengths: ReadonlyArray<number>, rewards: ReadonlyArray<number | null>): ReadonlyArray<JudgedRollout> =>
  lengths.map((length, i) => judged(length, rewards[i]))

const configOf = (choices: Partial<RunConfig> = {}): RunConfig => smallRun({ klCoefficient: 0, ...choices }).config

/** Tokens of each rollout, rounded to what can be read. */
const rows = (rollouts: ReadonlyArray<PackedRollout>, of: "advantages" | "returns" | "oldLogProbs") =>
  rollouts.map((rollout) => Array.from(rollout[of], (value) => Math.round(value * 1e5) / 1e5 + 0))

const advantagesOf = (batch: ReadonlyArray<JudgedRollout>, choices: Partial<RunConfig>) =>
  rows(trainingBatch(batch, configOf(choices)), "advantages")

const four = batchOf([1, 2, 2, 1], [1, 0, 0, 0])
/** Two examples of two copies of two rollouts. */
const eight = batchOf([1, 1, 1, 1, 1, 1, 1, 1], [1, 0, 1, 1, 0, 0, 0, 1])

describe("advantages of a batch", () => {
  it.each([
    ["GRPO with an epsilon of 1/2", { advantageEpsilon: 0.5 }, [[0.41421], [-0.41421, -0.41421], [0, 0], [0]]],
    ["GRPO with an epsilon of 1", { advantageEpsilon: 1 }, [[0.29289], [-0.29289, -0.29289], [0, 0], [0]]],
    ["GRPO without a standard deviation", { advantageStd: false }, [[0.5], [-0.5, -0.5], [0, 0], [0]]],
    ["RLOO", { advantage: "rloo" }, [[1], [-1, -1], [0, 0], [0]]]
  ] as const)("given %s, then each token has its rollout's, held against its group", (_, choices, expected) => {
    assert.deepStrictEqual(
      advantagesOf(four, choices),
      expected.map((row) => [...row])
    )
  })

  it("given groups of copies or of examples, then rollouts are held against those alone", () => {
    const flat = (choices: Partial<RunConfig>) => advantagesOf(eight, { advantageStd: false, ...choices }).flat()
    assert.deepStrictEqual(flat({}), [0.5, -0.5, 0, 0, 0, 0, -0.5, 0.5])
    assert.deepStrictEqual(flat({ grouping: "example" }), [0.25, -0.75, 0.25, 0.25, -0.25, -0.25, -0.25, 0.75])
  })

  /** Half a nat lost to the reference at each token: with k1 and 0.1, 0.05 off the reward. */
  const penalty = { advantageStd: false, klRewardCoefficient: 0.1 }
  const withReference = four.map(({ reward, rollout }) =>
    judged(rollout.tokens.length, reward, { referenceLogProbs: new Float32Array(rollout.tokens.length).fill(-1) })
  )

  it("given the KL in the reward, then a group is compared by what is left of it, over all tokens", () => {
    // 0.95 and -0.1; -0.1 and -0.05.
    const expected = [[0.525], [-0.525, -0.525], [-0.025, -0.025], [0.025]]
    assert.deepStrictEqual(advantagesOf(withReference, penalty), expected)
    // k3 is exp(-0.5) - 1 + 0.5 of a nat, 0.10653.
    const [[won]] = advantagesOf(withReference, { ...penalty, klRewardEstimator: "k3" })
    assert.approximately(won, (1 + 0.1 * 0.10653) / 2, 1e-5)
  })

  it("given the KL in the reward, then the reference's log-probs go along; else they do not", () => {
    for (const packed of trainingBatch(withReference, configOf(penalty)))
      assert.lengthOf(packed.referenceLogProbs, packed.tokens.length)
    for (const packed of trainingBatch(withReference, configOf())) assert.lengthOf(packed.referenceLogProbs, 0)
  })

  it("given an unknown reward, then it counts as 0, or its group has no advantage and the others keep theirs", () => {
    const batch = batchOf([1, 2, 2, 1], [1, null, 1, 0])
    const choices = { advantageStd: false }
    assert.deepStrictEqual(advantagesOf(batch, choices), [[0.5], [-0.5, -0.5], [0.5, 0.5], [-0.5]])
    const dropped = { ...choices, unknownReward: "drop-group" } as const
    assert.deepStrictEqual(advantagesOf(batch, dropped), [[0], [0, 0], [0.5, 0.5], [-0.5]])
  })
})

describe("advantages by a critic", () => {
  const plain = { ...ppo, gamma: 0.5, lambda: 0.5, whitenAdvantages: false } as const
  const valued = (values: ReadonlyArray<number>, reward: number | null, referenceLogProbs = new Float32Array(0)) =>
    judged(values.length, reward, { values: Float32Array.from(values), referenceLogProbs })
  const batch = [valued([0.5, 0.25], 1), valued([0], 0), valued([1], 0), valued([0.25, 0, 0], 1)]

  it("given values, then advantages and returns are those worked out by hand", () => {
    const packed = trainingBatch(batch, configOf(plain))
    // 0.75 at the last token; before it (0.5 * 0.25 - 0.5) + 0.25 * 0.75.
    assert.deepStrictEqual(rows(packed, "advantages"), [[-0.1875, 0.75], [0], [-1], [-0.1875, 0.25, 1]])
    assert.deepStrictEqual(rows(packed, "returns"), [[0.3125, 1], [0], [0], [0.0625, 0.25, 1]])
    assert.deepStrictEqual(
      packed.map(({ oldValues }) => [...oldValues]),
      [[0.5, 0.25], [0], [1], [0.25, 0, 0]]
    )
  })

  it("given the KL in the reward, then each token loses its own part of it", () => {
    const reference = new Float32Array(2).fill(-1)
    const [first] = trainingBatch(
      [valued([0, 0], 1, reference), valued([0, 0], 0, reference)],
      configOf({ ...plain, klRewardCoefficient: 0.1, gamma: 1, lambda: 1 })
    )
    assert.deepStrictEqual(rows([first], "returns"), [[0.9, 0.95]])
  })

  it("given that they are whitened, then they have mean 0 and variance 1 over the tokens, and returns stay", () => {
    const packed = trainingBatch(batch, configOf({ ...plain, whitenAdvantages: true }))
    const all = packed.flatMap(({ advantages }) => [...advantages])
    const mean = all.reduce((sum, a) => sum + a, 0) / all.length
    assert.approximately(mean, 0, 1e-6)
    assert.approximately(all.reduce((sum, a) => sum + (a - mean) ** 2, 0) / (all.length - 1), 1, 1e-5)
    assert.deepStrictEqual(rows(packed, "returns"), rows(trainingBatch(batch, configOf(plain)), "returns"))
  })

  it("given an unknown reward that drops its group, then others are whitened without it, and no value is drawn to 0", () => {
    const choices = { ...plain, whitenAdvantages: true, unknownReward: "drop-group" } as const
    const packed = trainingBatch([valued([0.5, 0.5], null), ...batch.slice(1)], configOf(choices))
    const [first, second, ...kept] = rows(packed, "advantages")
    assert.deepStrictEqual([first, second], [[0, 0], [0]])
    // -1, -0.1875, 0.25 and 1: mean 1/64, unbiased standard deviation 0.83951.
    const sd = Math.sqrt([-1, -0.1875, 0.25, 1].reduce((sum, a) => sum + (a - 1 / 64) ** 2, 0) / 3)
    for (const [i, a] of [-1, -0.1875, 0.25, 1].entries()) assert.approximately(kept.flat()[i], (a - 1 / 64) / sd, 2e-5)
    assert.deepStrictEqual(rows(packed, "returns").slice(0, 2), [[0.5, 0.5], [0]])
    const asZero = trainingBatch([valued([0.5, 0.5], null), ...batch.slice(1)], configOf(plain))
    assert.deepStrictEqual(rows(asZero, "returns")[0], [0.125, 0])
  })

  it("given that all but one token are dropped, then there is nothing to whiten and nothing is lost", () => {
    const choices = { ...plain, groupSize: 1, cohorts: 1, unknownReward: "drop-group" } as const
    const packed = trainingBatch(
      [valued([0.5], null), valued([0.25], 1)],
      configOf({ ...choices, whitenAdvantages: true })
    )
    assert.deepStrictEqual(rows(packed, "advantages"), [[0], [0.75]])
  })
})

describe("log-probs that a batch takes along", () => {
  const rescored = [
    judged(2, 1, { oldLogProbs: Float32Array.of(-0.25, -0.75) }),
    judged(1, 0, { oldLogProbs: Float32Array.of(-1) })
  ]

  it("given that the sampler's are used, then they are what the ratio is taken to, and go along once", () => {
    const [packed] = trainingBatch(rescored, configOf())
    assert.deepStrictEqual([...packed.oldLogProbs], [-0.5, -0.5])
    assert.lengthOf(packed.behaviourLogProbs, 0)
  })

  it("given that they are computed anew, then the ratio is taken to those, and the sampler's go along", () => {
    const packed = trainingBatch(rescored, configOf({ oldLogProbs: "recomputed" }))
    assert.deepStrictEqual(rows(packed, "oldLogProbs"), [[-0.25, -0.75], [-1]])
    assert.deepStrictEqual([...packed[0].behaviourLogProbs], [-0.5, -0.5])
  })

  it("given both, then the KL in the reward is that of those computed anew", () => {
    const scores = { oldLogProbs: Float32Array.of(-0.25), referenceLogProbs: Float32Array.of(-1.25) }
    const choices = { oldLogProbs: "recomputed", klRewardCoefficient: 0.5, advantageStd: false } as const
    const [[won]] = advantagesOf(
      [judged(1, 1, scores), judged(1, 0, { ...scores, oldLogProbs: Float32Array.of(-1.25) })],
      choices
    )
    assert.strictEqual(won, 0.25)
  })

  it.each([
    ["GRPO", {}, false],
    ["RLOO", { advantage: "rloo" }, false],
    ["PPO", ppo, true],
    ["the KL in the reward", { klRewardCoefficient: 0.1 }, true],
    ["log-probs computed anew", { oldLogProbs: "recomputed" }, true]
  ] as const)(
    "given %s, then it is known whether a batch is scored before it is learned from",
    (_, choices, isScored) => {
      assert.strictEqual(needsScores(configOf(choices)), isScored)
    }
  )
})

describe("withDivisors", () => {
  const divisorsOf = (lengths: ReadonlyArray<number>, choices: Partial<RunConfig>, promptLength = 1) => {
    const config = configOf({ shards: 1, ...choices })
    const rewards = lengths.map(() => 0)
    const rollouts = trainingBatch(batchOf(lengths, rewards), config)
    return withDivisors(rollouts, config, () => promptLength).map(({ divisors }) => divisors)
  }
  const lengths = [1, 2, 3, 6]

  it("given token means, then rollouts are as they were", () => {
    assert.deepStrictEqual(divisorsOf(lengths, {}), [null, null, null, null])
  })

  it.each([
    ["seq-mean-token-mean", {}, [4, 8, 12, 24]],
    ["seq-mean-token-sum", {}, [4, 4, 4, 4]],
    ["drgrpo-constant", {}, [24, 24, 24, 24]],
    ["drgrpo-constant", { aggregationConstant: 10 }, [40, 40, 40, 40]],
    ["seq-mean-token-sum-norm", {}, [6, 6, 6, 6]],
    ["seq-mean-token-sum-norm", { aggregationConstant: 10 }, [10, 10, 10, 10]]
  ] as const)(
    "given %s with %j, then sums are divided so, and KL and entropy by all tokens",
    (aggregation, more, loss) => {
      assert.deepStrictEqual(
        divisorsOf(lengths, { aggregation, ...more }),
        loss.map((each) => ({ loss: each, terms: 12 }))
      )
    }
  )

  it("given two ranks, then a rollout's divisor is that of those it is packed with, for KL and entropy as well", () => {
    // Of sizes 2, 3, 4 and 7, the first and the last go together: 4 * 7 / 2; the others: 4 * 5 / 2.
    assert.deepStrictEqual(
      divisorsOf(lengths, { aggregation: "verl-microbatch", dataParallelRanks: 2 }),
      [14, 10, 10, 14].map((each) => ({ loss: each, terms: each }))
    )
  })

  it("given longer prompts, then fewer rollouts go into a micro-batch", () => {
    const packed = { aggregation: "verl-microbatch", dataParallelRanks: 1, microBatchTokens: 10 } as const
    const loss = (promptLength: number) => divisorsOf([1, 3], packed, promptLength).map((each) => each?.loss)
    assert.deepStrictEqual(loss(1), [4, 4])
    assert.deepStrictEqual(loss(6), [2, 6])
  })
})
