/**
 * One Kafka broker on this machine, without Docker: KRaft mode, free ports, gone with the process that started it.
 *
 *   tests      const kafka = await startKafka()
 *   by hand    node deploy/local/kafka.ts [DIR]     until Ctrl-C
 */
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { brokerAnswers } from "./broker-answers.ts"
import { serveByHand } from "./by-hand.ts"
import { freePorts } from "./free-ports.ts"
import { type KafkaUnavailable, kafkaJars } from "./kafka-jars.ts"
import { removeFolders, startTied } from "./tied-process.ts"

export type { KafkaUnavailable } from "./kafka-jars.ts"

export interface LocalKafka {
  readonly _tag: "LocalKafka"
  /** For a client: "127.0.0.1:port". */
  readonly brokers: string
  /** Ends the broker, and removes its data unless the caller named a folder. Safe to call twice. */
  readonly stop: () => Promise<void>
}

const FORMAT_LIMIT_MS = 60_000

/**
 * Starts a broker and resolves once it answers requests, in about 3 s.
 *
 * With `dir`, its data lies there and outlives it: the next start on the same folder has the same topics and, if they
 * are still free, the same ports. Resolves with `KafkaUnavailable` where Java or Maven is missing, so that a suite can
 * skip and say so; rejects when a broker that could run did not come up.
 */
export async function startKafka(options: { readonly dir?: string } = {}): Promise<LocalKafka | KafkaUnavailable> {
  const jars = kafkaJars()
  if (typeof jars !== "string") return jars
  const dir = options.dir === undefined ? mkdtempSync(path.join(tmpdir(), "onefold-kafka-")) : path.resolve(options.dir)
  mkdirSync(dir, { recursive: true })
  const passing = options.dir === undefined ? [dir] : []
  try {
    const port = await configure(dir)
    format(dir, jars)
    const stop = await startTied({
      name: "The local Kafka broker",
      command: "java",
      args: brokerArguments(dir, jars),
      log: path.join(dir, "server.log"),
      answers: () => brokerAnswers(port),
      passing
    })
    return { _tag: "LocalKafka", brokers: `127.0.0.1:${port}`, stop }
  } catch (error) {
    removeFolders(passing)
    throw error
  }
}

const properties = (dir: string): string => path.join(dir, "server.properties")

/** Writes the broker's configuration; gives the port for clients. */
async function configure(dir: string): Promise<number> {
  const [port, controller] = await choosePorts(dir)
  const lines = [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
    `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
    "controller.listener.names=CONTROLLER",
    "inter.broker.listener.name=PLAINTEXT",
    "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
    `log.dirs=${path.join(dir, "data")}`,
    "auto.create.topics.enable=false",
    "message.max.bytes=10485760",
    "group.initial.rebalance.delay.ms=0",
    // With one broker there is nobody to replicate to.
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "transaction.state.log.num.partitions=1"
  ]
  writeFileSync(properties(dir), `${lines.join("\n")}\n`)
  return port
}

/** The ports of the folder's last broker if both are free, else two that are. */
async function choosePorts(dir: string): Promise<ReadonlyArray<number>> {
  if (existsSync(properties(dir))) {
    const [port = 0, controller = 0] = Array.from(
      /^listeners=.*:(\d+),.*:(\d+)$/m.exec(readFileSync(properties(dir), "utf8")) ?? []
    )
      .slice(1)
      .map(Number)
    const free = await freePorts([port, controller]).catch(() => undefined)
    if (free !== undefined) return free
  }
  return freePorts([0, 0])
}

const LOGGING = "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn"

/** Sixteen bytes in base64url. A broker alone needs no other. */
const CLUSTER_ID = Buffer.from("onefold-broker-1").toString("base64url")

/** Prepares the data folder for a KRaft broker, once. */
function format(dir: string, jars: string): void {
  if (existsSync(path.join(dir, "data", "meta.properties"))) return
  const formatted = spawnSync(
    "java",
    ["-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", LOGGING, "-cp", path.join(jars, "*")].concat([
      "kafka.tools.StorageTool",
      "format",
      "--cluster-id",
      CLUSTER_ID,
      "--config",
      properties(dir)
    ]),
    { encoding: "utf8", timeout: FORMAT_LIMIT_MS }
  )
  if (formatted.status !== 0) {
    throw new Error(`Kafka's data folder ${dir} could not be formatted: ${formatted.stdout}${formatted.stderr}`)
  }
}

const brokerArguments = (dir: string, jars: string): ReadonlyArray<string> =>
  ["-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", LOGGING, "-cp", path.join(jars, "*")].concat([
    "kafka.Kafka",
    properties(dir)
  ])

async function main(dir: string | undefined): Promise<void> {
  const kafka = await startKafka(dir === undefined ? {} : { dir })
  await serveByHand(kafka._tag === "KafkaUnavailable" ? kafka : { address: kafka.brokers, stop: kafka.stop })
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv[2])
