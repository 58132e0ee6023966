import { assert, describe, it } from "@effect/vitest"
import { keepsOrder, topics } from "../../schemas/catalogue.ts"
import { differencesOf, type FoundTopic, type LogTopic, noChoices, topicSettings } from "./topic-settings.ts"

const ordered = (name: string): LogTopic => ({ name, partitions: 2, ordered: true })
const heavy: LogTopic = { name: "work", partitions: 4, ordered: false }
const three = [ordered("runs"), ordered("graded"), ordered("dead"), heavy]

const settings = { ...topicSettings, "min.insync.replicas": "1", "segment.bytes": "1" }
const as = ({ name, partitions }: LogTopic, but: Partial<FoundTopic> = {}): FoundTopic => ({
  ...{ name, partitions, copies: 3, settings },
  ...but
})
const right = three.map((topic) => as(topic))
/** All is right but this topic. */
const but = (name: string, change: Partial<FoundTopic>) =>
  right.map((topic) => (topic.name === name ? { ...topic, ...change } : topic))

describe("differencesOf", () => {
  it("given topics as they are made, larger ones, or all ordered ones larger, then nothing differs", () => {
    assert.deepStrictEqual(differencesOf(three, right), [])
    const large = { settings: { ...settings, "max.message.bytes": "20971520" }, partitions: 32 }
    assert.deepStrictEqual(differencesOf(three, but("work", large)), [])
    const six = right.map((topic) => (topic.name === "work" ? topic : { ...topic, partitions: 6 }))
    assert.deepStrictEqual(differencesOf(three, six, { ...noChoices, ordered: 6, replication: 3, minInsync: 1 }), [])
  })

  it.each([
    ["retention.ms", "604800000"],
    ["retention.bytes", "1"],
    ["cleanup.policy", "compact"],
    ["cleanup.policy", "compact,delete"],
    ["message.timestamp.type", "LogAppendTime"],
    ["compression.type", "zstd"],
    ["max.message.bytes", "1048588"]
  ])("given %s as %s, then it is told", (what, found) => {
    const [difference, ...more] = differencesOf(three, but("graded", { settings: { ...settings, [what]: found } }))
    assert.deepInclude(difference, { topic: "graded", what, found })
    assert.include(difference.expected, topicSettings[what])
    assert.deepStrictEqual(more, [])
  })

  it("given a topic that is not there, then no more is told of it", () => {
    const found = right.filter(({ name }) => name !== "graded")
    assert.deepStrictEqual(differencesOf(three, found), [
      { topic: "graded", what: "topic", expected: "there", found: "missing" }
    ])
  })

  it("given too few partitions, others than asked, or others among those that keep an order, then it is told", () => {
    const told = (...args: Parameters<typeof differencesOf>) =>
      differencesOf(...args).map(({ expected, found, topic, what }) => `${topic} ${what} ${found}: ${expected}`)
    assert.deepStrictEqual(told(three, but("work", { partitions: 1 })), ["work partitions 1: 4 or more"])
    assert.deepStrictEqual(told(three, right, { ...noChoices, heavy: 8 }), ["work partitions 4: 8"])
    assert.deepStrictEqual(told(three, but("graded", { partitions: 3 })), [
      "graded partitions 3: 2, as the other topics that keep an order"
    ])
  })

  it("given copies that do not suffice, then it is told", () => {
    const strict = { settings: { ...settings, "min.insync.replicas": "2" } }
    const told = (copies: number, choices = noChoices) =>
      differencesOf([heavy], [as(heavy, { ...strict, copies })], choices).map(({ what }) => what)
    assert.deepStrictEqual(told(3), [])
    assert.deepStrictEqual(told(1), ["min.insync.replicas"])
    assert.deepStrictEqual(told(3, { ...noChoices, replication: 2, minInsync: 1 }), [
      "replication",
      "min.insync.replicas"
    ])
  })
})

describe("the catalogue's topics", () => {
  it("keep an order where every event is spread by run, and are as many parts as all of their kind", () => {
    const counts = Object.entries(Object.groupBy(topics, (topic) => String(keepsOrder(topic)))).map(
      ([kind, same = []]) => [kind, [...new Set(same.map(({ partitions }) => partitions))]]
    )
    assert.deepStrictEqual(Object.fromEntries(counts), { true: [2], false: [4] })
    assert.include(
      topics.filter(keepsOrder).map(({ name }) => name),
      "runs"
    )
  })
})
