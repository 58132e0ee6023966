/**
 * The inner side of a confined thread: greets, then answers each question in order.
 */
import { parentPort } from "node:worker_threads"

/** A thread that ends with this code has taken more memory than it may outside the heap, which Node limits itself. */
export const outOfMemoryCode = 87

/** @param greeting what the thread says once, before any answer: what it is ready for. */
export const serve = <Question, Answer>(greeting: unknown, answer: (question: Question) => Answer): void => {
  const port = parentPort
  if (port === null) throw new Error("a confined program runs in a worker thread, not on its own")
  port.on("message", (question: Question) => port.postMessage(answer(question)))
  port.postMessage(greeting)
}
