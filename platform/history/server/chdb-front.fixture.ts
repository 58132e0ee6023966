/**
 * The HTTP front of chDB that tests speak to instead of a ClickHouse server (chdb-front.child.ts).
 */
import { spawn } from "node:child_process"
import { mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import type { ServerAddress } from "./address.ts"

export type Fault = "busy" | "late-answer" | "lose-answer" | "refuse"

export interface ChdbFront {
  readonly address: ServerAddress
  /** What happens to the next inserts, one after the other. */
  readonly failNextInserts: (faults: ReadonlyArray<Fault>) => Promise<void>
  /** Ends the process; its tables go with it. */
  readonly stop: () => Promise<void>
}

const user = "onefold"
const password = "secret of the front"

export const startChdbFront = async (): Promise<ChdbFront> => {
  const folder = mkdtempSync(join(tmpdir(), "onefold-front-"))
  const child = spawn(process.execPath, [join(import.meta.dirname, "chdb-front.child.ts"), folder, user, password], {
    stdio: ["pipe", "pipe", "inherit"]
  })
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
  const port = await new Promise<number>((resolve, reject) => {
    child.stdout.once("data", (line) => resolve(Number(line)))
    child.once("exit", (code) => reject(new Error(`the front of chDB ended with ${code}`)))
  })
  const url = `http://127.0.0.1:${port}`
  return {
    address: { url, user, password, requestMillis: 30_000 },
    failNextInserts: async (faults) => {
      await fetch(`${url}/fault`, {
        method: "POST",
        headers: { connection: "close" },
        body: JSON.stringify(faults)
      })
    },
    stop: async () => {
      child.stdin.end()
      await ended
    }
  }
}
