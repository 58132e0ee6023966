/** The local broker itself: that it comes, stays with its data, and leaves nothing behind. Skipped, aloud, without Java. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { brokerAnswers } from "./broker-answers.ts"
import { makeCertificates } from "./certificates.ts"
import { startKafka } from "./kafka.ts"
import { kafkaJars } from "./kafka-jars.ts"
import { isSkipped, running } from "./servers.fixture.ts"
import { goesWithItsStarter, withoutJava } from "./tied.fixture.ts"

const program = fileURLToPath(new URL("kafka.ts", import.meta.url))

const portOf = (brokers: string): number => Number(brokers.split(":")[1])

describe.skipIf(isSkipped("the local Kafka broker", kafkaJars()))("a local Kafka broker", () => {
  it("answers while it runs, and not after stop, which may come twice", async () => {
    const kafka = running(await startKafka())
    assert.isTrue(await brokerAnswers(portOf(kafka.brokers)))
    await kafka.stop()
    await kafka.stop()
    assert.isFalse(await brokerAnswers(portOf(kafka.brokers)))
  })

  it("given a folder, keeps its data and its address over a restart", async () => {
    const dir = mkdtempSync(path.join(tmpdir(), "onefold-kafka-test-"))
    try {
      const first = running(await startKafka({ dir }))
      const identity = readFileSync(path.join(dir, "data/meta.properties"), "utf8")
      await first.stop()
      const second = running(await startKafka({ dir }))
      await second.stop()
      assert.strictEqual(second.brokers, first.brokers)
      assert.strictEqual(readFileSync(path.join(dir, "data/meta.properties"), "utf8"), identity)
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it("given certificates, answers over TLS only, and comes back with its users", async () => {
    const dir = mkdtempSync(path.join(tmpdir(), "onefold-kafka-test-"))
    const security = { certificates: path.join(dir, "certificates"), users: { worker: "a-password" } }
    try {
      makeCertificates(security.certificates)
      const ca = readFileSync(path.join(security.certificates, "ca.crt"), "utf8")
      const first = running(await startKafka({ dir, security }))
      await first.stop()
      const second = running(await startKafka({ dir, security }))
      assert.deepEqual([second.brokers, second.certified], [first.brokers, first.certified])
      assert.isTrue(await brokerAnswers(portOf(second.brokers), ca))
      assert.isFalse(await brokerAnswers(portOf(second.brokers)))
      // A client without a certificate does not come as far as asking.
      assert.isFalse(await brokerAnswers(portOf(second.certified ?? ""), ca))
      await second.stop()
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  goesWithItsStarter(program, "onefold-kafka-", (brokers) => brokerAnswers(portOf(brokers)))
})

withoutJava(program, "Kafka")
