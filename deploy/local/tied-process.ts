/**
 * A server of its own process, tied to the life of the one that started it: whatever ends the starter, SIGKILL too, ends
 * the server and removes its passing folders.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, openSync, readFileSync, rmSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"

export interface Server {
  /** In a sentence: "The local Kafka broker". */
  readonly name: string
  readonly command: string
  readonly args: ReadonlyArray<string>
  /** A file for what it prints; its end is part of the error when the server does not come up. */
  readonly log: string
  /** Whether it serves: asked again and again until it does. */
  readonly answers: () => Promise<boolean>
  /** Folders that go when the server goes. */
  readonly passing: ReadonlyArray<string>
}

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 15_000
const LOOK_AGAIN_MS = 50

/** Ends a server: in order unless told to kill it. */
export type Stop = (signal?: "SIGTERM" | "SIGKILL") => Promise<void>

/**
 * Starts the server and resolves once it answers, with the function that ends it, which may be called twice. Rejects
 * when it did not come up; then nothing of it is left.
 */
export async function startTied(server: Server): Promise<Stop> {
  const child = launch(server)
  const stop = tie(child, server.passing)
  await untilItAnswers(child, server).catch(async (error) => {
    await stop()
    throw error
  })
  return stop
}

export function removeFolders(folders: ReadonlyArray<string>): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

function launch({ args, command, log }: Server): ChildProcess {
  const file = openSync(log, "a")
  try {
    return spawn(command, args, { stdio: ["ignore", file, file] })
  } finally {
    closeSync(file)
  }
}

async function untilItAnswers(child: ChildProcess, { answers, log, name }: Server): Promise<void> {
  let gone: string | undefined
  child.once("error", (error) => {
    gone = error.message
  })
  child.once("exit", (code, signal) => {
    gone = `it ended with ${signal ?? `exit code ${code}`}`
  })
  for (let waited = 0; waited < START_LIMIT_MS; waited += LOOK_AGAIN_MS) {
    if (gone !== undefined) break
    if (await answers()) return
    await pause(LOOK_AGAIN_MS)
  }
  const said = readFileSync(log, "utf8").slice(-2000)
  throw new Error(`${name} did not start: ${gone ?? `no answer in ${START_LIMIT_MS / 1000} s`}\n${said}`)
}

/**
 * An orderly exit of this process kills the server here; for a process that is itself killed, a shell holds the other
 * end of a pipe and does so when the pipe closes.
 */
function tie(child: ChildProcess, passing: ReadonlyArray<string>): Stop {
  const guard = spawn("sh", ["-c", `read -r _; kill -KILL ${child.pid}; sleep 1; rm -rf "$@"`, "guard", ...passing], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true
  })
  const kill = () => {
    child.kill("SIGKILL")
    removeFolders(passing)
  }
  process.once("exit", kill)
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve())
    child.once("error", () => resolve())
  })
  // Once the server is gone its number may become another process's, so the guard goes too.
  child.once("exit", () => guard.kill("SIGKILL"))
  return async (signal = "SIGTERM") => {
    child.kill(signal)
    const late = setTimeout(() => child.kill("SIGKILL"), STOP_LIMIT_MS)
    await ended
    clearTimeout(late)
    process.off("exit", kill)
    removeFolders(passing)
  }
}
