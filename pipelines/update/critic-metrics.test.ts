import { assert, describe, it } from "@effect/vitest"
import { hash } from "../../platform/stream/events.fixture.ts"
import { CriticGradientComputed } from "../../schemas/critic-gradient-computed.ts"
import { goldenEvents } from "../../schemas/golden-events.ts"
import { criticMetrics, criticSummaryOf } from "./critic-metrics.ts"

const settings = { gradientNorm: 3, learningRate: 0.5 }

const shardOf = (values: ReadonlyArray<number>, returns: ReadonlyArray<number>, loss = 0, clipFraction = 0) =>
  criticSummaryOf(
    new CriticGradientComputed({
      ...goldenEvents.CriticGradientComputed,
      rollouts: [{ promptId: "p", sampleIndex: 0, length: values.length }],
      values: Float32Array.from(values),
      oldValues: Float32Array.from(values),
      returns: Float32Array.from(returns),
      ...{ loss, clipFraction }
    }),
    hash("a")
  )

describe("criticMetrics", () => {
  it("given shares of a loss, then the batch's are their sums, and the fold's own figures are passed on", () => {
    const metrics = criticMetrics([shardOf([0], [1], 0.5, 0.25), shardOf([0], [0], 2, 0.5)], settings)
    assert.deepInclude(metrics, { loss: 2.5, clipFraction: 0.75, gradientNorm: 3, learningRate: 0.5 })
  })

  it("given shards of unequal length, then means are over tokens", () => {
    const metrics = criticMetrics([shardOf([1, 2, 3], [0, 0, 1]), shardOf([6], [3])], settings)
    assert.deepInclude(metrics, { valueMean: 3, returnMean: 1 })
  })

  it.each([
    ["that are the returns", [0, 1, 0, 1], 1],
    ["that miss them by the same everywhere", [3, 4, 3, 4], 1],
    ["that say nothing of them", [0.5, 0.5, 0.5, 0.5], 0],
    // Misses -1, 1, -1, 1: their variance is 1, that of the returns 1/4.
    ["that say the opposite", [1, 0, 1, 0], -3]
  ])("given values %s, then so much of the returns' variance is explained", (_, values, explained) => {
    const half = values.slice(0, 2)
    const { explainedVariance } = criticMetrics([shardOf(half, [0, 1]), shardOf(values.slice(2), [0, 1])], settings)
    assert.approximately(explainedVariance, explained, 1e-12)
  })

  it("given returns that are all the same, then there is nothing to explain", () => {
    // Of so many, rounding leaves a variance that is not quite 0.
    for (const target of [0.1, 0.3, 0.7, 1 / 3])
      for (const tokens of [2, 3, 7, 50, 999]) {
        const values = Array.from({ length: tokens }, (_, i) => i / tokens)
        const shard = shardOf(values, new Array<number>(tokens).fill(target))
        assert.strictEqual(criticMetrics([shard], settings).explainedVariance, 0, `${tokens} of ${target}`)
      }
  })
})
