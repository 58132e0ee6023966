import { assert, describe, it } from "@effect/vitest"
import { layoutOf } from "../parameters.ts"
import { groupedConfig, randomWeights, testOps } from "../policies-for-tests.ts"
import { adaptedParameters, adapterLayout, initialAdapter, type LoraConfig, loraScale } from "./lora.ts"
import { adapterGradient, adapterGradients, merged, mergedWeights } from "./lora-products.ts"

const config = groupedConfig // 2 layers of 12, 6 query and 2 key heads of 4, 20 between
const lora: LoraConfig = { rank: 3, alpha: 6, targets: ["down_proj", "q_proj"] }

/** Numbers in -1..1 that repeat late. */
const numbers = (count: number, seed: number): Float32Array =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 1.7 * i + 0.1 * i * i))

describe("adapterLayout", () => {
  it("given targets, then A and B of each, named and shaped as PEFT does, in the order of the base", () => {
    const { parameters, size } = adapterLayout(config, lora)
    assert.deepStrictEqual(
      parameters.slice(0, 4).map(({ name, shape }) => [name, shape]),
      [
        ["base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight", [3, 12]],
        ["base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight", [24, 3]],
        ["base_model.model.model.layers.0.mlp.down_proj.lora_A.weight", [3, 20]],
        ["base_model.model.model.layers.0.mlp.down_proj.lora_B.weight", [12, 3]]
      ]
    )
    assert.strictEqual(parameters.length, 8)
    assert.strictEqual(size, 2 * 3 * (12 + 24 + 20 + 12))
  })

  it("given the adapted parameters, then each base matrix with its own A and B", () => {
    for (const { a, b, base } of adaptedParameters(config, lora)) {
      assert.deepStrictEqual([b.shape[0], a.shape[1]], base.shape)
      const module = base.name.slice(0, -".weight".length)
      assert.strictEqual(a.name, `base_model.model.${module}.lora_A.weight`)
      assert.strictEqual(b.name, `base_model.model.${module}.lora_B.weight`)
    }
    assert.strictEqual(adaptedParameters(config, lora).length, 4)
  })
})

describe("initialAdapter", () => {
  const wide = { ...config, hiddenSize: 96, feedForwardSize: 200, headSize: 16 }

  it("given a seed, then the same values, and others for another seed", () => {
    assert.deepStrictEqual(initialAdapter(config, lora, 1), initialAdapter(config, lora, 1))
    assert.notDeepEqual(initialAdapter(config, lora, 1), initialAdapter(config, lora, 2))
  })

  it("given A, then it is uniform within 1 / sqrt(in); given B, then it is zero", () => {
    const flat = initialAdapter(wide, { ...lora, rank: 16 }, 1)
    for (const { name, offset, shape, size } of adapterLayout(wide, { ...lora, rank: 16 }).parameters) {
      const values = flat.subarray(offset, offset + size)
      const bound = name.endsWith("lora_A.weight") ? 1 / Math.sqrt(shape[1]) : 0
      const deviation = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / size)
      assert.isTrue(
        values.every((value) => Math.abs(value) <= bound),
        name
      )
      assert.approximately(deviation, bound / Math.sqrt(3), 0.05 * bound, name)
    }
  })
})

