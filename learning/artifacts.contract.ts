/**
 * What every store of artifacts promises, wherever it keeps them; and what one promises that keeps them where others can
 * damage them.
 */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, type Layer } from "effect"
import { Artifacts, type Sha256 } from "./artifacts.ts"

/** How a test harms what a store keeps. */
export class Damage extends Context.Service<
  Damage,
  {
    /** Puts other bytes in the place of an artifact, behind the store's back. */
    readonly replace: (hash: Sha256, bytes: Uint8Array) => Effect.Effect<void>
  }
>()("onefold/learning/Damage") {}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text)

export const hashOf = (bytes: Uint8Array): Sha256 => createHash("sha256").update(bytes).digest("hex")

/** No two of its pieces are alike. */
const large = Uint8Array.from({ length: 9 * 1024 * 1024 + 7 }, (_, index) => (index * 2654435761) >>> 24)

/** Equal as bytes, whatever kind of array carries them; a difference is not printed by the megabyte. */
const assertSame = (actual: Uint8Array, expected: Uint8Array): void => {
  assert.strictEqual(actual.length, expected.length)
  assert.strictEqual(Buffer.compare(actual, expected), 0)
}

/** @param layer built anew for each test; empty */
export const artifactsContract = <E>(layer: Layer.Layer<Artifacts, E>): void => {
  const within = Effect.provide(layer)
  storing(within)
  removing(within)
}

type Within = <A, E, R>(work: Effect.Effect<A, E, R>) => Effect.Effect<A, unknown, Exclude<R, Artifacts>>

const storing = (within: Within): void => {
  describe("storing", () => {
    it.live("given bytes, then they come back by their SHA-256, and others are not there", () =>
      Effect.gen(function* () {
        const { has, load, store } = yield* Artifacts
        const hash = yield* store(bytesOf("abc"))
        assert.strictEqual(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        assertSame(yield* load(hash), bytesOf("abc"))
        assert.isTrue(yield* has(hash))
        const never = hashOf(bytesOf("never stored"))
        assert.isFalse(yield* has(never))
        const failure = yield* Effect.flip(load(never))
        assert.deepInclude(failure, { reason: "missing", hash: never })
      }).pipe(within)
    )

    it.live("given no bytes, and more than one piece of them, then both come back whole", () =>
      Effect.gen(function* () {
        const { load, store } = yield* Artifacts
        for (const bytes of [new Uint8Array(0), large]) {
          const hash = yield* store(bytes)
          assert.strictEqual(hash, hashOf(bytes))
          assertSame(yield* load(hash), bytes)
        }
      }).pipe(within)
    )

    it.live("given the same bytes many times at once, then they are there once each of them says so", () =>
      Effect.gen(function* () {
        const { has, load, store } = yield* Artifacts
        const bytes = new Uint8Array(300_000).fill(7)
        const stores = Array.from({ length: 20 }, () =>
          Effect.tap(store(bytes), (hash) => Effect.map(has(hash), (isThere) => assert.isTrue(isThere)))
        )
        const hashes = yield* Effect.all(stores, { concurrency: 20 })
        assert.deepEqual([...new Set(hashes)], [hashOf(bytes)])
        const loads = Array.from({ length: 20 }, () => load(hashOf(bytes)))
        for (const loaded of yield* Effect.all(loads, { concurrency: 20 })) assertSame(loaded, bytes)
      }).pipe(within)
    )

    it.live("given what a writer or a reader does with its bytes later, then what is stored stays as it is", () =>
      Effect.gen(function* () {
        const { load, store } = yield* Artifacts
        const bytes = bytesOf("abc")
        const hash = yield* store(bytes)
        bytes[0] = 0
        const read = yield* load(hash)
        read[1] = 0
        assertSame(yield* load(hash), bytesOf("abc"))
      }).pipe(within)
    )
  })
}

const removing = (within: Within): void => {
  const bytes = bytesOf("a gradient")

  describe("removing", () => {
    it.live("given what is stored once, then removed it is missing, and stored again it is there", () =>
      Effect.gen(function* () {
        const { has, load, remove, store } = yield* Artifacts
        const hash = yield* store(bytes)
        assert.isTrue(yield* remove(hash))
        assert.isFalse(yield* has(hash))
        assert.strictEqual((yield* Effect.flip(load(hash))).reason, "missing")
        assert.strictEqual(yield* store(bytes), hash)
        assertSame(yield* load(hash), bytes)
      }).pipe(within)
    )

    it.live("given what is stored twice, then two may want it, and it stays", () =>
      Effect.gen(function* () {
        const { has, remove, store } = yield* Artifacts
        const hash = yield* store(bytes)
        yield* store(bytes)
        assert.isFalse(yield* remove(hash))
        assert.isTrue(yield* has(hash))
      }).pipe(within)
    )

    it.live("given what was never there, then it is gone", () =>
      Effect.gen(function* () {
        assert.isTrue(yield* (yield* Artifacts).remove("0".repeat(64)))
      }).pipe(within)
    )

    it.live("given a removal amid stores of the same bytes, then they are there in the end", () =>
      Effect.gen(function* () {
        const { load, remove, store } = yield* Artifacts
        const hash = yield* store(bytes)
        const both = [store(bytes), Effect.asVoid(remove(hash)), store(bytes), Effect.asVoid(remove(hash))]
        yield* Effect.all(both, { concurrency: "unbounded" })
        assertSame(yield* load(hash), bytes)
      }).pipe(within)
    )
  })
}

const badNames = [
  "",
  "../../../etc/passwd",
  `${"a".repeat(62)}/.`,
  "A".repeat(64),
  "a".repeat(63),
  `${"a".repeat(64)}\n`,
  `${"a".repeat(63)}\u0000`
]

/** @param layer built anew for each test; empty */
export const damageContract = <E>(layer: Layer.Layer<Artifacts | Damage, E>): void => {
  const within = Effect.provide(layer)
  const weights = bytesOf("the weights of step 7")

  describe("what cannot be trusted", () => {
    it.live("given a flipped bit, then loading fails and says where", () =>
      Effect.gen(function* () {
        const { load, store } = yield* Artifacts
        const hash = yield* store(weights)
        const flipped = Uint8Array.from(weights)
        flipped[3] ^= 1
        yield* (yield* Damage).replace(hash, flipped)
        const failure = yield* Effect.flip(load(hash))
        assert.deepInclude(failure, { reason: "hash-mismatch", hash })
        assert.include(failure.place, hash)
        assert.include(failure.message, hashOf(flipped))
      }).pipe(within)
    )

    it.live("given bytes cut short, then loading fails, and storing them again mends it", () =>
      Effect.gen(function* () {
        const { load, store } = yield* Artifacts
        const hash = yield* store(weights)
        yield* (yield* Damage).replace(hash, weights.subarray(0, 5))
        assert.strictEqual((yield* Effect.flip(load(hash))).reason, "hash-mismatch")
        yield* store(weights)
        assertSame(yield* load(hash), weights)
      }).pipe(within)
    )

    it.live.each(badNames)("given the name %j, then it is refused, is not there and cannot be removed", (name) =>
      Effect.gen(function* () {
        const { has, load, remove } = yield* Artifacts
        assert.strictEqual((yield* Effect.flip(load(name))).reason, "bad-name")
        assert.isFalse(yield* has(name))
        assert.isFalse(yield* remove(name))
      }).pipe(within)
    )
  })
}
