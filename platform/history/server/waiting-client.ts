/**
 * A client that waits: a request to the server as a plain call.
 *
 * A projection asks its tables amid an event, and blocks are inserted one after the other, so the history's thread has
 * nothing else to do meanwhile, as with the embedded engine. The request is made by a thread of its own.
 */
import { fileURLToPath } from "node:url"
import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads"
import { historyError } from "../history-error.ts"
import type { ServerAddress } from "./address.ts"
import type { ServerRequest } from "./client.ts"
import type { ThreadAnswer, ThreadStart } from "./waiting-thread.ts"

/** A request that is sent again takes several times as long, and the pauses between. */
const patience = ({ requestMillis }: ServerAddress): number => 5 * requestMillis + 10_000

export class WaitingClient {
  readonly #address: ServerAddress
  readonly #port
  readonly #answered = new Int32Array(new SharedArrayBuffer(4))
  readonly #worker: Worker

  constructor(address: ServerAddress) {
    this.#address = address
    const { port1, port2 } = new MessageChannel()
    this.#port = port1
    const workerData: ThreadStart = { address, port: port2, answered: this.#answered }
    this.#worker = new Worker(fileURLToPath(new URL("./waiting-thread.ts", import.meta.url)), {
      name: "history-server",
      workerData,
      transferList: [port2]
    })
    this.#worker.unref()
    this.#port.unref()
  }

  /** What a statement puts out. Throws as ServerClient.ask fails. */
  ask(request: ServerRequest): Uint8Array {
    Atomics.store(this.#answered, 0, 0)
    this.#port.postMessage(request)
    Atomics.wait(this.#answered, 0, 0, patience(this.#address))
    const answer: ThreadAnswer | undefined = receiveMessageOnPort(this.#port)?.message
    if (answer === undefined) throw historyError("unreachable", this.#address.url, "its thread does not answer")
    if (answer.kind === "refused") throw new Error(answer.message)
    if (answer.kind === "failed") throw historyError(answer.reason, answer.place, answer.detail)
    return answer.output
  }

  async close(): Promise<void> {
    this.#port.close()
    await this.#worker.terminate()
  }
}
