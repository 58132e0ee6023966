/** What is scaled in deploy/kubernetes, by which lag, and how far. */
import { assert, describe, it } from "@effect/vitest"
import { topics } from "../../schemas/catalogue.ts"
import { groups } from "../worker-promises.fixture.ts"
import { deployments, read, scaled } from "./base.fixture.ts"

/** What KEDA's documentation says its Kafka trigger can be told. */
const triggerKeys = [
  ...[
    "bootstrapServers",
    "bootstrapServersFromEnv",
    "consumerGroup",
    "topic",
    "lagThreshold",
    "activationLagThreshold"
  ],
  ...["offsetResetPolicy", "allowIdleConsumers", "scaleToZeroOnInvalidOffset", "excludePersistentLag"],
  ...["limitToPartitionsWithLag", "partitionLimitation", "version", "sasl", "tls"]
]

describe("what is scaled by its lag", () => {
  it("is every stage without state, each by its groups", () => {
    const asked = scaled.flatMap(([, { spec }]) => spec.triggers.map(({ metadata }) => metadata.consumerGroup))
    assert.sameMembers(
      asked,
      [...groups.keys()].filter((group) => !group.startsWith("hosts-"))
    )
  })

  it.each(scaled)("%s asks for a topic of the catalogue, in the group that reads it", (name, { spec }) => {
    for (const { metadata } of spec.triggers) {
      assert.strictEqual(metadata.topic, groups.get(metadata.consumerGroup), metadata.consumerGroup)
      const topic = topics.find((each) => each.name === metadata.topic)
      assert.strictEqual(spec.maxReplicaCount, topic?.partitions, `${name}: as many workers as partitions`)
      // What the transactions' markers come to at rest must not ask for a second worker.
      assert.isAbove(Number(metadata.lagThreshold), topic?.partitions ?? 0)
      assert.deepStrictEqual(
        Object.keys(metadata).filter((key) => !triggerKeys.includes(key)),
        []
      )
      assert.match(read("base/settings.env"), new RegExp(`^${metadata.bootstrapServersFromEnv}=`, "m"))
    }
    assert.isAtLeast(spec.minReplicaCount, 1, "the markers would never let it sleep, and nothing would wake it")
  })

  it.each(scaled)("%s scales a Deployment that leaves its number open", (_, { spec }) => {
    const target = deployments.find(({ metadata }) => metadata.name === spec.scaleTargetRef.name)
    assert.isDefined(target)
    assert.isUndefined(target.spec.replicas)
  })

  it("the others say how many they are, no more than a run's topic has partitions", () => {
    const runs = topics.find(({ name }) => name === "runs")?.partitions
    for (const { metadata, spec } of deployments) {
      if (scaled.some(([name]) => name === metadata.name)) continue
      assert.isAtLeast(spec.replicas ?? 0, 1, metadata.name)
      assert.isAtMost(spec.replicas ?? 0, runs ?? 0, metadata.name)
    }
  })

  it("every group reads a topic that there is", () => {
    for (const [group, topic] of groups)
      assert.isTrue(
        topics.some(({ name }) => name === topic),
        group
      )
  })
})
