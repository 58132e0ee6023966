/**
 * What every layer of artifacts promises of removal.
 */
import { assert, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { Artifacts } from "./artifacts.ts"

const bytes = new TextEncoder().encode("a gradient")

export const removalContract = <E>(layer: Layer.Layer<Artifacts, E>): void => {
  const within = Effect.provide(layer)

  it.effect("given what is stored once, then removed it is missing, and stored again it is there", () =>
    Effect.gen(function* () {
      const { has, load, remove, store } = yield* Artifacts
      const hash = yield* store(bytes)
      assert.isTrue(yield* remove(hash))
      assert.isFalse(yield* has(hash))
      assert.strictEqual((yield* Effect.flip(load(hash))).reason, "missing")
      assert.strictEqual(yield* store(bytes), hash)
      assert.deepStrictEqual(Uint8Array.from(yield* load(hash)), bytes)
    }).pipe(within)
  )

  it.effect("given what is stored twice, then two may want it, and it stays", () =>
    Effect.gen(function* () {
      const { has, remove, store } = yield* Artifacts
      const hash = yield* store(bytes)
      yield* store(bytes)
      assert.isFalse(yield* remove(hash))
      assert.isTrue(yield* has(hash))
    }).pipe(within)
  )

  it.effect("given what was never there, then it is gone", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* (yield* Artifacts).remove("0".repeat(64)))
    }).pipe(within)
  )

  it.effect("given a removal amid stores of the same bytes, then they are there in the end", () =>
    Effect.gen(function* () {
      const { load, remove, store } = yield* Artifacts
      const hash = yield* store(bytes)
      const both = [store(bytes), Effect.asVoid(remove(hash)), store(bytes), Effect.asVoid(remove(hash))]
      yield* Effect.all(both, { concurrency: "unbounded" })
      assert.deepStrictEqual(Uint8Array.from(yield* load(hash)), bytes)
    }).pipe(within)
  )
}
