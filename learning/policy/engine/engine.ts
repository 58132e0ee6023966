/**
 * PolicyEngine: the model as a service — sample, score, and take gradients.
 *
 * It runs in worker threads, one TensorFlow thread each, so that no call blocks the event loop and no result depends
 * on how many workers there are: parallelism comes from cohorts and shards, whose shapes the caller fixes.
 * Weights travel by their SHA-256; an engine that has not seen a hash asks Artifacts for it.
 */
import { Context, Effect, Layer } from "effect"
import type { Sha256 } from "../../artifacts.ts"
import type { Objective } from "../../objective/objective.ts"
import type { Precision } from "../tensors/ops.ts"
import { EngineError } from "./engine-error.ts"
import { enginePool, type PoolOptions } from "./engine-pool.ts"

export { EngineError } from "./engine-error.ts"

/** One prompt and how many answers to draw for it, named by coordinates so that the draw depends on nothing else. */
export interface PromptRequest {
  readonly promptId: string
  /** Token ids of the prompt, not empty. */
  readonly tokens: Int32Array
  readonly firstSample: number
  readonly samples: number
}

/** A cohort: sampled together, so that its tensor shapes follow from this request alone. */
export interface GenerateRequest {
  readonly weights: Sha256
  readonly prompts: ReadonlyArray<PromptRequest>
  /**
   * 0 is greedy. Log-probs and entropies are of the whole distribution at this temperature (at 1 when greedy), whatever
   * topP, topK and minTokens take out of it.
   */
  readonly temperature: number
  readonly maxTokens: number
  /** No end of sequence and no stop before so many tokens; 0 where left out. */
  readonly minTokens?: number
  /** Draws only among the fewest tokens whose probabilities reach this; 1 where left out: among all. */
  readonly topP?: number
  /** Draws only among so many of the most likely tokens; 0 where left out: among all. */
  readonly topK?: number
  /** Tokens that end a response beside the policy's own; they stay in it. */
  readonly stopTokens?: ReadonlyArray<number>
  /** Texts that end a response once it contains one of them; they stay in it. */
  readonly stopStrings?: ReadonlyArray<string>
  /** Sequences that grow at once; the next takes the place of one that ended. Bits depend on it. All where left out. */
  readonly slots?: number
  readonly seed: number
  /** Which use of randomness this is (training rollouts, evaluation…), so that streams never meet. */
  readonly stream: number
  readonly step: number
}

export interface Generated {
  readonly promptId: string
  readonly sampleIndex: number
  /** [T] response tokens, the end-of-sequence token included where it was drawn. */
  readonly tokens: Int32Array
  /** [T] nats. */
  readonly logProbs: Float32Array
  /** [T] nats. */
  readonly entropies: Float32Array
  /** The policy's own end of sequence, a stop token or text that was asked for, or as many tokens as are allowed. */
  readonly stop: "eos" | "stop" | "length"
}

/** Sequences to learn from or to score: each prompt with its responses. All prompts have equally many responses. */
export interface SequenceBatch {
  readonly prompts: ReadonlyArray<Int32Array>
  /** responses[p][s]: [T] token ids, not empty. */
  readonly responses: ReadonlyArray<ReadonlyArray<Int32Array>>
}

export interface GradientTask {
  readonly weights: Sha256
  /** The frozen base for the KL term; null where no term needs it. */
  readonly reference: Sha256 | null
  readonly batch: SequenceBatch
  readonly temperature: number
  readonly objective: Objective
  /** Everything in prompt-major order: response (p, s) is rollout p * S + s. */
  readonly oldLogProbs: Float32Array
  readonly advantages: Float32Array
  readonly batchTokens: number
  /** [N] under the frozen base where they were computed before; `reference` is null then. */
  readonly referenceLogProbs?: Float32Array
  /** Sequences whose activations live at once; all where left out. Bits depend on it. */
  readonly microBatch?: number
  /** Keep only what goes into each layer, and compute the rest again on the way back: less memory, a third more work. */
  readonly recompute?: boolean
}

export interface GradientResult {
  /** dLoss/dweights in the parameter order of the checkpoint, flat, float32. */
  readonly gradient: Float32Array
  readonly loss: number
  readonly terms: Readonly<Record<string, number>>
  /** [N] under the weights being trained. */
  readonly logProbs: Float32Array
  /** [N] under the weights being trained. */
  readonly entropies: Float32Array
  /** [N] under the reference; empty without one. */
  readonly referenceLogProbs: Float32Array
}

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
            )
        }
      })
    )
}
