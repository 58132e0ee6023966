/**
 * PolicyFold: the fold as a service. The states live in a worker thread, so that folding a large policy does not hold
 * up the event loop.
 */
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { Context, Effect, Layer } from "effect"
import { FoldFailed, type FoldSettings, type FoldState } from "./fold.ts"

/** One fold done, with copies of the state after it. */
export interface FoldStep extends FoldState {
  readonly gradientNorm: number
  /** Of each part of the gradient that was asked for. */
  readonly partNorms: ReadonlyArray<number>
  readonly clipped: boolean
}

export type FoldRequest =
  | { readonly id: number; readonly kind: "open"; readonly key: string; readonly state: FoldState }
  | {
      readonly id: number
      readonly kind: "apply"
      readonly key: string
      readonly gradients: ReadonlyArray<Float32Array>
      readonly settings: FoldSettings
      readonly ends: ReadonlyArray<number> | undefined
    }
  | { readonly id: number; readonly kind: "read"; readonly key: string }
  | { readonly id: number; readonly kind: "close"; readonly key: string }

export type FoldReply =
  | { readonly id: number; readonly kind: "done" }
  | { readonly id: number; readonly kind: "folded"; readonly step: FoldStep }
  | { readonly id: number; readonly kind: "failed"; readonly reason: FoldFailed["reason"]; readonly detail: string }

/** Distributes over the union, so that a request keeps its shape without its number. */
type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never

type Waiting = (reply: Effect.Effect<FoldReply, FoldFailed>) => void

/** The worker and the calls it has not answered; a worker that died is replaced by the next call, with no state open. */
class FoldThread {
  readonly #waiting = new Map<number, Waiting>()
  #worker: Worker | undefined
  #nextId = 0

  ask(request: WithoutId<FoldRequest>): Effect.Effect<FoldReply, FoldFailed> {
    return Effect.callback<FoldReply, FoldFailed>((resume) => {
      this.#worker ??= this.#start()
      const id = this.#nextId++
      this.#waiting.set(id, resume)
      this.#worker.postMessage({ ...request, id })
    })
  }

  async stop(): Promise<void> {
    await this.#worker?.terminate()
  }

  #start(): Worker {
    const worker = new Worker(fileURLToPath(new URL("./fold-worker.ts", import.meta.url)))
    let why = "its thread ended"
    worker.on("message", (reply: FoldReply) => {
      this.#waiting.get(reply.id)?.(Effect.succeed(reply))
      this.#waiting.delete(reply.id)
    })
    worker.on("error", (error) => {
      why = String(error)
    })
    worker.on("exit", () => {
      this.#worker = undefined
      const failed = Effect.fail(new FoldFailed({ reason: "crashed", detail: `${why}; open the policy again` }))
      const waiting = [...this.#waiting.values()]
      this.#waiting.clear() // first: a call that fails here may ask again at once
      for (const resume of waiting) resume(failed)
    })
    return worker
  }
}

const refuse = (reply: FoldReply): Effect.Effect<never, FoldFailed> =>
  Effect.fail(
    reply.kind === "failed"
      ? new FoldFailed({ reason: reply.reason, detail: reply.detail })
      : new FoldFailed({ reason: "crashed", detail: `the thread answered "${reply.kind}" out of turn` })
  )

export class PolicyFold extends Context.Service<
  PolicyFold,
  {
    /** Takes a copy of a state under a key, in place of any state that was there. */
    readonly open: (key: string, state: FoldState) => Effect.Effect<void, FoldFailed>
    /**
     * Folds one batch into the state of the key; gradients in shard order, copied on the way. Fails with FoldFailed and
     * leaves the state as it was: bad-input, not-finite, not-open (no such key), crashed (the thread and all states are gone).
     * `ends` says of which parts of the gradient norms are wanted, as foldInto has them.
     */
    readonly apply: (
      key: string,
      gradients: ReadonlyArray<Float32Array>,
      settings: FoldSettings,
      ends?: ReadonlyArray<number>
    ) => Effect.Effect<FoldStep, FoldFailed>
    /** The state of a key as it is. Fails with FoldFailed: not-open, crashed. */
    readonly read: (key: string) => Effect.Effect<FoldStep, FoldFailed>
    /** Forgets the state of a key; does nothing where there is none. */
    readonly close: (key: string) => Effect.Effect<void, FoldFailed>
  }
>()("onefold/learning/objective/PolicyFold") {
  /** One worker thread for all keys, started by the first call, ended with the scope. */
  static readonly layer = Layer.effect(
    PolicyFold,
    Effect.gen(function* () {
      const thread = yield* Effect.acquireRelease(
        Effect.sync(() => new FoldThread()),
        (thread) => Effect.promise(() => thread.stop())
      )
      return {
        open: Effect.fn("PolicyFold.open")(function* (key: string, state: FoldState) {
          const reply = yield* thread.ask({ kind: "open", key, state })
          if (reply.kind !== "done") return yield* refuse(reply)
        }),
        apply: Effect.fn("PolicyFold.apply")(function* (
          key: string,
          gradients: ReadonlyArray<Float32Array>,
          settings: FoldSettings,
          ends?: ReadonlyArray<number>
        ) {
          const reply = yield* thread.ask({ kind: "apply", key, gradients, settings, ends })
          return reply.kind === "folded" ? reply.step : yield* refuse(reply)
        }),
        read: Effect.fn("PolicyFold.read")(function* (key: string) {
          const reply = yield* thread.ask({ kind: "read", key })
          return reply.kind === "folded" ? reply.step : yield* refuse(reply)
        }),
        close: Effect.fn("PolicyFold.close")(function* (key: string) {
          const reply = yield* thread.ask({ kind: "close", key })
          if (reply.kind !== "done") return yield* refuse(reply)
        })
      }
    })
  )
}
