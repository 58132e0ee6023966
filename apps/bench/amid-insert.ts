/**
 * A kill that meets the history amid an insert: a block's file lies in `history/tmp` only while it is inserted.
 *
 * An insert is short, and a small run makes few, so chance does not find one. Who aims asks the live history a question,
 * for it inserts what waits before it answers, as for anybody who watches; and holds the process still when the file is
 * seen, so that it is killed where the file lies there yet.
 */
import type { ChildProcess } from "node:child_process"
import { existsSync, readdirSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as wait } from "node:timers/promises"
import { Effect } from "effect"
import { askOwner } from "../../platform/history/live.ts"

/** The files of blocks that are inserted as of now; after a kill, of those that it met. */
export const blocksIn = (dataDir: string): ReadonlyArray<string> => {
  const files = join(dataDir, "history", "tmp")
  return existsSync(files) ? readdirSync(files) : []
}

const isAlive = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode === null && signalCode === null

/** Has what waits inserted, again and again. */
const keepAsking = async (child: ChildProcess, dataDir: string): Promise<void> => {
  while (isAlive(child)) {
    await askOwner(dataDir, { sql: "SELECT 1", format: "json" }).pipe(Effect.ignore, Effect.runPromise)
    await wait(20)
  }
}

/** Kills the process where the `nth` block that is seen from now on is being inserted; not if it ends before. */
export const killAmidInsert = async (child: ChildProcess, dataDir: string, nth: number): Promise<void> => {
  void keepAsking(child, dataDir)
  const seen = new Set<string>()
  while (isAlive(child)) {
    for (const block of blocksIn(dataDir)) seen.add(block)
    if (seen.size >= nth) {
      child.kill("SIGSTOP")
      child.kill(blocksIn(dataDir).length > 0 ? "SIGKILL" : "SIGCONT")
    }
    await wait(1)
  }
}
