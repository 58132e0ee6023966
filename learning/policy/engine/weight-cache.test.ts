/** Which policies a worker keeps, which it frees, and what it says it holds. */
import { assert, beforeAll, describe, it } from "@effect/vitest"
import { encodeParameters } from "../checkpoint/checkpoint.ts"
import type { PolicyConfig } from "../config.ts"
import { criticLayoutOf } from "../critic.ts"
import type { Device } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { layoutOf } from "../parameters.ts"
import { deviceFor, plainConfig, randomCritic, randomWeights, testOps } from "../policies-for-tests.ts"
import type { Ops } from "../tensors/ops.ts"
import { weightCache } from "./weight-cache.ts"

let ops: Ops
let device: Device
beforeAll(async () => {
  ops = await testOps()
  device = deviceFor(ops, plainConfig)
})

const bytesOf = (config: PolicyConfig, ...names: ReadonlyArray<string>) =>
  new Map(names.map((name, i) => [name, encodeParameters(layoutOf(config), randomWeights(config, i))]))

const capacity = { policies: 3, critics: 1 }
const criticBytes = (...names: ReadonlyArray<string>) =>
  new Map(names.map((name, i) => [name, encodeParameters(criticLayoutOf(plainConfig), randomCritic(plainConfig, i))]))

const policies = (hashes: ReadonlyArray<string>) => ({ policies: hashes, critics: [] })

const critics = (hashes: ReadonlyArray<string>) => ({ policies: [], critics: hashes })

/** Tensors of one policy on the device, and of one critic: a head of its own each. */
const each = plainConfig.layers * 6 + 3

describe("a cache of three policies", () => {
  it("given a fourth, then the longest unused is freed, and what is used stays", () => {
    const before = ops.live()
    const cache = weightCache(device, capacity, null)
    const bytes = bytesOf(plainConfig, "a", "b", "c", "d")
    for (const name of ["a", "b", "c"]) cache.use(policies([name]), bytes)
    assert.sameMembers([...cache.holding().policies], ["a", "b", "c"])
    assert.strictEqual(ops.live() - before, 3 * each)
    const first = cache.get("a")
    cache.use(policies(["a"]), new Map()) // so that b is the longest unused
    cache.use(policies(["d"]), bytes)
    assert.sameMembers([...cache.holding().policies], ["a", "c", "d"])
    assert.strictEqual(cache.get("a"), first)
    assert.strictEqual(ops.live() - before, 3 * each)
    assert.throws(() => cache.get("b"), "not held")
    cache.use(policies(["b", "a"]), bytes)
    assert.sameMembers([...cache.holding().policies], ["a", "b", "d"])
    cache.use(policies(["a", "a"]), new Map()) // policy and reference at once
    assert.strictEqual(ops.live() - before, 3 * each)
  })

  it("given bytes that were not sent or are none, then weights-unreadable, and the others stay usable", () => {
    const before = ops.live()
    const cache = weightCache(device, capacity, null)
    cache.use(policies(["a"]), bytesOf(plainConfig, "a"))
    for (const sent of [new Map<string, Uint8Array>(), new Map([["b", new Uint8Array(40)]])]) {
      try {
        cache.use(policies(["a", "b"]), sent)
        assert.fail("it was used")
      } catch (error) {
        assert.strictEqual(error instanceof EngineError ? error.reason : String(error), "weights-unreadable")
      }
    }
    assert.deepStrictEqual(cache.holding().policies, ["a"])
    cache.use(policies(["a"]), new Map())
    assert.strictEqual(ops.live() - before, each)
  })
})

describe("a cache whose policies are large", () => {
  it("given another one, then only what the call needs is held, and room is made before it is brought", () => {
    const before = ops.live()
    const cache = weightCache(device, capacity, null, 2.5 * 4 * layoutOf(plainConfig).size)
    const bytes = bytesOf(plainConfig, "a", "b", "c")
    cache.use(policies(["a"]), bytes)
    cache.use(policies(["b"]), bytes)
    assert.sameMembers([...cache.holding().policies], ["a", "b"]) // two are not too much
    cache.use(policies(["c"]), bytes)
    assert.deepStrictEqual(cache.holding().policies, ["c"])
    assert.throws(() => cache.use(policies(["a"]), new Map()), "were not sent")
    cache.use(policies(["a", "b"]), bytes)
    cache.use(policies(["c", "b"]), bytes)
    assert.sameMembers([...cache.holding().policies], ["b", "c"])
    assert.strictEqual(ops.live() - before, 2 * each)
    assert.throws(() => cache.use(policies(["a"]), new Map()), "were not sent")
    assert.deepStrictEqual(cache.holding().policies, []) // gone before the new one came
  })
})

describe("a cache of three policies and a critic", () => {
  it("given both in turn, then neither takes the other's place, and a new critic takes the old one's", () => {
    const before = ops.live()
    const cache = weightCache(device, capacity, null)
    const bytes = bytesOf(plainConfig, "a", "b", "c")
    for (const name of ["a", "b", "c"]) cache.use(policies([name]), bytes)
    cache.use(critics(["v"]), criticBytes("v"))
    assert.deepStrictEqual(cache.holding(), { policies: ["a", "b", "c"], critics: ["v"] })
    assert.strictEqual(ops.live() - before, 4 * each)
    const kept = cache.getCritic("v")
    cache.use(policies(["a"]), new Map())
    cache.use(critics(["v"]), new Map())
    assert.strictEqual(cache.getCritic("v"), kept)
    cache.use(critics(["w"]), criticBytes("w"))
    assert.deepStrictEqual(cache.holding(), { policies: ["b", "c", "a"], critics: ["w"] })
    assert.strictEqual(ops.live() - before, 4 * each)
    assert.throws(() => cache.getCritic("a"), "not held")
  })

  it("given a policy's bytes for a critic, then weights-unreadable that names a tensor", () => {
    const cache = weightCache(device, capacity, null)
    assert.throws(() => cache.use(critics(["a"]), bytesOf(plainConfig, "a")), "lm_head.weight")
    assert.deepStrictEqual(cache.holding(), { policies: [], critics: [] })
  })

  it("given large ones, then a call holds what it needs and nothing else", () => {
    const before = ops.live()
    const cache = weightCache(device, capacity, null, 2.5 * 4 * layoutOf(plainConfig).size)
    cache.use(policies(["a", "b"]), bytesOf(plainConfig, "a", "b"))
    cache.use(critics(["v"]), criticBytes("v"))
    assert.deepStrictEqual(cache.holding(), { policies: [], critics: ["v"] })
    cache.use(policies(["a"]), bytesOf(plainConfig, "a")) // two are not too much
    assert.deepStrictEqual(cache.holding(), { policies: ["a"], critics: ["v"] })
    cache.use(policies(["a", "b"]), bytesOf(plainConfig, "a", "b"))
    assert.deepStrictEqual(cache.holding(), { policies: ["a", "b"], critics: [] })
    assert.strictEqual(ops.live() - before, 2 * each)
  })
})
