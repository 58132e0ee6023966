import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { artifactsContract } from "./artifacts.contract.ts"
import { Artifacts } from "./artifacts.ts"
import { memoryArtifacts } from "./artifacts-memory.ts"

describe("memoryArtifacts", () => {
  artifactsContract(memoryArtifacts(4))

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
