/**
 * Names and hashes that the examples of events share.
 */
import { RunId } from "./ids.ts"

export const runId = RunId.make("golden-run")
export const hash = (digit: string): string => digit.repeat(64)
export const causes = (id: string) => [{ id, sha256: hash("c") }]
