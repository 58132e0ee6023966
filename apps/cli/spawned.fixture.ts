/**
 * The command line as a user runs it: its own process, real folders, real signals.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { constants, tmpdir } from "node:os"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, assert } from "@effect/vitest"

export const main = fileURLToPath(new URL("./main.ts", import.meta.url))
/** What has been compiled once, as onefold.mjs keeps it. */
const compiled = fileURLToPath(new URL("../../node_modules/.cache/onefold", import.meta.url))

export interface Ended {
  /** As a shell counts: 128 and the signal's number where a signal ended it. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** stdout, line by line. */
  readonly lines: ReadonlyArray<string>
}

export interface Spawned {
  readonly child: ChildProcess
  /** Resolves once stdout and stderr together hold the text; rejects where the process ends without it. */
  readonly until: (text: string) => Promise<void>
  readonly ended: Promise<Ended>
}

export interface SpawnOptions {
  readonly env?: Readonly<Record<string, string>>
  /** What is run with the arguments; default: main.ts under this Node. */
  readonly program?: readonly [string, ...ReadonlyArray<string>]
}

/** What a test that failed left running. */
const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill("SIGKILL")
})

export const spawned = (args: ReadonlyArray<string>, options: SpawnOptions = {}): Spawned => {
  const [file, ...first] = options.program ?? [process.execPath, main]
  const { ONEFOLD_BACKEND: _, ...inherited } = process.env
  const child = spawn(file, [...first, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { NODE_COMPILE_CACHE: compiled, ...inherited, ...options.env }
  })
  running.add(child)
  let [stdout, stderr] = ["", ""]
  const waiting = new Set<() => void>()
  const heard = (): void => {
    for (const look of waiting) look()
  }
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk
    heard()
  })
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk
    heard()
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (status, signal) => {
      running.delete(child)
      const code = status ?? 128 + (signal === null ? 0 : constants.signals[signal])
      resolve({ code, stdout, stderr, lines: stdout.split("\n").filter(Boolean) })
    })
  })
  const until = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = (): void => {
        if (!`${stdout}\n${stderr}`.includes(text)) return
        waiting.delete(look)
        resolve()
      }
      waiting.add(look)
      look()
      void ended.then(({ code }) => reject(new Error(`it ended with ${code} and never said ${text}: ${stderr}`)))
    })
  return { child, until, ended }
}

export const onefold = (args: ReadonlyArray<string>, options?: SpawnOptions): Promise<Ended> =>
  spawned(args, options).ended

/** A folder for the tests of a file, removed after them. */
export const scratchFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "onefold-test-"))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Every file below a folder with the hash of its bytes, so that two moments can be compared. */
export const filesOf = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .sort()
      .map((path) => [relative(folder, path), createHash("sha256").update(readFileSync(path)).digest("hex")])
  )

/** A run of a few seconds. */
export const smoke = (dataDir: string, ...more: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...["run", "--preset", "smoke", "--json", "--data-dir", dataDir],
  ...more
]

/** The policies that a run tells of with --json, one a step. */
export const policiesOf = ({ lines }: Ended): ReadonlyArray<string> =>
  lines.flatMap((line) => /"type":"step".*?"policy":"([0-9a-f]{64})"/.exec(line)?.[1] ?? [])

/** Refused with this code and these words on stderr: no results, no trace of the program's insides, nothing a terminal obeys. */
export const isRefused = ({ code, stderr, stdout }: Ended, expected: number, said: string): void => {
  assert.strictEqual(code, expected, stderr)
  assert.include(stderr, said)
  assert.strictEqual(stdout, "")
  assert.notMatch(stderr, /^ +at |node:internal|Schema validation failed/m)
  assert.notMatch(stderr, /[^\P{Cc}\n]/u)
}
