/**
 * A command of the command line as a process of its own, with the time that it takes.
 */
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../cli/main.ts", import.meta.url))

/** Has a process tell its processor seconds when it ends. */
const meter = `data:text/javascript,${encodeURIComponent(`process.on("exit", () => {
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  process.stderr.write("\\ncpu " + (userCPUTime + systemCPUTime) / 1e6 + "\\n") })`)}`

/** Seconds from its start to its end, and of processors, its threads included. Throws where it fails. */
export const measuredCommand = (args: ReadonlyArray<string>) => {
  const began = performance.now()
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--import", meter, main, ...args], {
    encoding: "utf8",
    maxBuffer: 1e9
  })
  const wallSeconds = (performance.now() - began) / 1000
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`)
  return {
    wallSeconds,
    cpuSeconds: Number(/\ncpu ([\d.]+)/.exec(stderr)?.[1]),
    lines: stdout.split("\n").filter((line) => line !== "")
  }
}
