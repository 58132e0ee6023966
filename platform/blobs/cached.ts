/**
 * Artifacts over others that are far away: what was read or written once is read from a folder of this machine.
 *
 * The folder is a store of its own (local.ts): whole files, hash checked. It holds nothing that is not elsewhere, so
 * whatever is wrong with it costs time only: a damaged file is fetched again, a full disk is said once.
 */
import { Context, Effect, Layer, Metric } from "effect"
import { Artifacts, type ArtifactUnreadable, type ArtifactUnwritable, type Sha256 } from "../../learning/artifacts.ts"
import { CacheShelf } from "./cache-shelf.ts"
import { isSha256 } from "./hash.ts"
import { KeyedLock } from "./keyed-lock.ts"
import { layerLocal } from "./local.ts"

const hits = Metric.counter("onefold_blob_cache_hits_total", {
  description: "artifacts read from the cache's folder",
  incremental: true
})
const misses = Metric.counter("onefold_blob_cache_misses_total", {
  description: "artifacts fetched from where they are kept",
  incremental: true
})

/** @param limits `bytes`: how many may stay in the folder; an artifact of more is not kept there */
export const cachedIn =
  (folder: string, limits: { readonly bytes: number }) =>
  <E, R>(below: Layer.Layer<Artifacts, E, R>): Layer.Layer<Artifacts, E | ArtifactUnwritable, R> =>
    Layer.effect(
      Artifacts,
      Effect.gen(function* () {
        // Built anew: both are layers of the same service.
        const near = Context.get(yield* Layer.build(Layer.fresh(layerLocal(folder))), Artifacts)
        const far = Context.get(yield* Layer.build(Layer.fresh(below)), Artifacts)
        const shelf = new CacheShelf(folder, limits.bytes)
        const fetching = new KeyedLock()
        yield* shelf.makeRoom

        const warnOnce = yield* Effect.cached(
          Effect.logWarning(`the cache ${folder} cannot be written; everything is fetched anew`)
        )

        const keep = Effect.fn("CachedArtifacts.keep")(function* (hash: Sha256, bytes: Uint8Array) {
          if (!shelf.takes(bytes)) return
          yield* near.store(bytes).pipe(
            Effect.andThen(shelf.touch(hash)),
            Effect.catchTag("ArtifactUnwritable", ({ message }) => Effect.andThen(Effect.logDebug(message), warnOnce))
          )
        })

        /** Undefined where it must be fetched. */
        const fromNear = (hash: Sha256): Effect.Effect<Uint8Array | undefined> =>
          near.load(hash).pipe(
            Effect.tap(() => shelf.touch(hash)),
            Effect.catchTag("ArtifactUnreadable", (failure) =>
              Effect.as(failure.reason === "missing" ? Effect.void : forget(failure), undefined)
            )
          )

        const forget = ({ hash, place, reason }: ArtifactUnreadable) =>
          Effect.andThen(
            Effect.logWarning(`${place} in the cache cannot be used (${reason}), and is fetched again`),
            shelf.drop(hash)
          )

        const fetch = Effect.fn("CachedArtifacts.fetch")(function* (hash: Sha256) {
          const meanwhile = yield* fromNear(hash)
          if (meanwhile !== undefined) return meanwhile
          const bytes = yield* far.load(hash)
          yield* keep(hash, bytes)
          return bytes
        })

        const load = Effect.fn("CachedArtifacts.load")(function* (hash: Sha256) {
          if (!isSha256(hash)) return yield* far.load(hash)
          const found = yield* shelf.holding(hash, fromNear(hash))
          if (found !== undefined) {
            yield* Metric.update(hits, 1)
            return found
          }
          yield* Metric.update(misses, 1)
          const fetched = yield* fetching.with(hash, shelf.holding(hash, fetch(hash)))
          yield* shelf.makeRoom
          return fetched
        })

        const store = Effect.fn("CachedArtifacts.store")(function* (bytes: Uint8Array) {
          const hash = yield* far.store(bytes)
          yield* shelf.holding(hash, keep(hash, bytes))
          yield* shelf.makeRoom
          return hash
        })

        const has = (hash: Sha256) =>
          Effect.flatMap(near.has(hash), (isNear) => (isNear ? Effect.succeed(true) : far.has(hash)))

        const remove = (hash: Sha256) =>
          Effect.tap(far.remove(hash), (isGone) => (isGone && isSha256(hash) ? shelf.drop(hash) : Effect.void))

        return { store, load, has, remove }
      })
    )
