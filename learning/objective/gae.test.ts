import { assert, describe, it } from "@effect/vitest"
import { sequence } from "../random/sequence.ts"
import { generalisedAdvantages, moments, whiten } from "./gae.ts"

const { uniform } = sequence(11, 3)
const random = (count: number) => Float32Array.from({ length: count }, () => 2 * uniform() - 1)

const close = (actual: ArrayLike<number>, expected: ArrayLike<number>, within = 1e-6) => {
  assert.strictEqual(actual.length, expected.length)
  for (let i = 0; i < expected.length; i++) assert.approximately(actual[i], expected[i], within, `${i}`)
}

describe("generalisedAdvantages", () => {
  it("given two tokens worked by hand, then each is its own surprise and a share of the next", () => {
    // δ1 = 1 - 0.4, δ0 = 0 + 0.9 * 0.4 - 0.2
    const { advantages, returns } = generalisedAdvantages([0, 1], [0.2, 0.4], [2], { gamma: 0.9, lambda: 0.5 })
    close(advantages, [0.16 + 0.45 * 0.6, 0.6])
    close(returns, [0.16 + 0.45 * 0.6 + 0.2, 1])
  })

  const lengths = [3, 1, 0, 5]
  const [rewards, values] = [random(9), random(9)]

  it("given gamma and lambda 1, then an advantage is what is still earned, less the value", () => {
    const { advantages, returns } = generalisedAdvantages(rewards, values, lengths, { gamma: 1, lambda: 1 })
    let end = 0
    for (const length of lengths) {
      end += length
      for (let t = end - length; t < end; t++) {
        const earned = rewards.subarray(t, end).reduce((sum, reward) => sum + reward, 0)
        assert.approximately(returns[t], earned, 1e-6)
        assert.approximately(advantages[t], earned - values[t], 1e-6)
      }
    }
  })

  it("given lambda 0, then an advantage is one step's surprise; with gamma 0 the reward less the value", () => {
    const { advantages } = generalisedAdvantages(rewards, values, lengths, { gamma: 0.9, lambda: 0 })
    const next = [values[1], values[2], 0, 0, values[5], values[6], values[7], values[8], 0]
    close(
      advantages,
      values.map((value, t) => rewards[t] + 0.9 * next[t] - value)
    )
    close(
      generalisedAdvantages(rewards, values, lengths, { gamma: 0, lambda: 0.7 }).advantages,
      values.map((value, t) => rewards[t] - value)
    )
  })

  it("given responses one after another, then none sees another", () => {
    const settings = { gamma: 0.95, lambda: 0.9 }
    const all = generalisedAdvantages(rewards, values, lengths, settings)
    const alone = generalisedAdvantages(rewards.subarray(4), values.subarray(4), [5], settings)
    assert.deepStrictEqual([...all.advantages.subarray(4)], [...alone.advantages])
    assert.deepStrictEqual([...all.returns.subarray(4)], [...alone.returns])
  })

  it("given arrays that do not fit, then they are refused by name", () => {
    const settings = { gamma: 1, lambda: 1 }
    assert.throws(() => generalisedAdvantages(rewards, values.subarray(1), lengths, settings), /tokenRewards has 9/)
    assert.throws(() => generalisedAdvantages(rewards, values, [3, 5], settings), /lengths, summed, has 8/)
  })
})

describe("whiten", () => {
  const values = random(50)
  const mask = Float32Array.from(values, (_, i) => (i % 3 === 0 ? 0 : 1))

  it("given a mask, then what it keeps has mean 0 and variance 1, and the rest moved alike", () => {
    const whitened = whiten(values, mask)
    const { mean, variance } = moments(whitened, mask)
    assert.approximately(mean, 0, 1e-6)
    assert.approximately(variance, 1, 1e-6)
    const scale = (whitened[1] - whitened[2]) / (values[1] - values[2])
    assert.approximately(whitened[0] - whitened[1], scale * (values[0] - values[1]), 1e-5)
  })

  it("given that the mean stays, then it does", () => {
    assert.approximately(moments(whiten(values, mask, false), mask).mean, moments(values, mask).mean, 1e-6)
  })

  it("given equal values, then they become 0 and nothing is divided by 0", () => {
    assert.deepStrictEqual([...whiten([0.25, 0.25, 0.25])], [0, 0, 0])
  })

  it("given fewer than two values that count, then it refuses", () => {
    assert.throws(() => whiten([1, 2, 3], [0, 1, 0]), RangeError, /1 values have no variance/)
    assert.throws(() => whiten([1, 2, 3], [0, 1]), /mask has 2 entries/)
  })
})
