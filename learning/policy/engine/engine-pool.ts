/**
 * The engine as a pool of worker threads that calls wait for in their order.
 *
 * A call runs to its end once it has a thread, even if nobody waits for it any more: TensorFlow cannot be interrupted,
 * and the thread with its weights is worth more than the seconds. A thread that dies is replaced before the next call.
 */
import { Cache, Duration, Effect, Exit, Queue } from "effect"
import { Artifacts, type Sha256 } from "../../artifacts.ts"
import type { PolicyConfig } from "../config.ts"
import { EngineError } from "../engine-error.ts"
import type { EngineMode } from "../tensors/backend-tensorflow.ts"
import { pinEnvironment } from "../tensors/environment.ts"
import { type BackendName, chooseBackend, instructionSet } from "../tensors/installation.ts"
import type { Precision } from "../tensors/ops.ts"
import type { TokenizerFiles } from "../tokenizer/tokenizer.ts"
import type { AdaptedBase } from "../training/lora.ts"
import type { EngineFacts } from "./engine.ts"
import { type EngineCall, type EngineResult, weightsOf } from "./engine-messages.ts"
import { type EngineThread, startEngineThread } from "./engine-thread.ts"
import { sharedBytes } from "./shared-bytes.ts"

export interface PoolOptions {
  readonly config: PolicyConfig
  /** Threads; results do not depend on how many. */
  readonly workers: number
  /** Threads inside one operation, 1 where nothing is said; results depend on it. */
  readonly intraOpThreads?: number
  /** The installation's choice where none is made. */
  readonly backend?: BackendName
  /** Graphs where the backend knows them and nothing is said. */
  readonly mode?: EngineMode
  /** float32 where nothing is said. */
  readonly precision?: Precision
  /** Where policies are adapters of this base and not weights. */
  readonly adapted?: AdaptedBase
  /** For stop texts. */
  readonly tokenizer?: TokenizerFiles
  /** The module that threads run; another one in tests. */
  readonly program?: URL
}

/** Weights whose bytes stay at hand for the next thread that needs them. */
const bytesHeld = { policies: 2, critics: 1 }

/** A place in the pool: its thread, or none while it could not be replaced. */
interface Slot {
  thread: EngineThread | null
}

/** The bytes of weights, read once for all threads and shared between them. */
const bytesCache = (artifacts: Artifacts["Service"], capacity: number) =>
  Cache.makeWith(
    (hash: Sha256) =>
      artifacts.load(hash).pipe(
        Effect.map(sharedBytes),
        Effect.mapError(({ message: detail, reason }) => {
          const why = reason === "io" ? "weights-unreachable" : "weights-unreadable"
          return new EngineError({ operation: "load", reason: why, detail })
        })
      ),
    { capacity, timeToLive: (exit) => (Exit.isSuccess(exit) ? Duration.infinity : Duration.zero) }
  )

/**
 * Starts the threads, ended with the scope.
 *
 * Fails with EngineError (crashed) where the backend cannot be loaded.
 */
export const enginePool = Effect.fn("enginePool")(function* (options: PoolOptions) {
  const artifacts = yield* Artifacts
  const { backend, why } = chooseBackend(options.backend)
  const program = options.program ?? new URL("./engine-worker.ts", import.meta.url)
  const precision = options.precision ?? "float32"
  const intraOpThreads = options.intraOpThreads ?? 1
  const mode = backend === "wasm" ? "eager" : (options.mode ?? "graph")
  yield* Effect.sync(() => pinEnvironment(options.workers, intraOpThreads))
  const policyBytes = yield* bytesCache(artifacts, bytesHeld.policies)
  const criticBytes = yield* bytesCache(artifacts, bytesHeld.critics)
  const free = yield* Queue.unbounded<Slot>()
  const start = startEngineThread(program, {
    ...{ config: options.config, backend, mode, precision },
    adapted: options.adapted ?? null,
    tokenizer: options.tokenizer ?? null
  })
  const slot = Effect.acquireRelease(
    Effect.map(start, (thread): Slot => ({ thread })),
    ({ thread }) => thread?.end ?? Effect.void
  )
  const slots = yield* Effect.all(
    Array.from({ length: options.workers }, () => slot),
    { concurrency: "unbounded" }
  )
  yield* Queue.offerAll(free, slots)

  const threadOf = Effect.fn("enginePool.threadOf")(function* (slot: Slot) {
    if (slot.thread?.isAlive()) return slot.thread
    slot.thread = null
    slot.thread = yield* start
    return slot.thread
  })

  const callOn = Effect.fn("enginePool.callOn")(function* (slot: Slot, call: EngineCall) {
    const thread = yield* threadOf(slot)
    const holding = thread.holding()
    const { critics, policies } = weightsOf(call)
    const bases = options.adapted === undefined || policies.length === 0 ? [] : [options.adapted.base]
    const load = (bytes: typeof policyBytes, needed: ReadonlyArray<Sha256>, held: ReadonlyArray<Sha256>) =>
      Effect.forEach(
        needed.filter((hash) => !held.includes(hash)),
        (hash) => Effect.map(Cache.get(bytes, hash), (value) => [hash, value] as const)
      )
    const loaded = [
      ...(yield* load(policyBytes, [...bases, ...policies], holding.policies)),
      ...(yield* load(criticBytes, critics, holding.critics))
    ]
    return yield* thread.call(call, new Map(loaded))
  })

  const ask = (call: EngineCall): Effect.Effect<EngineResult, EngineError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(restore(Queue.take(free)), (slot) =>
        callOn(slot, call).pipe(Effect.ensuring(Queue.offer(free, slot)))
      )
    )
  const facts: EngineFacts = {
    backend,
    mode,
    precision,
    why,
    version: slots[0].thread?.version ?? "",
    oneDnn: backend === "tensorflow",
    intraOpThreads,
    instructionSet: instructionSet()
  }
  return { ask, facts }
})
