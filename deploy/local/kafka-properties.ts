/**
 * How the local broker is configured: its ports, its listeners, and who may come in.
 *
 * Open, it has one listener for everybody on this machine. Secured, it has two, both over TLS: one for users with
 * passwords (SCRAM-SHA-512), one for clients that show a certificate. The broker itself comes in as a user.
 */
import { randomBytes } from "node:crypto"
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { createServer } from "node:net"
import path from "node:path"

export interface Security {
  /** A folder that certificates.ts made. */
  readonly certificates: string
  /** Passwords by name. */
  readonly users: Readonly<Record<string, string>>
}

export interface Configured {
  /** Of the listener for clients; secured, of the one for users. */
  readonly port: number
  /** Of the listener for clients with a certificate. */
  readonly certified?: number
  /** What the data folder is formatted with. */
  readonly users: Readonly<Record<string, string>>
}

export const properties = (dir: string): string => path.join(dir, "server.properties")

const settings = (dir: string): ReadonlyArray<string> => [
  "process.roles=broker,controller",
  "node.id=1",
  "controller.listener.names=CONTROLLER",
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

/** @param names of the listeners for clients, the one that the broker uses itself first, by their ports */
const listeners = (names: Readonly<Record<string, number>>, controller: number): ReadonlyArray<string> => {
  const clients = Object.entries(names).map(([name, port]) => `${name}://127.0.0.1:${port}`)
  return [
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=${[...clients, `CONTROLLER://127.0.0.1:${controller}`].join(",")}`,
    `advertised.listeners=${clients.join(",")}`,
    `inter.broker.listener.name=${Object.keys(names)[0]}`,
    `listener.security.protocol.map=${["CONTROLLER:PLAINTEXT", ...Object.keys(names).map((name) => `${name}:${name}`)].join(",")}`
  ]
}

/** The broker's own name among the users; its password lies in the configuration, which is not for others' eyes. */
const SELF = "onefold-broker"

const securing = ({ certificates }: Security, password: string): ReadonlyArray<string> => [
  "ssl.keystore.type=PEM",
  `ssl.keystore.location=${path.resolve(certificates, "broker.pem")}`,
  "ssl.truststore.type=PEM",
  `ssl.truststore.location=${path.resolve(certificates, "ca.crt")}`,
  "listener.name.ssl.ssl.client.auth=required",
  "sasl.enabled.mechanisms=SCRAM-SHA-512",
  "sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512",
  `listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="${SELF}" password="${password}";`
]

/** The broker's password of an earlier start, which the data folder knows it by. */
const passwordBefore = (dir: string): string | undefined =>
  existsSync(properties(dir)) ? /password="(\w+)";/.exec(readFileSync(properties(dir), "utf8"))?.[1] : undefined

/** Writes the broker's configuration. */
export async function configure(dir: string, security?: Security): Promise<Configured> {
  const write = (...lines: ReadonlyArray<string>) =>
    writeFileSync(properties(dir), `${lines.join("\n")}\n`, { mode: 0o600 })
  if (security === undefined) {
    const [port = 0, controller = 0] = await choosePorts(dir, 2)
    write(...listeners({ PLAINTEXT: port }, controller), ...settings(dir))
    return { port, users: {} }
  }
  const password = passwordBefore(dir) ?? randomBytes(16).toString("hex")
  const [port = 0, certified = 0, controller = 0] = await choosePorts(dir, 3)
  write(...listeners({ SASL_SSL: port, SSL: certified }, controller), ...settings(dir), ...securing(security, password))
  return { port, certified, users: { ...security.users, [SELF]: password } }
}

/** The ports of the folder's last broker if all are free, else so many that are. */
async function choosePorts(dir: string, count: number): Promise<ReadonlyArray<number>> {
  const any = Array.from({ length: count }, () => 0)
  const line = existsSync(properties(dir))
    ? (/^listeners=.*$/m.exec(readFileSync(properties(dir), "utf8"))?.[0] ?? "")
    : ""
  const before = [...line.matchAll(/:(\d+)/g)].map(([, port]) => Number(port))
  const free = before.length === count ? await freePorts(before).catch(() => undefined) : undefined
  return free ?? freePorts(any)
}

/** All are held at once, so that they differ; 0 asks for any. Rejects when one is taken. */
async function freePorts(ports: ReadonlyArray<number>): Promise<ReadonlyArray<number>> {
  const held = await Promise.all(ports.map(hold))
  await Promise.all(held.map(({ release }) => release()))
  return held.map(({ port }) => port)
}

function hold(port: number): Promise<{ readonly port: number; readonly release: () => Promise<void> }> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once("error", reject)
    server.listen(port, "127.0.0.1", () => {
      const address = server.address()
      const taken = typeof address === "object" && address !== null ? address.port : port
      resolve({ port: taken, release: () => new Promise((done) => server.close(() => done())) })
    })
  })
}
