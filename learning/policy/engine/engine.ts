/**
 * PolicyEngine: the model as a service — sample, score, and take gradients, of policies and of critics.
 *
 * It runs in worker threads, one TensorFlow thread each, so that no call blocks the event loop and no result depends
 * on how many workers there are: parallelism comes from cohorts and shards, whose shapes the caller fixes.
 * Weights travel by their SHA-256; an engine that has not seen a hash asks Artifacts for it.
 */
import { Context, Effect, Layer } from "effect"
import type { Sha256 } from "../../artifacts.ts"
import { EngineError } from "../engine-error.ts"
import type {
  Generated,
  GenerateRequest,
  GradientResult,
  GradientTask,
  SequenceBatch,
  ValueGradientResult,
  ValueGradientTask
} from "../requests.ts"
import type { Precision } from "../tensors/ops.ts"
import { enginePool, type PoolOptions } from "./engine-pool.ts"

export { EngineError } from "../engine-error.ts"
export type {
  Generated,
  GenerateRequest,
  GradientResult,
  GradientTask,
  PromptRequest,
  SequenceBatch,
  ValueGradientResult,
  ValueGradientTask
} from "../requests.ts"

/** What a run's bits depend on, as far as the engine knows. */
export interface EngineFacts {
  readonly backend: "tensorflow" | "wasm"
  /** Whether functions run as graphs or operation by operation. */
  readonly mode: "graph" | "eager"
  /** What matrices are held and multiplied in; everything else is float32. */
  readonly precision: Precision
  /** Why this backend: e.g. "compiled against the tensorflow-cpu wheel". */
  readonly why: string
  readonly version: string
  readonly oneDnn: boolean
  readonly intraOpThreads: number
  readonly instructionSet: string
}

export class PolicyEngine extends Context.Service<
  PolicyEngine,
  {
    readonly facts: EngineFacts
    readonly generate: (request: GenerateRequest) => Effect.Effect<ReadonlyArray<Generated>, EngineError>
    readonly gradient: (task: GradientTask) => Effect.Effect<GradientResult, EngineError>
    /** Log-probs and entropies of given responses, [N] each, prompt-major. */
    readonly score: (
      weights: Sha256,
      batch: SequenceBatch,
      temperature: number
    ) => Effect.Effect<{ readonly logProbs: Float32Array; readonly entropies: Float32Array }, EngineError>
    /** [N] the value of the state in which each token of given responses was drawn, prompt-major. */
    readonly values: (critic: Sha256, batch: SequenceBatch) => Effect.Effect<Float32Array, EngineError>
    readonly valueGradient: (task: ValueGradientTask) => Effect.Effect<ValueGradientResult, EngineError>
  }
>()("onefold/learning/policy/PolicyEngine") {
  /** Worker threads over the weights in Artifacts. Fails with EngineError where the backend cannot be loaded. */
  static readonly layer = (options: PoolOptions) =>
    Layer.effect(
      PolicyEngine,
      Effect.map(enginePool(options), ({ ask, facts }) => {
        const outOfTurn = (operation: string) =>
          Effect.fail(new EngineError({ operation, reason: "crashed", detail: "the thread answered another question" }))
        return {
          facts,
          generate: (request) =>
            Effect.flatMap(ask({ kind: "generate", request }), (done) =>
              done.kind === "generate" ? Effect.succeed(done.generated) : outOfTurn("generate")
            ),
          gradient: (task) =>
            Effect.flatMap(ask({ kind: "gradient", task }), (done) =>
              done.kind === "gradient" ? Effect.succeed(done.result) : outOfTurn("gradient")
            ),
          score: (weights, batch, temperature) =>
            Effect.flatMap(ask({ kind: "score", weights, batch, temperature }), (done) =>
              done.kind === "score" ? Effect.succeed(done.scores) : outOfTurn("score")
            ),
          values: (critic, batch) =>
            Effect.flatMap(ask({ kind: "values", critic, batch }), (done) =>
              done.kind === "values" ? Effect.succeed(done.values) : outOfTurn("values")
            ),
          valueGradient: (task) =>
            Effect.flatMap(ask({ kind: "valueGradient", task }), (done) =>
              done.kind === "valueGradient" ? Effect.succeed(done.result) : outOfTurn("valueGradient")
            )
        }
      })
    )
}
