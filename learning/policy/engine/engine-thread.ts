/**
 * A worker thread from outside: started, asked one thing at a time, ended.
 */
import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import { EngineError } from "../engine-error.ts"
import type { CallMessage, EngineCall, EngineResult, Reply, WorkerData } from "./engine-messages.ts"
import type { WeightHashes } from "./weight-cache.ts"

export interface EngineThread {
  readonly version: string
  readonly isAlive: () => boolean
  /** The weights it has on its device. */
  readonly holding: () => WeightHashes
  /** One call at a time. */
  readonly call: (call: EngineCall, weights: CallMessage["weights"]) => Effect.Effect<EngineResult, EngineError>
  readonly end: Effect.Effect<void>
}

const crashed = (operation: string, detail: string) => new EngineError({ operation, reason: "crashed", detail })

/** Fails with EngineError (crashed) where the backend cannot be loaded. */
export const startEngineThread = (program: URL, workerData: WorkerData): Effect.Effect<EngineThread, EngineError> =>
  Effect.callback((resume) => {
    const worker = new Worker(program, { workerData })
    let alive = true
    let why = "its thread ended"
    let holding: WeightHashes = { policies: [], critics: [] }
    let waiting: ((reply: Reply | null) => void) | null = null

    const answer = (reply: Reply | null): void => {
      const resumed = waiting
      waiting = null
      resumed?.(reply)
    }
    worker.on("message", (reply: Reply) => {
      if (reply.kind !== "ready") holding = reply.holding
      answer(reply)
    })
    worker.on("error", (error) => {
      why = error instanceof Error ? error.message : String(error)
    })
    worker.on("exit", () => {
      alive = false
      answer(null)
    })

    const call = (call: EngineCall, weights: CallMessage["weights"]): Effect.Effect<EngineResult, EngineError> =>
      Effect.callback((resume) => {
        if (!alive) return resume(Effect.fail(crashed(call.kind, why)))
        waiting = (reply) => {
          if (reply?.kind === "done") resume(Effect.succeed(reply.result))
          else if (reply?.kind === "failed") resume(Effect.fail(new EngineError(reply)))
          else resume(Effect.fail(crashed(call.kind, why)))
        }
        const message: CallMessage = { call, weights }
        worker.postMessage(message)
      })
    const thread = { isAlive: () => alive, holding: () => holding, call, end: Effect.promise(() => worker.terminate()) }
    waiting = (reply) =>
      resume(
        reply?.kind === "ready"
          ? Effect.succeed({ ...thread, version: reply.version })
          : Effect.fail(crashed("start", why))
      )
  })