describe("the products of low-rank adaptation", async () => {
  const ops = await testOps()
  const [out, into, rank, scale] = [5, 4, 2, 1.5]
  const w = numbers(out * into, 1)
  const a = numbers(rank * into, 2)
  const b = numbers(out * rank, 3)

  /** W + scale B A by its definition. */
  const sum = (a: Float32Array, b: Float32Array): ReadonlyArray<number> =>
    Array.from(w, (value, at) => {
      const [row, column] = [Math.floor(at / into), at % into]
      let product = 0
      for (let k = 0; k < rank; k++) product += b[row * rank + k] * a[k * into + column]
      return value + scale * product
    })

  const onDevice = () => ({
    W: ops.floats(w, [out, into]),
    A: ops.floats(a, [rank, into]),
    B: ops.floats(b, [out, rank])
  })

  it("given W, A and B, then the merged matrix is W + scale B A", () => {
    ops.scope(() => {
      const { A, B, W } = onDevice()
      const values = ops.read(merged(ops, W, A, B, scale))
      sum(a, b).forEach((value, i) => {
        assert.approximately(values[i], value, 1e-6)
      })
    })
  })

  it("given a loss of the merged matrix, then its gradients are those of finite differences", () => {
    const g = numbers(out * into, 4)
    const loss = (a: Float32Array, b: Float32Array): number =>
      sum(a, b).reduce((total, value, i) => total + g[i] * value + 0.5 * value * value, 0)
    const slope = (values: Float32Array, i: number, at: (moved: Float32Array) => number): number => {
      const step = 2 ** -8
      const moved = (by: number) => values.map((value, k) => (k === i ? value + by : value))
      return (at(moved(step)) - at(moved(-step))) / (2 * step)
    }
    const dW = Float32Array.from(sum(a, b), (value, i) => g[i] + value)
    ops.scope(() => {
      const { A, B } = onDevice()
      const { dA, dB } = adapterGradient(ops, ops.floats(dW, [out, into]), A, B, scale)
      assert.deepStrictEqual(
        [dA.shape, dB.shape],
        [
          [rank, into],
          [out, rank]
        ]
      )
      ops.read(dA).forEach((value, i) => {
        assert.approximately(
          value,
          slope(a, i, (moved) => loss(moved, b)),
          1e-3
        )
      })
      ops.read(dB).forEach((value, i) => {
        assert.approximately(
          value,
          slope(b, i, (moved) => loss(a, moved)),
          1e-3
        )
      })
    })
  })

  it("given a whole policy, then only the targets change, each by its own A and B, and nothing leaks", () => {
    const base = randomWeights(config, 1)
    const adapter = numbers(adapterLayout(config, lora).size, 5)
    const before = ops.live()
    const flat = mergedWeights(ops, config, lora, base, adapter)
    const adapted = new Map(adaptedParameters(config, lora).map((each) => [each.base.name, each]))
    for (const { name, offset, shape, size } of layoutOf(config).parameters) {
      const pair = adapted.get(name)
      for (let i = 0; i < size; i++) {
        const [row, column] = [Math.floor(i / shape[1]), i % shape[1]]
        let change = 0
        for (let k = 0; pair !== undefined && k < lora.rank; k++)
          change += adapter[pair.b.offset + row * lora.rank + k] * adapter[pair.a.offset + k * shape[1] + column]
        assert.approximately(flat[offset + i], base[offset + i] + loraScale(lora) * change, 1e-5, name)
      }
    }
    assert.deepStrictEqual(mergedWeights(ops, config, lora, base, initialAdapter(config, lora, 1)), base)
    assert.strictEqual(ops.live(), before)
  })

  it("given the gradient of the merged weights, then along any direction the adapter's says the same", () => {
    const base = randomWeights(config, 1)
    const size = adapterLayout(config, lora).size
    const adapter = numbers(size, 6)
    const direction = numbers(size, 7)
    const gradient = numbers(base.length, 8)
    const own = adapterGradients(ops, config, lora, gradient, adapter)
    // The loss is linear in the merged weights, so its slope along a direction is a difference of two of them
    const step = 2 ** -6
    const at = (by: number) =>
      mergedWeights(
        ops,
        config,
        lora,
        base,
        adapter.map((value, i) => value + by * direction[i])
      )
    const [ahead, behind] = [at(step), at(-step)]
    const slope = gradient.reduce((total, value, i) => total + value * ((ahead[i] - behind[i]) / (2 * step)), 0)
    assert.approximately(
      own.reduce((total, value, i) => total + value * direction[i], 0),
      slope,
      2e-3 * Math.abs(slope)
    )
    assert.isAbove(Math.abs(slope), 1)
  })
})
