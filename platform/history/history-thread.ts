/**
 * The outer side of the history's thread: a request goes in and is answered once.
 */
import { fileURLToPath } from "node:url"
import { Worker } from "node:worker_threads"
import { Effect } from "effect"
import type { LogRecord } from "../log/event-log.ts"
import { type HistoryError, type HistoryReason, historyError } from "./history-error.ts"
import type { HistoryQuestion } from "./query-format.ts"
import type { ServerAddress } from "./server/address.ts"

/** A run to be projected. */
export interface ProjectedRun {
  readonly runId: string
  /** The text of each token, by id. */
  readonly vocabulary: ReadonlyArray<string>
}

/** Where tables lie: in a folder of this machine, or on a server. */
export type HistoryPlace = { readonly folder: string } | { readonly server: ServerAddress }

export type HistoryRequest =
  | { readonly kind: "open"; readonly place: HistoryPlace }
  | { readonly kind: "begin"; readonly run: ProjectedRun }
  | { readonly kind: "take"; readonly runId: string; readonly records: ReadonlyArray<LogRecord> }
  | { readonly kind: "flush" }
  | { readonly kind: "missing"; readonly runId: string }
  | { readonly kind: "end"; readonly runId: string }
  | { readonly kind: "query"; readonly question: HistoryQuestion }
  | { readonly kind: "close" }

export type HistoryAnswer =
  | { readonly kind: "done"; readonly text: string }
  | { readonly kind: "answered"; readonly bytes: Uint8Array }
  | { readonly kind: "failed"; readonly reason: HistoryReason; readonly place: string; readonly detail: string }

/** What crosses between the threads. */
export interface Numbered<T> {
  readonly id: number
  readonly body: T
}

type Resume = (answer: Effect.Effect<HistoryAnswer, HistoryError>) => void

/** The thread. chDB's library must have been loaded in the main thread before it starts (see chdb.ts). */
export class HistoryThread {
  readonly #worker = new Worker(fileURLToPath(new URL("./history-worker.ts", import.meta.url)), { name: "history" })
  readonly #waiting = new Map<number, Resume>()
  readonly #ended: Promise<void>
  #nextId = 0
  #why: string | undefined

  constructor() {
    this.#worker.on("message", ({ body, id }: Numbered<HistoryAnswer>) => {
      const resume = this.#waiting.get(id)
      this.#waiting.delete(id)
      resume?.(
        body.kind === "failed" ? Effect.fail(historyError(body.reason, body.place, body.detail)) : Effect.succeed(body)
      )
    })
    let why = "its thread has ended"
    this.#worker.on("error", (error) => {
      why = String(error)
    })
    this.#ended = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#why = why
        for (const resume of this.#waiting.values()) resume(this.#lost())
        this.#waiting.clear()
        resolve()
      })
    })
  }

  #lost(): Effect.Effect<never, HistoryError> {
    return Effect.fail(historyError("unavailable", "the history's thread", this.#why ?? ""))
  }

  ask(request: Exclude<HistoryRequest, { readonly kind: "query" }>): Effect.Effect<string, HistoryError> {
    return Effect.map(this.#send(request), (answer) => (answer.kind === "done" ? answer.text : ""))
  }

  /** The bytes of an answer. */
  answer(question: HistoryQuestion): Effect.Effect<Uint8Array, HistoryError> {
    return Effect.map(this.#send({ kind: "query", question }), (answer) =>
      answer.kind === "answered" ? answer.bytes : new Uint8Array()
    )
  }

  #send(request: HistoryRequest): Effect.Effect<HistoryAnswer, HistoryError> {
    return Effect.callback<HistoryAnswer, HistoryError>((resume) => {
      if (this.#why !== undefined) return resume(this.#lost())
      const id = this.#nextId++
      this.#waiting.set(id, resume)
      const message: Numbered<HistoryRequest> = { id, body: request }
      this.#worker.postMessage(message)
    })
  }

  /** Ends the thread and waits for it. The folder must have been closed, or never been opened. */
  async end(): Promise<void> {
    await this.#worker.terminate()
    await this.#ended
  }
}
