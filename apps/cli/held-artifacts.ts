/**
 * The weights of the base and of the newest policy, held once, in the memory that the engine's threads compute from: what a
 * trainer alone would hold.
 */
import { createHash } from "node:crypto"
import { Effect, Layer } from "effect"
import { Artifacts, ArtifactUnreadable, type Sha256 } from "../../learning/artifacts.ts"
import { sharedBytes } from "../../learning/policy/engine/shared-bytes.ts"

/** Keeps what was stored first, the base, and what was stored last. */
export const heldArtifacts: Layer.Layer<Artifacts> = Layer.sync(Artifacts, () => {
  const held = new Map<Sha256, Uint8Array>()
  return {
    store: (bytes) =>
      Effect.sync(() => {
        const hash = createHash("sha256").update(bytes).digest("hex")
        for (const between of [...held.keys()].slice(1)) held.delete(between)
        if (!held.has(hash)) held.set(hash, sharedBytes(bytes))
        return hash
      }),
    load: (hash) => {
      const bytes = held.get(hash)
      const missing = { hash, place: "memory", reason: "missing", detail: "neither the base nor the newest" } as const
      return bytes === undefined ? Effect.fail(new ArtifactUnreadable(missing)) : Effect.succeed(bytes)
    },
    has: (hash) => Effect.sync(() => held.has(hash)),
    remove: (hash) => Effect.sync(() => held.delete(hash) || true)
  }
})
