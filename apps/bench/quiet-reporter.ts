/**
 * A reporter that tells nobody: what a measurement needs, it reads from the log and the history.
 */
import { Effect } from "effect"
import type { Reporter } from "../cli/reporter.ts"

export const quietReporter: Reporter = {
  begins: () => Effect.void,
  event: () => Effect.void,
  stopping: () => Effect.void,
  note: () => Effect.void,
  result: () => Effect.void
}
