/**
 * What a topic must be on a cluster, and how one that is there differs from it.
 *
 * A log keeps everything, for ever, with the times that its writers gave. No topic is compacted: a key names work, a
 * run or a cohort, and has many values, all of which count.
 */
import type { TopicSpec } from "./event-log.ts"

/** Largest batch of records: room for any event; what is larger travels by reference (large-values.ts). */
export const largestBatch = 10 * 1024 * 1024

/** Given when a topic is made, and looked for later. */
export const topicSettings: Readonly<Record<string, string>> = {
  "cleanup.policy": "delete",
  "retention.ms": "-1",
  "retention.bytes": "-1",
  "message.timestamp.type": "CreateTime",
  "max.message.bytes": String(largestBatch),
  // As the writer compressed it.
  "compression.type": "producer"
}

/**
 * A topic of the log. Those that keep the order of each run have equally many partitions, so that a run lies in the
 * same partition of each.
 */
export interface LogTopic extends TopicSpec {
  readonly ordered: boolean
}

/** What an operator may choose when topics are made; null leaves it as it is, or to the brokers. */
export interface TopicChoices {
  /** Partitions of topics whose work is shared. */
  readonly heavy: number | null
  /** Partitions of topics that keep an order. */
  readonly ordered: number | null
  /** Copies of every partition. */
  readonly replication: number | null
  /** Copies that must have a record before it counts as written. */
  readonly minInsync: number | null
}

export const noChoices: TopicChoices = { heavy: null, ordered: null, replication: null, minInsync: null }

/** How many partitions a topic is made with. */
export const partitionsFor = ({ ordered, partitions }: LogTopic, choices: TopicChoices): number =>
  (ordered ? choices.ordered : choices.heavy) ?? partitions

/** A topic as it is. */
export interface FoundTopic {
  readonly name: string
  readonly partitions: number
  readonly copies: number
  readonly settings: Readonly<Record<string, string>>
}

/** One thing about one topic that is not as it must be. */
export interface TopicDifference {
  readonly topic: string
  /** "topic", "partitions", "replication", or the name of a setting. */
  readonly what: string
  readonly expected: string
  readonly found: string
}

type Difference = Omit<TopicDifference, "topic">

const partitionsWrong = (topic: LogTopic, found: FoundTopic, choices: TopicChoices): ReadonlyArray<Difference> => {
  const asked = partitionsFor(topic, choices)
  const exact = (topic.ordered ? choices.ordered : choices.heavy) !== null
  const isRight = exact ? found.partitions === asked : found.partitions >= asked
  const expected = exact ? String(asked) : `${asked} or more`
  return isRight ? [] : [{ what: "partitions", expected, found: String(found.partitions) }]
}

const settingsWrong = ({ settings }: FoundTopic): ReadonlyArray<Difference> =>
  Object.entries(topicSettings).flatMap(([what, expected]) => {
    const found = settings[what] ?? "not told"
    const isSize = what === "max.message.bytes"
    const isRight = isSize ? Number(found) >= Number(expected) : found === expected
    return isRight ? [] : [{ what, expected: isSize ? `${expected} or more` : expected, found }]
  })

const copiesWrong = ({ copies, settings }: FoundTopic, choices: TopicChoices): ReadonlyArray<Difference> => {
  const insync = settings["min.insync.replicas"] ?? "1"
  const { minInsync, replication } = choices
  return [
    ...(replication !== null && copies !== replication
      ? [{ what: "replication", expected: String(replication), found: String(copies) }]
      : []),
    ...(minInsync !== null && insync !== String(minInsync)
      ? [{ what: "min.insync.replicas", expected: String(minInsync), found: insync }]
      : []),
    // Nothing could be written.
    ...(Number(insync) > copies
      ? [{ what: "min.insync.replicas", expected: `${copies} or less, for so many copies there are`, found: insync }]
      : [])
  ]
}

/** The number of partitions that most of the ordered topics have. */
const usualCount = (counts: ReadonlyArray<number>): number => {
  const tally = [...Map.groupBy(counts, (count) => count)].map(([count, same]) => ({ count, times: same.length }))
  return tally.sort((a, b) => b.times - a.times || b.count - a.count)[0]?.count ?? 0
}

/** Everything about these topics that is not as it must be, in the order of the topics. */
export const differencesOf = (
  topics: ReadonlyArray<LogTopic>,
  found: ReadonlyArray<FoundTopic>,
  choices: TopicChoices = noChoices
): ReadonlyArray<TopicDifference> => {
  const byName = new Map(found.map((topic) => [topic.name, topic]))
  const orders = topics.flatMap(({ name, ordered }) => (ordered ? [byName.get(name)?.partitions ?? []].flat() : []))
  const usual = usualCount(orders)
  return topics.flatMap((topic) => {
    const there = byName.get(topic.name)
    if (there === undefined) return [{ topic: topic.name, what: "topic", expected: "there", found: "missing" }]
    const among = `${usual}, as the other topics that keep an order`
    const isOdd = topic.ordered && there.partitions !== usual
    return [
      ...partitionsWrong(topic, there, choices),
      ...(isOdd ? [{ what: "partitions", expected: among, found: String(there.partitions) }] : []),
      ...settingsWrong(there),
      ...copiesWrong(there, choices)
    ].map((difference) => ({ topic: topic.name, ...difference }))
  })
}
