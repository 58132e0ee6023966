/** The local broker itself: that it comes, stays with its data, and leaves nothing behind. Skipped, aloud, without Java. */
import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import path from "node:path"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import { brokerAnswers } from "./broker-answers.ts"
import { makeCertificates } from "./certificates.ts"
import { type LocalKafka, startKafka } from "./kafka.ts"
import { type KafkaUnavailable, kafkaJars } from "./kafka-jars.ts"
import { withoutJava } from "./without-java.fixture.ts"

const program = fileURLToPath(new URL("kafka.ts", import.meta.url))
const jars = kafkaJars()
const missing = typeof jars === "string" ? undefined : jars.why
if (missing !== undefined) console.warn(`SKIPPED: the tests of the local Kafka broker. ${missing}.`)

const portOf = (brokers: string): number => Number(brokers.split(":")[1])

const turn = () => new Promise((next) => setImmediate(next))

function running(outcome: LocalKafka | KafkaUnavailable): LocalKafka {
  if (outcome._tag === "KafkaUnavailable") throw new Error(outcome.why)
  return outcome
}

describe.skipIf(missing !== undefined && process.env.CI !== "true")("a local Kafka broker", () => {
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

  it("goes with a starter that is killed without warning, and leaves no files", async () => {
    const temporary = mkdtempSync(path.join(tmpdir(), "onefold-kafka-test-"))
    const starter = spawn(process.execPath, [program], {
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, TMPDIR: temporary }
    })
    const brokers = await new Promise<string>((resolve) => starter.stdout.once("data", (line) => resolve(String(line))))
    assert.isTrue(await brokerAnswers(portOf(brokers)))
    starter.kill("SIGKILL")
    // The test's own time limit is the bound: a broker that lives on never stops answering.
    while (await brokerAnswers(portOf(brokers))) await turn()
    while (readdirSync(temporary).some((name) => name.startsWith("onefold-kafka-"))) await turn()
    rmSync(temporary, { recursive: true })
  })
})

withoutJava(program)
