import { assert, describe, it } from "@effect/vitest"
import { hash } from "../../platform/stream/events.fixture.ts"
import { permutations } from "../../platform/stream/order.fixture.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { type RewardSummary, type ShardSummary, stepMetrics, summaryOf } from "./metrics.ts"

const settings = { groupSize: 2, learningRate: 0.5, gradientNorm: 3 }

const shard = (fields: Partial<ShardSummary>): ShardSummary => ({
  ...summaryOf(goldenEvents.GradientComputed, hash("a")),
  ...fields
})

/** Verdicts on samples 0, 1, 2… of one example. */
const rewardsOf = (rewards: ReadonlyArray<number | null>, promptId = "p"): ReadonlyArray<RewardSummary> =>
  rewards.map((reward, sampleIndex) => ({ promptId, sampleIndex, reward, solved: reward === 1, truncated: false }))

const figures = (rewards: ReadonlyArray<RewardSummary>) =>
  stepMetrics([shard({ rollouts: rewards.length, tokens: 12 })], rewards, settings)

describe("stepMetrics", () => {
  it("given a computed gradient, then its summary keeps who it is, its shares and how many tokens it has", () => {
    const event = goldenEvents.GradientComputed
    assert.deepStrictEqual(summaryOf(event, hash("a")), {
      id: event.eventId,
      sha256: hash("a"),
      shard: 3,
      shards: 4,
      policyHash: event.policyHash,
      gradientHash: event.gradientHash,
      loss: -0.0125,
      policyLoss: -0.012,
      kl: 0.0003,
      entropy: 0.25,
      clipFraction: 0,
      mismatch: 1e-9,
      rollouts: event.rollouts.length,
      tokens: 3
    })
  })

  it("given shares of a loss, then the batch's are their sums, and the fold's own figures are passed on", () => {
    const first = { loss: 1, policyLoss: 2, kl: 3, entropy: 4, clipFraction: 0.25, mismatch: 6, rollouts: 1, tokens: 7 }
    const second = {
      loss: 10,
      policyLoss: 20,
      kl: 30,
      entropy: 40,
      clipFraction: 0.5,
      mismatch: 60,
      rollouts: 1,
      tokens: 70
    }
    const metrics = stepMetrics([shard(first), shard(second)], rewardsOf([1, 0]), settings)
    assert.deepInclude(metrics, { loss: 11, policyLoss: 22, kl: 33, entropy: 44, clipFraction: 0.75, mismatch: 66 })
    assert.deepInclude(metrics, { tokens: 77, responseLength: 77 / 2, learningRate: 0.5, gradientNorm: 3 })
  })

  it("given rewards, then an unknown one counts as zero in the mean and is counted on its own", () => {
    const metrics = figures(rewardsOf([1, null, 0, 1]))
    assert.deepInclude(metrics, { rewardMean: 0.5, solvedShare: 0.5, unknownCount: 1, responseLength: 3 })
  })

  it("given an update that learns from a part of the batch, then rewards are the batch's and lengths the part's", () => {
    const metrics = stepMetrics([shard({ rollouts: 2, tokens: 6 })], rewardsOf([1, 0, 0, 1, 1, 1, 1, 1]), settings)
    assert.deepInclude(metrics, { rewardMean: 0.75, responseLength: 3, tokens: 6, zeroSignalGroups: 0.5 })
  })

  it("given an update that learns nothing, then the batch's rewards are told all the same", () => {
    const metrics = stepMetrics([], rewardsOf([1, 0]), settings)
    assert.deepInclude(metrics, { loss: 0, rewardMean: 0.5, responseLength: 0, tokens: 0 })
  })

  it("given answers that were cut off, then their share is told", () => {
    const rewards = rewardsOf([1, 0, 0, 0]).map((reward, i) => ({ ...reward, truncated: i === 2 }))
    assert.strictEqual(figures(rewards).truncatedShare, 0.25)
  })

  it.each([
    ["a right and a wrong answer in each", [1, 0, 0, 1], 0],
    ["one group all right", [1, 1, 0, 1], 1 / 2],
    ["one group all wrong, one all right", [0, 0, 1, 1], 1],
    ["equal rewards across two groups only", [1, 0, 0, 1, 1, 0], 0],
    ["an unknown one beside a wrong one", [null, 0, 1, 0], 1 / 2],
    ["an unknown one beside a right one", [null, 1, 1, 0], 0]
  ] as const)("given groups of two with %s, then that share of groups has no signal", (_, rewards, share) => {
    assert.strictEqual(figures(rewardsOf(rewards)).zeroSignalGroups, share)
  })

  it("given two examples, then groups do not reach from one into the other", () => {
    // Sorted by sample alone, every pair would hold one of each example.
    const rewards = [...rewardsOf([1, 1], "q"), ...rewardsOf([0, 0], "p")]
    assert.strictEqual(figures(rewards).zeroSignalGroups, 1)
  })

  it("given rewards in any order, then the figures are the same to the last bit", () => {
    const rewards = rewardsOf([0.1, 0.2, 0.7, null])
    const metrics = figures(rewards)
    for (const order of permutations(rewards)) assert.deepStrictEqual(figures(order), metrics)
  })
})
