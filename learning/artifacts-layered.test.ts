import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { artifactsContract } from "./artifacts.contract.ts"
import { Artifacts } from "./artifacts.ts"
import { layeredArtifacts } from "./artifacts-layered.ts"
import { memoryArtifacts } from "./artifacts-memory.ts"

describe("artifacts over others", () => {
  artifactsContract(layeredArtifacts(memoryArtifacts(4), memoryArtifacts(4)))

  it.effect("given what lies below, then it is read, and what is stored or removed above leaves it as it is", () =>
    Effect.gen(function* () {
      const below = yield* Artifacts
      const old = yield* below.store(Uint8Array.of(1))
      const layered = layeredArtifacts(memoryArtifacts(4), Layer.succeed(Artifacts, below))
      yield* Effect.gen(function* () {
        const { has, load, remove, store } = yield* Artifacts
        assert.deepStrictEqual(yield* load(old), Uint8Array.of(1))
        const fresh = yield* store(Uint8Array.of(2))
        assert.deepStrictEqual(yield* load(fresh), Uint8Array.of(2))
        assert.isFalse(yield* below.has(fresh))
        assert.isFalse(yield* remove(old))
        assert.isTrue(yield* has(old))
        assert.isTrue(yield* remove(fresh))
        assert.strictEqual((yield* Effect.flip(load(fresh))).reason, "missing")
      }).pipe(Effect.provide(layered))
      assert.isTrue(yield* below.has(old))
    }).pipe(Effect.provide(memoryArtifacts(4)))
  )
})
