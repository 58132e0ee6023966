import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { removalContract } from "./artifacts.contract.ts"
import { Artifacts } from "./artifacts.ts"
import { memoryArtifacts } from "./artifacts-memory.ts"

describe("memoryArtifacts", () => {
  removalContract(memoryArtifacts(4))

  it.effect(
    "given stored bytes, then their SHA-256 brings them back, whatever the writer or a reader changes later",
    () =>
      Effect.gen(function* () {
        const artifacts = yield* Artifacts
        const bytes = new TextEncoder().encode("abc")
        const hash = yield* artifacts.store(bytes)
        assert.strictEqual(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        bytes[0] = 0
        const read = yield* artifacts.load(hash)
        read[1] = 0
        assert.strictEqual(new TextDecoder().decode(yield* artifacts.load(hash)), "abc")
        assert.isTrue(yield* artifacts.has(hash))
      }).pipe(Effect.provide(memoryArtifacts(4)))
  )

  it.effect("given more than it keeps, then the one not touched for longest is missing", () =>
    Effect.gen(function* () {
      const artifacts = yield* Artifacts
      const first = yield* artifacts.store(Uint8Array.of(1))
      const second = yield* artifacts.store(Uint8Array.of(2))
      yield* artifacts.load(first)
      yield* artifacts.store(Uint8Array.of(3))
      assert.isTrue(yield* artifacts.has(first))
      assert.isFalse(yield* artifacts.has(second))
      const failure = yield* Effect.flip(artifacts.load(second))
      assert.strictEqual(failure.reason, "missing")
    }).pipe(Effect.provide(memoryArtifacts(2)))
  )
})
