/**
 * Artifacts over other artifacts: what is not found above is read from below, and everything is written above. So work
 * can begin from what is kept without adding to it.
 */
import { Context, Effect, Layer } from "effect"
import { Artifacts } from "./artifacts.ts"

export const layeredArtifacts = <E1, R1, E2, R2>(
  above: Layer.Layer<Artifacts, E1, R1>,
  below: Layer.Layer<Artifacts, E2, R2>
) =>
  Layer.effect(
    Artifacts,
    Effect.gen(function* () {
      // Built anew: both are layers of the same service, and may be built from the same one.
      const upper = Context.get(yield* Layer.build(Layer.fresh(above)), Artifacts)
      const lower = Context.get(yield* Layer.build(Layer.fresh(below)), Artifacts)
      const either = (hash: string) => Effect.map(upper.has(hash), (isAbove) => (isAbove ? upper : lower))
      return Artifacts.of({
        store: upper.store,
        load: (hash) => Effect.flatMap(either(hash), ({ load }) => load(hash)),
        has: (hash) => Effect.flatMap(either(hash), ({ has }) => has(hash)),
        // What lies below is not this layer's to remove; nor is it known to be gone where nobody answers.
        remove: (hash) =>
          Effect.zipWith(
            upper.remove(hash),
            Effect.orElseSucceed(lower.has(hash), () => true),
            (isGone, isBelow) => isGone && !isBelow
          )
      })
    })
  )
