/**
 * The real engine on the small policy, with the artifacts it reads its weights from.
 */
import { Effect, Layer } from "effect"
import { Artifacts } from "../learning/artifacts.ts"
import { memoryArtifacts } from "../learning/artifacts-memory.ts"
import { PolicyEngine } from "../learning/policy/engine/engine.ts"
import type { AdaptedBase } from "../learning/policy/training/lora.ts"
import { baseArtifact, criticArtifact, smallPolicy } from "./small-run.fixture.ts"

/** Artifacts that hold the base and its first critic, and an engine over them, of adapters where it is told which. */
export const engineWithBase = (workers = 1, adapted?: AdaptedBase) =>
  Layer.effectDiscard(
    Effect.flatMap(Artifacts, (artifacts) =>
      Effect.andThen(artifacts.store(baseArtifact), artifacts.store(criticArtifact))
    )
  ).pipe(
    Layer.provideMerge(PolicyEngine.layer({ config: smallPolicy, workers, ...(adapted && { adapted }) })),
    Layer.provideMerge(Layer.fresh(memoryArtifacts(1000)))
  )
