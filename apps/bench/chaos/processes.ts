/**
 * The processes of a cluster under test: workers of each stage that are killed and started again as a supervisor would,
 * and a broker that comes back at the same address with the same data.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { appendFileSync } from "node:fs"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"

const main = fileURLToPath(new URL("../../cli/main.ts", import.meta.url))
/** What has been compiled once, as onefold.mjs keeps it. */
const compiled = fileURLToPath(new URL("../../../node_modules/.cache/onefold", import.meta.url))

export const kinds = ["generate", "verify", "update", "evaluate"] as const
export type Kind = (typeof kinds)[number]

/** How much of what a process said on stderr is kept. */
const tailLength = 4000

export interface Ended {
  readonly code: number | null
  readonly lines: ReadonlyArray<string>
  /** The end of it. */
  readonly stderr: string
}

/** @param file where all that it says on stderr is kept */
const start = (args: ReadonlyArray<string>, said: (line: string) => void, file: string | null = null) => {
  const child = spawn(process.execPath, [main, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { NODE_COMPILE_CACHE: compiled, ...process.env }
  })
  const lines: Array<string> = []
  let stderr = ""
  createInterface({ input: child.stdout }).on("line", (line) => {
    lines.push(line)
    said(line)
  })
  child.stderr.on("data", (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-tailLength)
    if (file !== null) appendFileSync(file, chunk)
  })
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("error", reject)
    child.on("close", (code) => resolve({ code, lines, stderr }))
  })
  return { child, ended }
}

/** Runs a command to its end; rejects where it fails. */
export const onefold = async (args: ReadonlyArray<string>): Promise<ReadonlyArray<string>> => {
  const { code, lines, stderr } = await start(args, () => {}).ended
  if (code !== 0) throw new Error(`onefold ${args.slice(0, 2).join(" ")} ended with ${code}: ${stderr}`)
  return lines
}

/** A worker that ended although nobody asked it to. */
export interface Fault {
  readonly worker: string
  readonly code: number | null
  readonly stderr: string
}

export interface Worker {
  readonly name: string
  readonly kind: Kind
  child: ChildProcess
  ended: Promise<Ended>
  /** Whether all its groups have dealt it partitions. */
  ready: boolean
  /** Whether it is meant to end. */
  doomed: boolean
}

export class Workers {
  readonly all: ReadonlyArray<Worker>
  readonly faults: Array<Fault> = []
  readonly #shared: ReadonlyArray<string>
  readonly #scratch: string

  /** @param shared flags that say where the cluster is */
  constructor(scratch: string, shared: ReadonlyArray<string>, each: number) {
    this.#scratch = scratch
    this.#shared = shared
    process.once("exit", () => this.end())
    this.all = kinds.flatMap((kind) => Array.from({ length: each }, (_, i) => this.#begin(kind, `${kind}-${i + 1}`)))
  }

  #launch(kind: Kind, name: string, ready: () => void) {
    const own = ["--data-dir", join(this.#scratch, name), "--threads", "1", "--json"]
    const said = (line: string) => {
      if (line.includes('"type":"ready"')) ready()
    }
    return start(["worker", kind, ...this.#shared, ...own], said, join(this.#scratch, `${name}.stderr`))
  }

  #begin(kind: Kind, name: string): Worker {
    const ready = () => {
      worker.ready = true
    }
    const worker: Worker = { name, kind, ready: false, doomed: false, ...this.#launch(kind, name, ready) }
    this.#watch(worker)
    return worker
  }

  #again(worker: Worker): void {
    const { child, ended } = this.#launch(worker.kind, worker.name, () => {
      if (worker.child === child) worker.ready = true
    })
    Object.assign(worker, { child, ended, ready: false, doomed: false })
    this.#watch(worker)
  }

  /** One that ends by itself is a fault, and is started again all the same. */
  #watch(worker: Worker): void {
    const { child } = worker
    void worker.ended.then(async ({ code, stderr }) => {
      if (worker.child !== child || worker.doomed) return
      this.faults.push({ worker: worker.name, code, stderr })
      await pause(1000)
      if (worker.child === child && !worker.doomed) this.#again(worker)
    })
  }

  async kill(worker: Worker): Promise<void> {
    worker.doomed = true
    worker.child.kill("SIGKILL")
    await worker.ended
    this.#again(worker)
  }

  /** Asks all to leave, and ends who does not. */
  async stop(): Promise<void> {
    await Promise.all(
      this.all.map(async (worker) => {
        worker.doomed = true
        worker.child.kill("SIGCONT")
        worker.child.kill("SIGTERM")
        const late = setTimeout(() => worker.child.kill("SIGKILL"), 20_000)
        await worker.ended
        clearTimeout(late)
      })
    )
  }

  /** Nothing of them stays. */
  end(): void {
    for (const worker of this.all) {
      worker.doomed = true
      worker.child.kill("SIGKILL")
    }
  }
}

/** A broker that can go away and come back. */
export class Broker {
  readonly #dir: string
  #running: LocalKafka

  private constructor(dir: string, running: LocalKafka) {
    this.#dir = dir
    this.#running = running
  }

  /** The broker, or why there can be none here. */
  static async start(dir: string) {
    const started = await startKafka({ dir })
    return started._tag === "LocalKafka" ? new Broker(dir, started) : started
  }

  get address(): string {
    return this.#running.brokers
  }

  async restart(signal: "SIGTERM" | "SIGKILL", awayMillis: number): Promise<void> {
    const before = this.address
    await this.#running.stop(signal)
    await pause(awayMillis)
    const again = await startKafka({ dir: this.#dir })
    if (again._tag !== "LocalKafka") throw new Error(again.why)
    this.#running = again
    if (this.address !== before) throw new Error(`the broker came back at ${this.address} instead of ${before}`)
  }

  stop(): Promise<void> {
    return this.#running.stop()
  }
}
