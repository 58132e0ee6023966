/**
 * The model that a command works with: its folder, and an engine that holds its weights.
 */
import { Effect, Layer } from "effect"
import { Artifacts, type Sha256 } from "../../learning/artifacts.ts"
import { encodeParameters, readCheckpoint, readConfig } from "../../learning/policy/checkpoint/checkpoint.ts"
import type { PolicyConfig } from "../../learning/policy/config.ts"
import { PolicyEngine } from "../../learning/policy/engine/engine.ts"
import { sharedMemory } from "../../learning/policy/engine/shared-bytes.ts"
import { layoutOf, type ParameterLayout } from "../../learning/policy/parameters.ts"
import type { TokenizerFiles } from "../../learning/policy/tokenizer/tokenizer.ts"
import { askedBackend } from "./backend.ts"
import { heldArtifacts } from "./held-artifacts.ts"
import { modelFolder } from "./model-folder.ts"

export interface Model {
  readonly folder: string
  readonly config: PolicyConfig
}

/** Finds a model and reads its config: enough to refuse what it cannot do, before any weight is read. */
export const findModel = Effect.fn("model.find")(function* (name: string) {
  const folder = yield* modelFolder(name)
  const model: Model = { folder, config: yield* readConfig(folder) }
  return model
})

export interface EngineOptions {
  /** Threads that hold the model. Results do not depend on how many there are. */
  readonly workers: number
  /** What stop texts are told by. */
  readonly tokenizer?: TokenizerFiles
  /** The config to work under, where it is another than the folder's. */
  readonly config?: PolicyConfig
}

/** A model's weights in an engine. */
export interface LoadedModel {
  readonly weights: Sha256
  readonly layout: ParameterLayout
}

/** Reads the weights of a model and runs `use` with an engine that has them. */
export const withModel = Effect.fn("model.with")(function* <A, E, R>(
  model: Model,
  options: EngineOptions,
  use: (loaded: LoadedModel) => Effect.Effect<A, E, R>
) {
  const backend = yield* askedBackend
  const { config = model.config, tokenizer, workers } = options
  const bytes = Effect.map(readCheckpoint(model.folder), ({ layout, weights }) =>
    encodeParameters(layout, weights, sharedMemory)
  )
  const work = Effect.gen(function* () {
    const weights = yield* (yield* Artifacts).store(yield* bytes)
    return yield* use({ weights, layout: layoutOf(config) })
  })
  const told = tokenizer === undefined ? {} : { tokenizer }
  const engine = PolicyEngine.layer({ config, workers, ...backend, ...told })
  return yield* Effect.scoped(Effect.provide(work, engine.pipe(Layer.provideMerge(heldArtifacts))))
})
