/**
 * One Kafka broker on this machine, without Docker: KRaft mode, free ports, gone with the process that started it.
 *
 *   tests      const kafka = await startKafka()
 *   by hand    node deploy/local/kafka.ts [DIR]     until Ctrl-C
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process"
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { brokerAnswers } from "./broker-answers.ts"
import { type KafkaUnavailable, kafkaJars } from "./kafka-jars.ts"
import { type Configured, configure, properties, type Security } from "./kafka-properties.ts"

export type { KafkaUnavailable } from "./kafka-jars.ts"

export interface LocalKafka {
  readonly _tag: "LocalKafka"
  /** For a client: "127.0.0.1:port". */
  readonly brokers: string
  /** The same where a client shows a certificate in place of a password; null where the broker is open. */
  readonly certified: string | null
  /** Ends the broker, and removes its data unless the caller named a folder. Safe to call twice. */
  readonly stop: () => Promise<void>
}

const START_LIMIT_MS = 60_000
const STOP_LIMIT_MS = 15_000
const LOOK_AGAIN_MS = 50

export interface Options {
  readonly dir?: string
  /** Let in users with passwords and clients with certificates only, over TLS. Users are those of a folder's first start. */
  readonly security?: Security
}

/**
 * Starts a broker and resolves once it answers requests, in about 3 s.
 *
 * With `dir`, its data lies there and outlives it: the next start on the same folder has the same topics and, if they
 * are still free, the same ports. Resolves with `KafkaUnavailable` where Java or Maven is missing, so that a suite can
 * skip and say so; rejects when a broker that could run did not come up.
 */
export async function startKafka(options: Options = {}): Promise<LocalKafka | KafkaUnavailable> {
  const jars = kafkaJars()
  if (typeof jars !== "string") return jars
  const dir = options.dir === undefined ? mkdtempSync(path.join(tmpdir(), "onefold-kafka-")) : path.resolve(options.dir)
  mkdirSync(dir, { recursive: true })
  const passing = options.dir === undefined ? [dir] : []
  try {
    const { certified, port, users } = await configure(dir, options.security)
    format(dir, jars, users)
    const java = launch(dir, jars)
    const stop = endWith(java, passing)
    const { security } = options
    const ca = security === undefined ? undefined : readFileSync(path.join(security.certificates, "ca.crt"), "utf8")
    await untilItAnswers(java, dir, () => brokerAnswers(port, ca)).catch(async (error) => {
      await stop()
      throw error
    })
    const address = certified === undefined ? null : `127.0.0.1:${certified}`
    return { _tag: "LocalKafka", brokers: `127.0.0.1:${port}`, certified: address, stop }
  } catch (error) {
    remove(passing)
    throw error
  }
}

function remove(folders: ReadonlyArray<string>): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

const serverLog = (dir: string): string => path.join(dir, "server.log")

const LOGGING = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"

/** Sixteen bytes in base64url. A broker alone needs no other. */
const CLUSTER_ID = Buffer.from("onefold-broker-1").toString("base64url")

/** Prepares the data folder for a KRaft broker, once. */
function format(dir: string, jars: string, users: Configured["users"]): void {
  if (existsSync(path.join(dir, "data", "meta.properties"))) return
  const formatted = spawnSync(
    "java",
    ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", LOGGING, "-cp", path.join(jars, "*")].concat([
      "kafka.tools.StorageTool",
      "format",
      "--cluster-id",
      CLUSTER_ID,
      "--config",
      properties(dir),
      ...Object.entries(users).flatMap(([name, password]) => [
        "--add-scram",
        `SCRAM-SHA-512=[name=${name},password=${password}]`
      ])
    ]),
    { encoding: "utf8", timeout: START_LIMIT_MS }
  )
  if (formatted.status !== 0) {
    throw new Error(`Kafka's data folder ${dir} could not be formatted: ${formatted.stdout}${formatted.stderr}`)
  }
}

function launch(dir: string, jars: string): ChildProcess {
  const log = openSync(serverLog(dir), "a")
  try {
    return spawn(
      "java",
      [
        "-Xms256m",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        LOGGING,
        "-cp",
        path.join(jars, "*"),
        "kafka.Kafka",
        properties(dir)
      ],
      { stdio: ["ignore", log, log] }
    )
  } finally {
    closeSync(log)
  }
}

async function untilItAnswers(java: ChildProcess, dir: string, answers: () => Promise<boolean>): Promise<void> {
  let gone: string | undefined
  java.once("error", (error) => {
    gone = error.message
  })
  java.once("exit", (code, signal) => {
    gone = `it ended with ${signal ?? `exit code ${code}`}`
  })
  for (let waited = 0; waited < START_LIMIT_MS; waited += LOOK_AGAIN_MS) {
    if (gone !== undefined) break
    if (await answers()) return
    await pause(LOOK_AGAIN_MS)
  }
  const log = readFileSync(serverLog(dir), "utf8").slice(-2000)
  throw new Error(`The local Kafka broker did not start: ${gone ?? `no answer in ${START_LIMIT_MS / 1000} s`}\n${log}`)
}

/**
 * Ties the broker's life, and that of its passing folders, to this process; gives the function that ends both. An
 * orderly exit kills it here; for a process that is itself killed, a shell holds the other end of a pipe and does so
 * when the pipe closes.
 */
function endWith(java: ChildProcess, passing: ReadonlyArray<string>): () => Promise<void> {
  const guard = spawn("sh", ["-c", `read -r _; kill -KILL ${java.pid}; sleep 1; rm -rf "$@"`, "guard", ...passing], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true
  })
  const kill = () => {
    java.kill("SIGKILL")
    remove(passing)
  }
  process.once("exit", kill)
  const ended = new Promise<void>((resolve) => {
    java.once("exit", () => resolve())
    java.once("error", () => resolve())
  })
  // Once the broker is gone its number may become another process's, so the guard goes too.
  java.once("exit", () => guard.kill("SIGKILL"))
  return async () => {
    java.kill("SIGTERM")
    const late = setTimeout(() => java.kill("SIGKILL"), STOP_LIMIT_MS)
    await ended
    clearTimeout(late)
    process.off("exit", kill)
    remove(passing)
  }
}

async function main(dir: string | undefined): Promise<void> {
  const kafka = await startKafka(dir === undefined ? {} : { dir })
  if (kafka._tag === "KafkaUnavailable") {
    console.error(`${kafka.why}.\nTo mend it: ${kafka.mend}`)
    process.exitCode = 1
    return
  }
  console.log(kafka.brokers)
  const end = () => void kafka.stop()
  process.once("SIGINT", end).once("SIGTERM", end)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2])
