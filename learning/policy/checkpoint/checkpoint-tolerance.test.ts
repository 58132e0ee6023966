import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { sequence } from "../../random/sequence.ts"
import {
  changed,
  config,
  embedding,
  first,
  refusal,
  sharded,
  store,
  temporaryFolder,
  tensors,
  weights
} from "./altered-checkpoint.fixture.ts"
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts"
import { CheckpointInvalid } from "./checkpoint-invalid.ts"
import { encodeSafetensors, type NamedTensor } from "./safetensors.ts"

describe("a folder that says more than it must", () => {
  const loaded = (change: (folder: string) => Promise<unknown>) => changed(change).pipe(Effect.flatMap(readCheckpoint))
  const withExtra = (...extra: ReadonlyArray<NamedTensor>) =>
    store("model.safetensors", encodeSafetensors([...tensors, ...extra], {}))

  it.effect("given shards and a true index, then the same weights", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual((yield* loaded(sharded(() => ({})))).weights, weights)
    })
  )

  it.effect("given model.safetensors beside an index of other files, then it counts, as in transformers", () =>
    Effect.gen(function* () {
      const index = store("model.safetensors.index.json", { weight_map: { [first]: "gone.safetensors" } })
      assert.deepStrictEqual((yield* loaded(index)).weights, weights)
    })
  )

  it.effect("given a cache of the hub, whose files are links to blobs beside its snapshots, then it loads", () =>
    Effect.gen(function* () {
      const parent = yield* temporaryFolder
      const folder = join(parent, "snapshots", "0123abcd")
      yield* writeCheckpoint(folder, config, weights)
      yield* Effect.promise(async () => {
        await mkdir(join(parent, "blobs"))
        await writeFile(join(parent, "blobs", "beef"), await readFile(join(folder, "model.safetensors")))
        await rm(join(folder, "model.safetensors"))
        await symlink("../../blobs/beef", join(folder, "model.safetensors"))
      })
      assert.deepStrictEqual((yield* readCheckpoint(folder)).weights, weights)
    })
  )

  it.effect("given the buffers of an old checkpoint and a head that is the embedding, then they change nothing", () =>
    Effect.gen(function* () {
      const buffer = { name: "model.layers.0.self_attn.rotary_emb.inv_freq", shape: [2], data: Float32Array.of(1, 0.1) }
      const checkpoint = yield* loaded(withExtra(buffer, { ...embedding, name: "lm_head.weight" }))
      assert.deepStrictEqual(checkpoint.weights, weights)
    })
  )

  it.effect("given a tied head that is not the embedding, then it is refused and says what to do", () =>
    Effect.gen(function* () {
      const data = Float32Array.from(embedding.data).fill(0.5, 100, 101)
      const error = yield* refusal(withExtra({ name: "lm_head.weight", shape: embedding.shape, data }))
      assert.strictEqual(error.what, "lm_head.weight")
      assert.include(error.message, "set tie_word_embeddings to false")
      const misshapen = yield* refusal(withExtra({ ...embedding, name: "lm_head.weight", shape: [12, 13] }))
      assert.include(misshapen.reason, "asks for [13, 12]")
    })
  )
})

describe("a checkpoint with damaged bytes", () => {
  const outcomeOf = (folder: string) =>
    Effect.match(readCheckpoint(folder), {
      onSuccess: () => "loads",
      onFailure: (error) => (error instanceof CheckpointInvalid && error.message.length < 2000 ? "refused" : "other")
    })

  it.effect.each([[11], [12], [13]])("given seed %d, then it loads or is refused with a typed error", ([seed]) =>
    Effect.gen(function* () {
      const whole = yield* changed(sharded(() => ({})))
      const files = [
        "config.json",
        "generation_config.json",
        "model.safetensors.index.json",
        "s0.safetensors",
        "s1.safetensors"
      ]
      const { below } = sequence(seed, 79)
      const counts = new Map<string, number>()
      for (let round = 0; round < 150; round++) {
        const file = files[below(files.length)]
        const original = yield* Effect.promise(() => readFile(join(whole, file)))
        const bytes = Buffer.from(original)
        // Most flips where the structure is: the first bytes of a file
        for (let flips = below(4); flips >= 0; flips--) {
          const reach = below(2) === 0 ? Math.min(bytes.length, 24) : Math.min(bytes.length, 4000)
          bytes[below(reach)] ^= 1 << below(8)
        }
        const cut = below(3) === 0 ? bytes.subarray(0, below(bytes.length)) : bytes
        yield* Effect.promise(() => writeFile(join(whole, file), cut))
        const outcome = yield* outcomeOf(whole)
        counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
        yield* Effect.promise(() => writeFile(join(whole, file), original))
      }
      assert.isAbove(counts.get("refused") ?? 0, 50)
      assert.strictEqual((counts.get("refused") ?? 0) + (counts.get("loads") ?? 0), 150)
    })
  )
})
