/**
 * The thread that asks the server while another one waits (waiting-client.ts).
 */
import { type MessagePort, workerData } from "node:worker_threads"
import { HistoryError, type HistoryReason } from "../history-error.ts"
import type { ServerAddress } from "./address.ts"
import { ServerClient, type ServerRequest } from "./client.ts"

/** What the thread is started with. */
export interface ThreadStart {
  readonly address: ServerAddress
  readonly port: MessagePort
  /** Set to 1 once an answer lies in the port. */
  readonly answered: Int32Array<SharedArrayBuffer>
}

export type ThreadAnswer =
  | { readonly kind: "done"; readonly output: Uint8Array }
  | { readonly kind: "failed"; readonly reason: HistoryReason; readonly place: string; readonly detail: string }
  /** What ClickHouse said; what it means depends on what was asked for. */
  | { readonly kind: "refused"; readonly message: string }

const { address, answered, port }: ThreadStart = workerData
const client = new ServerClient(address)

const outcome = (request: ServerRequest): Promise<ThreadAnswer> =>
  client.ask(request).then(
    (output): ThreadAnswer => ({ kind: "done", output }),
    (cause): ThreadAnswer =>
      cause instanceof HistoryError
        ? { kind: "failed", reason: cause.reason, place: cause.place, detail: cause.detail }
        : { kind: "refused", message: cause instanceof Error ? cause.message : String(cause) }
  )

port.on("message", async (request: ServerRequest) => {
  port.postMessage(await outcome(request))
  Atomics.store(answered, 0, 1)
  Atomics.notify(answered, 0)
})
