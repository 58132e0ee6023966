/**
 * For the tests: an engine thread that dies when it is asked to generate for step 666.
 */
import { parentPort } from "node:worker_threads"
import type { CallMessage } from "./engine-messages.ts"

parentPort?.on("message", ({ call }: CallMessage) => {
  if (call.kind === "generate" && call.request.step === 666) process.exit(1)
})
await import("./engine-worker.ts")
