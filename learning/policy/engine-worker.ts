/**
 * A worker thread of the engine: one backend, one device, one call at a time.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads"
import { tensorflowOps } from "./backend-tensorflow.ts"
import { wasmOps } from "./backend-wasm.ts"
import type { Device } from "./decoder.ts"
import { EngineError } from "./engine-error.ts"
import {
  type CallMessage,
  type EngineCall,
  type EngineResult,
  type Reply,
  type WorkerData,
  weightsOf
} from "./engine-messages.ts"
import { generateCohort } from "./generate.ts"
import { gradientOf, score } from "./gradient.ts"
import { checkBatch, checkGenerate, checkGradient } from "./request-checks.ts"
import { rotationsOn } from "./rope.ts"
import { type WeightCache, weightCache } from "./weight-cache.ts"

/** The policy, its predecessor that is still being evaluated, and the reference. */
const policiesHeld = 3

const run = (device: Device, cache: WeightCache, call: EngineCall): EngineResult => {
  const { config } = device
  switch (call.kind) {
    case "generate":
      checkGenerate(config, call.request)
      return {
        kind: "generate",
        generated: generateCohort(device, cache.get(call.request.weights).weights, call.request)
      }
    case "gradient": {
      checkGradient(config, call.task)
      const { reference, weights, ...task } = call.task
      const result = gradientOf(
        device,
        cache.get(weights),
        reference === null ? null : cache.get(reference).weights,
        task
      )
      return { kind: "gradient", result }
    }
    case "score": {
      checkBatch("score", config, call.batch, call.temperature)
      const { weights } = cache.get(call.weights)
      return { kind: "score", scores: score(device, weights, call.batch, call.temperature) }
    }
  }
}

/** As TensorFlow and V8 say that memory is exhausted. */
const exhausted = /OOM|RESOURCE_EXHAUSTED|allocation failed|out of memory/i

const errorOf = (operation: string, cause: unknown): EngineError => {
  if (cause instanceof EngineError) return cause
  const detail = cause instanceof Error ? cause.message : String(cause)
  if (exhausted.test(detail)) return new EngineError({ operation, reason: "out-of-memory", detail })
  const reason = cause instanceof RangeError ? "bad-input" : "crashed"
  return new EngineError({ operation, reason, detail })
}

const answer = (device: Device, cache: WeightCache, { call, weights }: CallMessage): Reply => {
  try {
    cache.use(weightsOf(call), weights)
    const result = device.ops.scope(() => run(device, cache, call))
    return { kind: "done", result, holding: cache.holding() }
  } catch (cause) {
    const { detail, operation, reason } = errorOf(call.kind, cause)
    return { kind: "failed", operation, reason, detail, holding: cache.holding() }
  }
}

/** The large part of a reply, which is moved and not copied. */
const movable = (reply: Reply): ReadonlyArray<ArrayBuffer> => {
  if (reply.kind !== "done" || reply.result.kind !== "gradient") return []
  const { buffer } = reply.result.result.gradient
  return buffer instanceof ArrayBuffer ? [buffer] : []
}

const serve = async (port: NonNullable<typeof parentPort>, { backend, config }: WorkerData): Promise<void> => {
  const { ops, version } = backend === "tensorflow" ? tensorflowOps() : await wasmOps()
  const device = { ops, config, rotations: rotationsOn(ops, config) }
  const cache = weightCache(device, policiesHeld)
  port.on("message", (message: CallMessage) => {
    const reply = answer(device, cache, message)
    port.postMessage(reply, movable(reply))
  })
  const ready: Reply = { kind: "ready", version }
  port.postMessage(ready)
}

if (!isMainThread && parentPort !== null) {
  const data: WorkerData = workerData
  await serve(parentPort, data)
}
