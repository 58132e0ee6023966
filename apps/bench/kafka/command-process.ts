/**
 * The command line as a process that goes on beside the benchmark: a worker.
 */
import { spawn } from "node:child_process"
import { readFileSync } from "node:fs"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url))

export interface CommandProcess {
  /** The first line on stdout that holds the text; rejects where the process ends without it. */
  readonly line: Promise<string>
  /** Processor seconds of all its threads so far, as Linux counts them. */
  readonly cpuSeconds: () => number
  /** Asks it to stop, and waits until it has. */
  readonly stop: () => Promise<void>
}

/** Linux counts processor time in hundredths of a second; user and system time are the 14th and 15th field. */
const cpuSecondsOf = (pid: number | undefined): number => {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ")
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** @param text that a line must hold to be the one waited for */
export const startCommand = (args: ReadonlyArray<string>, text: string): CommandProcess => {
  const child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] })
  // A benchmark that fails leaves nothing behind.
  process.once("exit", () => child.kill("SIGKILL"))
  let stderr = ""
  child.stderr.on("data", (chunk) => {
    stderr += String(chunk)
  })
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()))
  const line = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on("line", (said) => {
      if (said.includes(text)) resolve(said)
    })
    void ended.then(() => reject(new Error(`${args[0]} ended and never said ${text}: ${stderr}`)))
  })
  return {
    line,
    cpuSeconds: () => cpuSecondsOf(child.pid),
    stop: () => {
      child.kill("SIGTERM")
      return ended
    }
  }
}
