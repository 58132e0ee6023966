/**
 * A worker thread of the engine: one backend, one device, one call at a time.
 */
import { isMainThread, parentPort, workerData } from "node:worker_threads"
import { Effect } from "effect"
import { type Device, deviceOn } from "../device.ts"
import { EngineError } from "../engine-error.ts"
import { generateCohort } from "../generation/generate.ts"
import { tensorflowOps } from "../tensors/backend-tensorflow.ts"
import { wasmOps } from "../tensors/backend-wasm.ts"
import { loadTextTokenizer } from "../tokenizer/tokenizer.ts"
import { gradientOf, score } from "../training/gradient.ts"
import { valueGradientOf, valuesOf } from "../training/value-gradient.ts"
import {
  type CallMessage,
  type EngineCall,
  type EngineResult,
  type Reply,
  type WorkerData,
  weightsOf
} from "./engine-messages.ts"
import { checkBatch, checkGenerate, checkGradient, checkValueGradient, checkValues } from "./request-checks.ts"
import { type WeightCache, weightCache } from "./weight-cache.ts"

/** The policy, its predecessor that is still being evaluated, and the reference; beside them the critic. */
const capacity = { policies: 3, critics: 1 }

/** Reads tokens back as text, special ones by name, for requests with stop texts. */
type Detokenize = (tokens: ReadonlyArray<number>) => string

const detokenizerOf = (files: WorkerData["tokenizer"]): (() => Detokenize) => {
  let read: Detokenize | null = null
  return () => {
    if (files === null) throw new RangeError("stop texts need the tokenizer, which this engine was not given")
    if (read === null) {
      const { decodeWithSpecial } = Effect.runSync(loadTextTokenizer(files))
      read = (tokens) => decodeWithSpecial(Int32Array.from(tokens))
    }
    return read
  }
}

const run = (device: Device, cache: WeightCache, detokenizer: () => Detokenize, call: EngineCall): EngineResult => {
  const { config } = device
  switch (call.kind) {
    case "generate": {
      const { request } = call
      checkGenerate(config, request)
      const { weights } = cache.get(request.weights)
      const textOf = (request.stopStrings?.length ?? 0) > 0 ? detokenizer() : null
      return { kind: "generate", generated: generateCohort(device, weights, request, textOf) }
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
    case "values": {
      checkValues(config, call.batch)
      return { kind: "values", values: valuesOf(device, cache.getCritic(call.critic).weights, call.batch) }
    }
    case "valueGradient": {
      checkValueGradient(config, call.task)
      const { critic, ...task } = call.task
      return { kind: "valueGradient", result: valueGradientOf(device, cache.getCritic(critic), task) }
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

const answer = (
  device: Device,
  cache: WeightCache,
  detokenizer: () => Detokenize,
  { call, weights }: CallMessage
): Reply => {
  try {
    cache.use(weightsOf(call), weights)
    const result = device.ops.scope(() => run(device, cache, detokenizer, call))
    return { kind: "done", result, holding: cache.holding() }
  } catch (cause) {
    const { detail, operation, reason } = errorOf(call.kind, cause)
    return { kind: "failed", operation, reason, detail, holding: cache.holding() }
  }
}

/** The large part of a reply, which is moved and not copied. */
const movable = (reply: Reply): ReadonlyArray<ArrayBuffer> => {
  if (reply.kind !== "done") return []
  if (reply.result.kind !== "gradient" && reply.result.kind !== "valueGradient") return []
  const { buffer } = reply.result.result.gradient
  return buffer instanceof ArrayBuffer ? [buffer] : []
}

const serve = async (
  port: NonNullable<typeof parentPort>,
  { adapted, backend, config, mode, precision, tokenizer }: WorkerData
): Promise<void> => {
  const { ops, version } = backend === "tensorflow" ? tensorflowOps(mode) : await wasmOps()
  const device = deviceOn(ops, config, precision)
  const cache = weightCache(device, capacity, adapted)
  const detokenizer = detokenizerOf(tokenizer)
  port.on("message", (message: CallMessage) => {
    const reply = answer(device, cache, detokenizer, message)
    port.postMessage(reply, movable(reply))
  })
  const ready: Reply = { kind: "ready", version }
  port.postMessage(ready)
}

if (!isMainThread && parentPort !== null) {
  const data: WorkerData = workerData
  await serve(parentPort, data)
}
