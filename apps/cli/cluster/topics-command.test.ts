/** The topics of a real broker, made and checked as an operator does. Skipped, aloud, where there is no Java. */
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { Kafka, logLevel } from "kafkajs"
import { type LocalKafka, startKafka } from "../../../deploy/local/kafka.ts"
import { describeOver } from "../../../deploy/local/servers.fixture.ts"
import { checkTopics } from "../../../platform/log/kafka-topics.ts"
import { isRefused, onefold } from "../spawned.fixture.ts"
import { logTopics } from "./topics-command.ts"

const lineOf = (text: string): Record<string, unknown> => {
  const value: unknown = JSON.parse(text)
  return typeof value === "object" && value !== null ? { ...value } : {}
}

describe("onefold topics", () => {
  it.each([
    [["check"], "--brokers: no broker is named. Name one, or set ONEFOLD_BROKERS"],
    [["create", "--brokers", "kafka-1:9092"], "everything would go to kafka-1:9092 without encryption"],
    [["create", "--brokers", "127.0.0.1:1", "--heavy", "0"], "--heavy 0 is out of range"]
  ] as const)("given %j, then it is refused before anything is connected to", async (args, said) => {
    isRefused(await onefold(["topics", ...args]), 2, said)
  })
})

await describeOver("the topics of a cluster", startKafka(), onCluster)

function onCluster({ brokers }: LocalKafka): void {
  const env = { ONEFOLD_BROKERS: brokers }
  const connection = { brokers: [brokers], clientId: "test" }
  const topics = (...args: ReadonlyArray<string>) => onefold(["topics", ...args], { env })

  /** As an operator who changes something by other means. */
  const byHand = async (work: (admin: ReturnType<Kafka["admin"]>) => Promise<unknown>): Promise<void> => {
    const admin = new Kafka({ ...connection, logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    await work(admin)
    await admin.disconnect()
  }

  it("given nothing, a topic by hand, and choices, then check tells what is wrong until create has mended it", async () => {
    const before = await topics("check", "--json")
    assert.strictEqual(before.code, 4)
    assert.deepInclude(lineOf(before.lines.at(-1) ?? ""), { type: "topics", differences: logTopics.length })
    await byHand((admin) => admin.createTopics({ topics: [{ topic: "runs", numPartitions: 1 }] }))

    const made = await topics("create", "--heavy", "6", "--ordered", "3", "--json")
    assert.strictEqual(made.code, 0, made.stderr)
    const rows = made.lines.map(lineOf)
    assert.deepStrictEqual(rows[0], { type: "topic", topic: "runs", made: false, partitions: null })
    assert.deepInclude(rows, { type: "topic", topic: "rollouts.requested", made: true, partitions: 6 })

    const check = await topics("check", "--ordered", "3")
    assert.strictEqual(check.code, 4)
    const told = check.lines.map((line) => line.trim().split(/ {2,}/))
    assert.deepStrictEqual(told[0], ["topic", "what", "found", "expected"])
    assert.deepStrictEqual(told.slice(1), [
      ["runs", "partitions", "1", "3"],
      ["runs", "partitions", "1", "3, as the other topics that keep an order"],
      ["runs", "retention.ms", "604800000", "-1"]
    ])
    assert.match(check.stderr, /the topics at kafka .* will not do: runs: partitions is 1, expected 3/)

    const refused = await Effect.runPromise(Effect.flip(checkTopics(connection, logTopics)))
    assert.strictEqual(refused._tag, "TopicsUnfit")

    await byHand((admin) => admin.deleteTopics({ topics: ["runs"] }))
    assert.strictEqual((await topics("create", "--ordered", "3")).code, 0)
    const after = await topics("check", "--heavy", "6", "--ordered", "3", "--replication", "1")
    assert.strictEqual(after.code, 0, after.stdout + after.stderr)
    await Effect.runPromise(checkTopics(connection, logTopics))
  }, 120_000)

  it("given more copies than brokers, then create says what the broker said", async () => {
    await byHand((admin) => admin.deleteTopics({ topics: ["dead-letters"] }))
    isRefused(await topics("create", "--replication", "3"), 4, "Ask for what this cluster allows")
  })
}
