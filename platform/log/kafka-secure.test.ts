/** The log over a broker that lets in only whom it knows. Skipped, aloud, where there is no Java or no openssl. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, assert, describe, it, vi } from "@effect/vitest"
import { Effect, Fiber, Logger, Redacted } from "effect"
import { makeCertificates } from "../../deploy/local/certificates.ts"
import type { LocalKafka } from "../../deploy/local/kafka.ts"
import { startSecured } from "../../deploy/local/secured-kafka.fixture.ts"
import { describeOver } from "../../deploy/local/servers.fixture.ts"
import { copyTo, draft, fill, topicOf, unused, waitFor } from "./contract.fixture.ts"
import { EventLog } from "./event-log.ts"
import { type KafkaConnection, layerKafka } from "./kafka.ts"

describe("a connection without TLS that may not leave this machine", () => {
  it.live("given another machine, then none is made", () =>
    Effect.gen(function* () {
      const away = { brokers: ["kafka.invalid:9092"], clientId: "test", onlyLoopback: true }
      const failure = yield* Effect.flip(Effect.provide(EventLog, layerKafka(away)))
      assert.strictEqual(failure.reason, "refused")
      assert.include(failure.message, "kafka.invalid is another machine, and the connection would not be encrypted")
    })
  )
})

const password = "a-password-of-the-test"
const wrong = "a-wrong-password"

const folder = mkdtempSync(join(tmpdir(), "onefold-secure-test-"))
const [certificates, strangers] = [join(folder, "own"), join(folder, "strangers")]
const pem = (name: string, dir = certificates): string => readFileSync(join(dir, name), "utf8")

// Even where Node is told to trust everybody, the log does not.
vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0")

afterAll(() => rmSync(folder, { recursive: true, force: true }))

// Not "localhost", so that there is a name which the certificate does not have.
const hosts = ["127.0.0.1"]
const starting = startSecured({ certificates, users: { worker: password } }, hosts)
await describeOver("the event log over a secured Kafka", starting, (kafka) => {
  makeCertificates(strangers, hosts)
  secured(kafka)
})

function secured({ brokers, certified }: LocalKafka): void {
  const open = { brokers: [brokers], clientId: "test" }
  const as = (username: string, password: string) =>
    ({ mechanism: "scram-sha-512", username, password: Redacted.make(password) }) as const
  const known: KafkaConnection = { ...open, tls: { ca: pem("ca.crt") }, sasl: as("worker", password) }
  const shown: KafkaConnection = {
    ...{ brokers: [certified ?? ""], clientId: "test" },
    tls: { ca: pem("ca.crt"), cert: pem("client.crt"), key: Redacted.make(pem("client.key")) }
  }

  it.live.each([
    ["a user with a password", known],
    ["a client with a certificate", shown]
  ] as const)("given %s, then the log appends, reads and consumes in transactions", ([, connection]) =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const [input, output] = [yield* topicOf(2), yield* topicOf(1)]
      // Two partitions at once: a transaction.
      yield* log.append([draft(input, "a", "1"), draft(input, "b", "2"), draft(input, "c", "3")])
      yield* fill(input, 0, 2, ["4"])
      const consumer = yield* Effect.forkChild(
        log.consume({ group: unused("group"), topics: [input], handle: copyTo(output) })
      )
      const copies = (yield* waitFor(output, 4)).flat()
      yield* Fiber.interrupt(consumer)
      assert.deepStrictEqual([...copies].sort(), ["copy of 1", "copy of 2", "copy of 3", "copy of 4"])
    }).pipe(Effect.provide(layerKafka(connection)))
  )

  const localhost = brokers.replace("127.0.0.1", "localhost")
  const notCertified = { ...shown, tls: { ca: pem("ca.crt") } }
  const strange = {
    ca: pem("ca.crt"),
    cert: pem("client.crt", strangers),
    key: Redacted.make(pem("client.key", strangers))
  }
  it.live.each([
    ["a wrong password", { ...known, sasl: as("worker", wrong) }, "refused", /user, the password/],
    ["a user who is unknown", { ...known, sasl: as("nobody", wrong) }, "refused", /user, the password/],
    [
      "another mechanism",
      { ...known, sasl: { ...as("worker", password), mechanism: "scram-sha-256" } },
      "refused",
      /the mechanism/
    ],
    ["another authority", { ...known, tls: { ca: pem("ca.crt", strangers) } }, "refused", /--tls-ca/],
    ["the system's authorities", { ...known, tls: true }, "refused", /--tls-ca/],
    ["a name the certificate has not", { ...known, brokers: [localhost] }, "refused", /certificates do/],
    ["no certificate", notCertified, "refused", /--tls-cert/],
    ["a certificate of another authority", { ...shown, tls: strange }, "refused", /--tls-cert/],
    ["no TLS", open, "unavailable", /--tls/],
    ["no password", { ...open, tls: { ca: pem("ca.crt") } }, "unavailable", /or a password/]
  ] as const)("given %s, then the log says what was refused, and no secret", ([, connection, reason, next]) =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const logger = Logger.layer([Logger.make(({ message }) => told.push(String(message)))])
      const failure = yield* Effect.flip(Effect.provide(EventLog, layerKafka(connection)).pipe(Effect.provide(logger)))
      assert.strictEqual(failure.reason, reason, failure.message)
      assert.match(failure.message, next)
      const everything = [failure.message, JSON.stringify(failure), ...told].join("\n")
      for (const secret of [password, wrong, "PRIVATE KEY"]) assert.notInclude(everything, secret)
    })
  )
}
