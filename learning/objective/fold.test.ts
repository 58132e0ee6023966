import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { philox, unitInterval } from "../random/philox.ts"
import {
  addGradient,
  FoldFailed,
  type FoldSettings,
  type FoldState,
  foldGradients,
  foldInto,
  initialFold
} from "./fold.ts"

const settings: FoldSettings = {
  learningRate: 3e-4,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  maxGradientNorm: 1
}

/** [count] numbers in [-size, size), the same for the same name. */
const draws = (name: number, count: number, size: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => {
    const words = philox([name, 0], [i, 0, 0, 0])
    return size * (2 * unitInterval(words[0], words[1]) - 1)
  })

const sha256 = (...arrays: ReadonlyArray<Float32Array>): string => {
  const hash = createHash("sha256")
  for (const array of arrays) hash.update(new Uint8Array(array.buffer, array.byteOffset, array.byteLength))
  return hash.digest("hex")
}

const copyOf = (state: FoldState): FoldState => structuredClone(state)

describe("foldGradients", () => {
  it("given three steps worked by hand, then weight and moments are AdamW's", () => {
    const byHand: FoldSettings = { ...settings, learningRate: 0.1, weightDecay: 0.5, maxGradientNorm: 1e9 }
    let state = initialFold(Float32Array.of(2))
    for (const gradient of [0.5, -1, 0.25]) state = foldGradients(state, [Float32Array.of(gradient)], byHand).state
    // m: 0.05, -0.055, -0.0245; v: 2.5e-4, 1.24975e-3, 1.31100025e-3
    // w: 2 * 0.95 - 0.1 * 0.5 / 0.5                                    = 1.8
    //    1.8 * 0.95 - 0.1 * (-0.055 / 0.19) / sqrt(1.24975e-3 / 1.999e-3)      = 1.746610...
    //    1.746610 * 0.95 - 0.1 * (-0.0245 / 0.271) / sqrt(1.31100025e-3 / 2.997001e-3)
    const second = 1.8 * 0.95 + (0.1 * (0.055 / 0.19)) / Math.sqrt(1.24975e-3 / 1.999e-3)
    const third = second * 0.95 + (0.1 * (0.0245 / 0.271)) / Math.sqrt(1.31100025e-3 / 2.997001e-3)
    assert.approximately(second, 1.74661, 1e-5)
    assert.strictEqual(state.step, 3)
    assert.approximately(state.firstMoment[0], -0.0245, 1e-8)
    assert.approximately(state.secondMoment[0], 1.31100025e-3, 1e-9)
    assert.approximately(state.weights[0], third, 5e-7)
  })

  it("given shards that were summed one by one before, then the bits are those of the shards", () => {
    const shards = [1, 2, 3].map((name) => draws(name, 70_001, 0.2))
    const sum = shards[0].slice()
    for (const shard of shards.slice(1)) addGradient(sum, shard)
    const before = initialFold(draws(9, 70_001, 1))
    assert.strictEqual(
      sha256(foldGradients(before, [sum], settings).state.weights),
      sha256(foldGradients(before, shards, settings).state.weights)
    )
  })

  it("given twenty steps of four shards, then the bits are those that every machine gets", () => {
    const parameters = 70_001 // two blocks, the second one short and odd
    let state = initialFold(draws(1, parameters, 0.2))
    let clipped = 0
    for (let step = 0; step < 20; step++) {
      const shards = [0, 1, 2, 3].map((shard) => draws(100 + 4 * step + shard, parameters, step < 10 ? 0.01 : 0.001))
      const folded = foldGradients(state, shards, settings)
      state = folded.state
      if (folded.clipped) clipped++
    }
    assert.strictEqual(clipped, 10)
    assert.strictEqual(
      sha256(state.weights, state.firstMoment, state.secondMoment),
      "74cb434bef6296ebfd42eda2fe8a360c757b9e2da10c71ce4891b40a8dfbadde"
    )
  })

  it("given shards whose sum depends on the order, then they are added first to last in float32", () => {
    const [big, small] = [Float32Array.of(2 ** 25), Float32Array.of(1)]
    const normOf = (shards: ReadonlyArray<Float32Array>) =>
      foldGradients(initialFold(Float32Array.of(0)), shards, settings).gradientNorm
    assert.strictEqual(normOf([small, small, small, big]), 2 ** 25 + 4)
    assert.strictEqual(normOf([big, small, small, small]), 2 ** 25)
  })

  it("given a gradient longer than allowed, then it is scaled to the limit, else left alone", () => {
    const start = initialFold(Float32Array.of(0, 0))
    const long = foldGradients(start, [Float32Array.of(3, 0), Float32Array.of(0, 4)], settings)
    assert.strictEqual(long.gradientNorm, 5)
    assert.isTrue(long.clipped)
    assert.approximately(long.state.firstMoment[0], 0.1 * (3 / 5), 1e-7)
    const short = foldGradients(start, [Float32Array.of(0.3, 0.4)], settings)
    assert.approximately(short.gradientNorm, 0.5, 1e-7)
    assert.isFalse(short.clipped)
    assert.approximately(short.state.firstMoment[1], 0.1 * 0.4, 1e-8)
  })

  it("given where parts end, then each has the norm of its own stretch, and nothing else changes by a bit", () => {
    const parameters = 140_001 // three blocks; parts end within, between and across them
    const gradients = [draws(1, parameters, 0.1), draws(2, parameters, 0.1)]
    const start = initialFold(draws(3, parameters, 1))
    const ends = [1, 65_535, 65_536, 65_536, 70_000, 131_072, 140_000, parameters]
    const whole = foldGradients(start, gradients, settings)
    const { partNorms, ...rest } = foldGradients(start, gradients, settings, ends)
    assert.deepStrictEqual(rest, { state: whole.state, gradientNorm: whole.gradientNorm, clipped: whole.clipped })
    const sum = gradients[0].map((value, i) => value + gradients[1][i])
    const expected = ends.map((end, i) => Math.sqrt(sum.slice(ends[i - 1] ?? 0, end).reduce((s, g) => s + g * g, 0)))
    assert.deepStrictEqual(partNorms, expected)
    assert.lengthOf(whole.partNorms, 1)
    assert.approximately(whole.partNorms[0], whole.gradientNorm, 1e-9)
  })

  it.each([[[1]], [[3, 2]], [[4]], [[]]])("given parts that end at %j of three parameters, then it fails", (ends) => {
    const state = initialFold(Float32Array.of(1, 2, 3))
    assert.throws(() => foldInto(state, [Float32Array.of(1, 1, 1)], settings, ends), FoldFailed)
    assert.deepStrictEqual(state, initialFold(Float32Array.of(1, 2, 3)))
  })

  it("given a gradient of zero, then only weight decay moves the weights", () => {
    const { state } = foldGradients(initialFold(Float32Array.of(1)), [Float32Array.of(0)], {
      ...settings,
      learningRate: 0.5,
      weightDecay: 0.25
    })
    assert.strictEqual(state.weights[0], 1 - 0.125)
  })

  it("given a state, then folding leaves it as it was, and folding into it gives the same bits", () => {
    const state: FoldState = {
      weights: draws(1, 999, 1),
      firstMoment: draws(2, 999, 0.1),
      secondMoment: draws(3, 999, 0.1).map(Math.abs),
      step: 7
    }
    const before = copyOf(state)
    const gradients = [draws(4, 999, 0.1), draws(5, 999, 0.1)]
    const folded = foldGradients(state, gradients, settings)
    assert.deepStrictEqual(state, before)
    const into = foldInto(state, gradients, settings)
    assert.deepStrictEqual(into, folded)
    assert.strictEqual(into.state.weights, state.weights)
    assert.notDeepEqual(state.weights, before.weights)
  })

  it.each([
    ["no gradients", [], "bad-input"],
    ["a gradient of another size", [new Float32Array(3), new Float32Array(2)], "bad-input"],
    ["a gradient that is not a number", [Float32Array.of(0, Number.NaN, 0)], "not-finite"],
    ["an infinite gradient", [Float32Array.of(0, Number.POSITIVE_INFINITY, 0)], "not-finite"]
  ] as const)("given %s, then it fails and nothing has changed", (_, gradients, reason) => {
    const state = initialFold(Float32Array.of(1, 2, 3))
    const before = copyOf(state)
    try {
      foldInto(state, gradients, settings)
      assert.fail("it folded")
    } catch (error) {
      assert.instanceOf(error, FoldFailed)
      assert.strictEqual(error.reason, reason)
    }
    assert.deepStrictEqual(state, before)
  })
})
