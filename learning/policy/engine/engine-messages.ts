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
import type { Generated, GenerateRequest, GradientResult, GradientTask, SequenceBatch } from "./engine.ts"

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

export type Reply =
  | { readonly kind: "ready"; readonly version: string }
  | { readonly kind: "done"; readonly result: EngineResult; readonly holding: ReadonlyArray<Sha256> }
  | {
      readonly kind: "failed"
      readonly operation: string
      readonly reason: EngineError["reason"]
      readonly detail: string
      readonly holding: ReadonlyArray<Sha256>
    }

/** The weights that a call needs, the one it trains or samples first. */
export const weightsOf = (call: EngineCall): ReadonlyArray<Sha256> => {
  if (call.kind === "score") return [call.weights]
  if (call.kind === "generate") return [call.request.weights]
  const { reference, weights } = call.task
  return reference === null ? [weights] : [weights, reference]
}
