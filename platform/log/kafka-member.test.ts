/** A place in a group while the broker is away. Skipped, aloud, where there is no Java; with CI=true that is a failure. */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { afterAll, assert, it, onTestFinished } from "@effect/vitest"
import { Kafka, logLevel } from "kafkajs"
import { type LocalKafka, startKafka } from "../../deploy/local/kafka.ts"
import { describeOver, running } from "../../deploy/local/servers.fixture.ts"
import { KafkaClient } from "./kafka-client.ts"

const dir = mkdtempSync(join(tmpdir(), "onefold-member-"))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const membersOf = async ({ brokers }: LocalKafka, group: string): Promise<number> => {
  const admin = new Kafka({ brokers: [brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    const { groups } = await admin.describeGroups([group])
    return groups[0].members.length
  } finally {
    await admin.disconnect()
  }
}

/** Longer than a consumer tries for by itself. */
const awayMillis = 14_000

const restarted = async (old: LocalKafka, meanwhile: () => Promise<void>): Promise<LocalKafka> => {
  await old.stop()
  await pause(awayMillis)
  await meanwhile()
  const again = running(await startKafka({ dir }))
  onTestFinished(() => again.stop())
  assert.strictEqual(again.brokers, old.brokers)
  return again
}

const overBroker = (first: LocalKafka): void => {
  it("given a broker that goes and comes back, then who stays has a place again, and who left meanwhile has none", async () => {
    const client = new KafkaClient({ brokers: [first.brokers], clientId: "test" }, () => undefined)
    await client.createTopics([{ name: "shared", partitions: 2 }])
    const dealt: Record<string, number> = { stays: 0, leaves: 0 }
    const member = (group: string) =>
      client.member(
        group,
        ["shared"],
        (places) => {
          if (places.length === 2) dealt[group]++
        },
        (cause) => assert.fail(String(cause))
      )
    const [stays, leaves] = [await member("stays"), await member("leaves")]
    let leaving: Promise<void> = Promise.resolve()
    const again = await restarted(first, async () => {
      leaving = leaves.leave()
    })
    await leaving
    // Longer than a consumer takes to come back, and than a member is one without heartbeats: joined anew or not, it beats.
    while ((await membersOf(again, "stays")) === 0) await pause(100)
    await pause(12_000)
    assert.strictEqual(await membersOf(again, "leaves"), 0)
    assert.strictEqual(await membersOf(again, "stays"), 1)
    assert.strictEqual(dealt.leaves, 1)
    await stays.leave()
    assert.strictEqual(await membersOf(again, "stays"), 0)
  })
}

await describeOver("a place in a group", startKafka({ dir }), overBroker)
