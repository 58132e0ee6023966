import { assert, describe, it } from "@effect/vitest"
import { Effect, Schema } from "effect"
import { encodeSafetensors, type NamedTensor } from "../../learning/policy/checkpoint/safetensors.ts"
import { sequence } from "../../learning/random/sequence.ts"
import { shuffled } from "../../platform/stream/order.fixture.ts"
import { smallRun } from "../small-run.fixture.ts"
import { cutIntoShards, decodeShard, encodeShard, type PackedRollout } from "./pack.ts"

const run = smallRun()
const none = new Float32Array(0)
const promptIds = run.examples.map(({ id }) => id)

const Between = (minimum: number, maximum: number) => Schema.Int.check(Schema.isBetween({ minimum, maximum }))

/** Rollouts of each example, example by example; lengths 1 to 9, many of them equal. */
const rolloutsOf = (samples: number, seed: number): ReadonlyArray<PackedRollout> => {
  const random = sequence(seed, 0)
  return promptIds.flatMap((promptId) =>
    Array.from({ length: samples }, (_, sampleIndex) => {
      const length = random.between(1, 9)
      return {
        promptId,
        sampleIndex,
        tokens: Int32Array.from({ length }, () => random.below(56)),
        oldLogProbs: Float32Array.from({ length }, () => -random.uniform()),
        advantages: Float32Array.from({ length }, () => random.uniform() - 0.5),
        ...{ behaviourLogProbs: none, referenceLogProbs: none, oldValues: none, returns: none, divisors: null }
      }
    })
  )
}

const nameOf = ({ promptId, sampleIndex }: { promptId: string; sampleIndex: number }) => `${promptId}/${sampleIndex}`

const arbitrary = { samples: Between(1, 24), shards: Between(1, 12), seed: Between(0, 1e6) }

describe("cutIntoShards", () => {
  it.prop("given any batch, then every rollout is in exactly one shard, and none is empty", arbitrary, (drawn) => {
    const rollouts = rolloutsOf(drawn.samples, drawn.seed)
    const shards = cutIntoShards(rollouts, drawn.shards)
    assert.sameMembers(shards.flat().map(nameOf), rollouts.map(nameOf))
    assert.isTrue(shards.every((shard) => shard.length > 0))
    assert.isAtMost(shards.length, drawn.shards)
  })

  it.prop(
    "given samples that the shards divide, then every shard holds equally many rollouts of every example",
    { each: Between(1, 6), shards: Between(1, 6), seed: Between(0, 1e6) },
    ({ each, seed, shards }) => {
      const cut = cutIntoShards(rolloutsOf(each * shards, seed), shards)
      assert.lengthOf(cut, shards)
      for (const shard of cut)
        for (const id of promptIds)
          assert.lengthOf(
            shard.filter(({ promptId }) => promptId === id),
            each
          )
    }
  )

  it.prop("given any batch, then a shard has as many rollouts of one example as of another", arbitrary, (drawn) => {
    for (const shard of cutIntoShards(rolloutsOf(drawn.samples, drawn.seed), drawn.shards)) {
      const counts = promptIds.map((id) => shard.filter(({ promptId }) => promptId === id).length)
      assert.strictEqual(counts[0], counts[1])
    }
  })

  it.prop("given any batch, then like lengths go together: none of a later shard is longer", arbitrary, (drawn) => {
    const shards = cutIntoShards(rolloutsOf(drawn.samples, drawn.seed), drawn.shards)
    for (const id of promptIds) {
      const lengths = shards.flatMap((shard) =>
        shard.filter(({ promptId }) => promptId === id).map(({ tokens }) => tokens.length)
      )
      assert.deepStrictEqual(
        lengths,
        [...lengths].sort((a, b) => b - a)
      )
    }
  })

  it.prop("given the samples of each example in another order, then the cut is the same", arbitrary, (drawn) => {
    const rollouts = rolloutsOf(drawn.samples, drawn.seed)
    const mixed = promptIds.flatMap((id) =>
      shuffled(
        rollouts.filter(({ promptId }) => promptId === id),
        drawn.seed
      )
    )
    assert.deepStrictEqual(cutIntoShards(mixed, drawn.shards), cutIntoShards(rollouts, drawn.shards))
  })
})

