/**
 * What the bits of a run depend on besides its configuration. A resume under another environment is refused unless
 * that drift is allowed, and then it is recorded.
 */
import { Schema } from "effect"
import { Positive } from "./quantities.ts"

export const Environment = Schema.Struct({
  /** What computes tensors: "tensorflow, graphs", "tensorflow" (native, operation by operation) or "wasm". */
  backend: Schema.NonEmptyString,
  /** Version of that backend's library. */
  backendVersion: Schema.NonEmptyString,
  /** Whether TensorFlow used oneDNN (TF_ENABLE_ONEDNN_OPTS=1). */
  oneDnn: Schema.Boolean,
  /** Threads inside one tensor operation. */
  intraOpThreads: Positive,
  /** Widest vector instructions of the processor, e.g. "avx512", "avx2", "neon". */
  instructionSet: Schema.NonEmptyString,
  /** Version of Node.js, without "v". */
  node: Schema.NonEmptyString,
  /** Operating system and processor kind, e.g. "linux-x64". */
  platform: Schema.NonEmptyString
})
export type Environment = typeof Environment.Type
