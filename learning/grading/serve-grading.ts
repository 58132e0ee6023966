/**
 * The inner side of a grading thread: says that it is ready, then answers each submission with its grade, in order.
 */
import { parentPort } from "node:worker_threads"
import type { Grade, Submission } from "./grade.ts"

/** What a thread says once, before any grade. */
export const ready = "ready"

export const serveGrading = (grade: (submission: Submission) => Grade): void => {
  const port = parentPort
  if (port === null) throw new Error("a grading worker runs in a worker thread, not on its own")
  port.on("message", (submission: Submission) => port.postMessage(grade(submission)))
  port.postMessage(ready)
}
