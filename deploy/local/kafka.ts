/**
 * One Kafka broker on this machine, without Docker: KRaft mode, free ports, gone with the process that started it.
 *
 *   tests      const kafka = await startKafka()
 *   by hand    node deploy/local/kafka.ts [DIR]     until Ctrl-C
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { brokerAnswers } from "./broker-answers.ts"
import { serveByHand } from "./by-hand.ts"
import { type KafkaUnavailable, kafkaJars } from "./kafka-jars.ts"
import { type Configured, configure, properties, type Security } from "./kafka-properties.ts"
import { removeFolders, type Stop, startTied } from "./tied-process.ts"

export type { KafkaUnavailable } from "./kafka-jars.ts"

export interface LocalKafka {
  readonly _tag: "LocalKafka"
  /** For a client: "127.0.0.1:port". */
  readonly brokers: string
  /** The same where a client shows a certificate in place of a password; null where the broker is open. */
  readonly certified: string | null
  /** Ends the broker, in order or by SIGKILL, and removes its data unless the caller named a folder. Safe to call twice. */
  readonly stop: Stop
}

const FORMAT_LIMIT_MS = 60_000

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
    const { security } = options
    const ca = security === undefined ? undefined : readFileSync(path.join(security.certificates, "ca.crt"), "utf8")
    const stop = await startTied({
      name: "The local Kafka broker",
      command: "java",
      args: brokerArguments(dir, jars),
      log: path.join(dir, "server.log"),
      answers: () => brokerAnswers(port, ca),
      passing
    })
    const address = certified === undefined ? null : `127.0.0.1:${certified}`
    return { _tag: "LocalKafka", brokers: `127.0.0.1:${port}`, certified: address, stop }
  } catch (error) {
    removeFolders(passing)
    throw error
  }
}

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
    { encoding: "utf8", timeout: FORMAT_LIMIT_MS }
  )
  if (formatted.status !== 0) {
    throw new Error(`Kafka's data folder ${dir} could not be formatted: ${formatted.stdout}${formatted.stderr}`)
  }
}

/** With one compiler: a local broker lives for minutes, and the second one takes more of them than it gives back. */
const brokerArguments = (dir: string, jars: string): ReadonlyArray<string> =>
  ["-Xms256m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", LOGGING, "-cp", path.join(jars, "*")].concat([
    "kafka.Kafka",
    properties(dir)
  ])

async function main(dir: string | undefined): Promise<void> {
  const kafka = await startKafka(dir === undefined ? {} : { dir })
  await serveByHand(kafka._tag === "KafkaUnavailable" ? kafka : { address: kafka.brokers, stop: kafka.stop })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2])
