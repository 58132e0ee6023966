/**
 * Artifacts kept in memory, the oldest forgotten first: for tests, and for work whose weights need not outlive it.
 */
import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import { Artifacts, ArtifactUnreadable, type Sha256 } from "./artifacts.ts"

const PLACE = "memory"

/** @param capacity how many artifacts to keep; one stored or read again counts as new */
export const memoryArtifacts = (capacity: number): Layer.Layer<Artifacts> =>
  Layer.sync(Artifacts, () => {
    const kept = new Map<Sha256, Uint8Array>()
    const twice = new Set<Sha256>()

    const keep = (hash: Sha256, bytes: Uint8Array): void => {
      kept.delete(hash)
      kept.set(hash, bytes)
      for (const oldest of kept.keys()) {
        if (kept.size <= capacity) return
        kept.delete(oldest)
      }
    }

    return {
      store: (bytes) =>
        Effect.sync(() => {
          const hash = createHash("sha256").update(bytes).digest("hex")
          if (kept.has(hash)) twice.add(hash)
          keep(hash, kept.get(hash) ?? Uint8Array.from(bytes))
          return hash
        }),
      load: (hash) =>
        Effect.suspend(() => {
          const bytes = kept.get(hash)
          if (bytes === undefined) {
            const detail = `never stored, or forgotten: only the last ${capacity} are kept`
            return Effect.fail(new ArtifactUnreadable({ hash, place: PLACE, reason: "missing", detail }))
          }
          keep(hash, bytes)
          return Effect.succeed(Uint8Array.from(bytes))
        }),
      has: (hash) => Effect.sync(() => kept.has(hash)),
      remove: (hash) => Effect.sync(() => !twice.has(hash) && (kept.delete(hash) || true))
    }
  })