describe("a packed shard", () => {
  it.effect.prop("given any shard, then its bytes say all of it", arbitrary, (drawn) =>
    Effect.gen(function* () {
      for (const shard of cutIntoShards(rolloutsOf(drawn.samples, drawn.seed), drawn.shards)) {
        const { advantages, batch, oldLogProbs, rollouts } = yield* decodeShard(encodeShard(shard, run))
        assert.deepStrictEqual(
          rollouts,
          shard.map(({ promptId, sampleIndex, tokens }) => ({ promptId, sampleIndex, length: tokens.length }))
        )
        assert.deepStrictEqual(
          batch.responses.flat(),
          shard.map(({ tokens }) => tokens)
        )
        assert.deepStrictEqual(
          batch.prompts,
          run.examples.map(({ tokens }) => tokens)
        )
        assert.deepStrictEqual(
          [...advantages],
          shard.flatMap(({ advantages }) => [...advantages])
        )
        assert.deepStrictEqual(
          [...oldLogProbs],
          shard.flatMap(({ oldLogProbs }) => [...oldLogProbs])
        )
      }
    })
  )

  it("given the same shard twice, then its bytes are the same", () => {
    const shard = rolloutsOf(3, 1)
    assert.deepStrictEqual(encodeShard(shard, run), encodeShard(rolloutsOf(3, 1), run))
    assert.notDeepEqual(encodeShard(shard, run), encodeShard(rolloutsOf(3, 2), run))
  })

  it.effect("given bytes cut short anywhere, then reading fails by name", () =>
    Effect.gen(function* () {
      const bytes = encodeShard(rolloutsOf(2, 1), run)
      for (let length = 0; length < bytes.length; length += 7) {
        const failure = yield* Effect.flip(decodeShard(bytes.slice(0, length)))
        assert.include(["CheckpointInvalid", "ShardInvalid"], failure._tag)
        assert.include(failure.message, "packed shard")
      }
    })
  )

  it.effect.prop(
    "given a byte of the header turned into another, then reading gives a shard or fails by name; it never dies",
    { at: Between(0, 1e6), flip: Between(1, 255) },
    ({ at, flip }) =>
      Effect.gen(function* () {
        const bytes = encodeShard(rolloutsOf(2, 1), run)
        const header = 8 + Number(new DataView(bytes.buffer).getBigUint64(0, true))
        bytes[at % header] ^= flip
        const outcome = yield* Effect.result(decodeShard(bytes))
        if (outcome._tag === "Success") {
          const { advantages, batch, oldLogProbs, rollouts } = outcome.success
          assert.lengthOf(
            advantages,
            rollouts.reduce((sum, { length }) => sum + length, 0)
          )
          assert.lengthOf(oldLogProbs, batch.responses.flat().flatMap((tokens) => [...tokens]).length)
        } else assert.include(["CheckpointInvalid", "ShardInvalid"], outcome.failure._tag)
      }),
    { arbitrary: { runs: 300 } }
  )

  const tensors = {
    prompt_tokens: Int32Array.of(5, 6, 7),
    response_tokens: Int32Array.of(1, 2, 3),
    lengths: Int32Array.of(1, 2),
    old_log_probs: Float32Array.of(-1, -1, -1),
    advantages: Float32Array.of(0.5, -0.5, -0.5)
  }
  const manifest = { prompts: [{ promptId: "p", length: 3, rollouts: 2 }], samples: [0, 1] }

  const bytesOf = (changed: Readonly<Record<string, Int32Array | Float32Array>>, text: string) =>
    encodeSafetensors(
      Object.entries<Int32Array | Float32Array>({ ...tensors, ...changed }).map(
        ([name, data]): NamedTensor => ({ name, data, shape: [data.length] })
      ),
      { manifest: text }
    )

  it.effect("given tensors and a manifest that fit, then they are a shard", () =>
    Effect.gen(function* () {
      const { batch } = yield* decodeShard(bytesOf({}, JSON.stringify(manifest)))
      assert.deepStrictEqual(batch.responses, [[Int32Array.of(1), Int32Array.of(2, 3)]])
    })
  )

  /** Three prompts of one token with so many rollouts of one token each. */
  const unequal = {
    prompts: [2, 1, 3].map((rollouts, p) => ({ promptId: `p${p}`, length: 1, rollouts })),
    samples: [0, 1, 0, 0, 1, 2]
  }
  const sixTokens = {
    response_tokens: new Int32Array(6),
    lengths: new Int32Array(6).fill(1),
    old_log_probs: new Float32Array(6),
    advantages: new Float32Array(6)
  }

  it.effect.each([
    ["no manifest that can be read", {}, "{"],
    ["no prompts", {}, JSON.stringify({ prompts: [], samples: [] })],
    ["a sample too few", {}, JSON.stringify({ ...manifest, samples: [0] })],
    ["a sample below 0", {}, JSON.stringify({ ...manifest, samples: [0, -1] })],
    [
      "more rollouts than lengths",
      {},
      JSON.stringify({ ...manifest, prompts: [{ ...manifest.prompts[0], rollouts: 3 }] })
    ],
    [
      "rollouts without number",
      {},
      JSON.stringify({ ...manifest, prompts: [{ ...manifest.prompts[0], rollouts: 2e9 }] })
    ],
    [
      "a longer prompt than there are tokens",
      {},
      JSON.stringify({ ...manifest, prompts: [{ ...manifest.prompts[0], length: 4 }] })
    ],
    ["an example with more rollouts than another", sixTokens, JSON.stringify(unequal)],
    ["a length below 0", { lengths: Int32Array.of(-1, 4) }, JSON.stringify(manifest)],
    ["an empty response", { lengths: Int32Array.of(0, 3) }, JSON.stringify(manifest)],
    ["more tokens than lengths say", { lengths: Int32Array.of(1, 1) }, JSON.stringify(manifest)],
    ["tokens that are no integers", { response_tokens: Float32Array.of(1, 2, 3) }, JSON.stringify(manifest)],
    ["a log-prob too few", { old_log_probs: Float32Array.of(-1, -1) }, JSON.stringify(manifest)],
    ["an advantage too many", { advantages: Float32Array.of(1, 2, 3, 4) }, JSON.stringify(manifest)],
    ["a value too few", { old_values: Float32Array.of(1, 2) }, JSON.stringify(manifest)],
    ["numbers of another name", { advantage: Float32Array.of(1, 2, 3) }, JSON.stringify(manifest)]
  ] as const)("given %s, then it is no shard", ([, changed, text]) =>
    Effect.gen(function* () {
      const failure = yield* Effect.flip(decodeShard(bytesOf(changed, text)))
      assert.strictEqual(failure._tag, "ShardInvalid")
      assert.include(failure.message, "a packed shard cannot be read")
    })
  )
})
