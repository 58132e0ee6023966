/**
 * What the pool and its worker threads say to each other.
 */
import type { Sha256 } from "../../artifacts.ts"
import type { PolicyConfig } from "../config.ts"
import type { EngineError } from "../engine-error.ts"
import type { TokenScores } from "../model/head.ts"
import type { EngineMode } from "../tensors/backend-tensorflow.ts"
import type { BackendName } from "../tensors/installation.ts"
import type { Precision } from "../tensors/ops.ts"
import type { TokenizerFiles } from "../tokenizer/tokenizer.ts"
import type { AdaptedBase } from "../training/lora.ts"
import type {
  Generated,
  GenerateRequest,
  GradientResult,
  GradientTask,
  SequenceBatch,
  ValueGradientResult,
  ValueGradientTask
} from "./engine.ts"
import type { WeightHashes } from "./weight-cache.ts"

/** What a worker is started with. */
export interface WorkerData {
  readonly config: PolicyConfig
  readonly backend: BackendName
  readonly mode: EngineMode
  readonly precision: Precision
  /** The base that policies are adapters of; null where they are weights. */
  readonly adapted: AdaptedBase | null
  /** For stop texts; read when the first request names some. */
  readonly tokenizer: TokenizerFiles | null
}

export type EngineCall =
  | { readonly kind: "generate"; readonly request: GenerateRequest }
  | { readonly kind: "gradient"; readonly task: GradientTask }
  | { readonly kind: "score"; readonly weights: Sha256; readonly batch: SequenceBatch; readonly temperature: number }
  | { readonly kind: "values"; readonly critic: Sha256; readonly batch: SequenceBatch }
  | { readonly kind: "valueGradient"; readonly task: ValueGradientTask }

/** One call, with the weights that the worker does not hold. */
export interface CallMessage {
  readonly call: EngineCall
  /** Safetensors bytes by hash. */
  readonly weights: ReadonlyMap<Sha256, Uint8Array>
}

export type EngineResult =
  | { readonly kind: "generate"; readonly generated: ReadonlyArray<Generated> }
  | { readonly kind: "gradient"; readonly result: GradientResult }
  | { readonly kind: "score"; readonly scores: TokenScores }
  | { readonly kind: "values"; readonly values: Float32Array }
  | { readonly kind: "valueGradient"; readonly result: ValueGradientResult }

export type Reply =
  | { readonly kind: "ready"; readonly version: string }
  | { readonly kind: "done"; readonly result: EngineResult; readonly holding: WeightHashes }
  | {
      readonly kind: "failed"
      readonly operation: string
      readonly reason: EngineError["reason"]
      readonly detail: string
      readonly holding: WeightHashes
    }

const policies = (...hashes: ReadonlyArray<Sha256>): WeightHashes => ({ policies: hashes, critics: [] })
const critics = (...hashes: ReadonlyArray<Sha256>): WeightHashes => ({ policies: [], critics: hashes })

/** The weights that a call needs, the one it trains or samples first. */
export const weightsOf = (call: EngineCall): WeightHashes => {
  switch (call.kind) {
    case "generate":
      return policies(call.request.weights)
    case "gradient": {
      const { reference, weights } = call.task
      return reference === null ? policies(weights) : policies(weights, reference)
    }
    case "score":
      return policies(call.weights)
    case "values":
      return critics(call.critic)
    case "valueGradient":
      return critics(call.task.critic)
  }
}
