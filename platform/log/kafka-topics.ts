/**
 * The topics of a cluster: making what is missing, and looking whether what is there will do.
 */
import { Effect, Schema } from "effect"
import { KafkaClient, type KafkaConnection } from "./kafka-client.ts"
import { attempt } from "./kafka-fault.ts"
import { differencesOf, type LogTopic, noChoices, partitionsFor, type TopicChoices } from "./topic-settings.ts"

/** The topics of a cluster will not do; nothing was written. */
export class TopicsUnfit extends Schema.TaggedError<TopicsUnfit>()("TopicsUnfit", {
  place: Schema.String,
  differences: Schema.Array(
    Schema.Struct({ topic: Schema.String, what: Schema.String, expected: Schema.String, found: Schema.String })
  )
}) {
  override get message(): string {
    const shown = this.differences
      .slice(0, 3)
      .map(({ expected, found, topic, what }) => `${topic}: ${what} is ${found}, expected ${expected}`)
    const more = this.differences.length > 3 ? `, and ${this.differences.length - 3} more` : ""
    return `the topics at ${this.place} will not do: ${shown.join("; ")}${more}. "onefold topics create" makes what is missing, "onefold topics check" tells the rest`
  }
}

/** Connections of kafkajs end by themselves here, so a client needs no closing. */
const clientOf = (connection: KafkaConnection) =>
  Effect.map(Effect.context<never>(), (context) => {
    const run = Effect.runForkWith(context)
    return new KafkaClient(connection, (text) => run(Effect.logWarning(text)))
  })

const foundAt = (client: KafkaClient, topics: ReadonlyArray<LogTopic>) =>
  attempt(client.place, () => client.describeTopics(topics.map(({ name }) => name)))

/** Everything about these topics that is not as it must be. */
export const topicDifferences = Effect.fn("kafkaTopics.differences")(function* (
  connection: KafkaConnection,
  topics: ReadonlyArray<LogTopic>,
  choices: TopicChoices = noChoices
) {
  const client = yield* clientOf(connection)
  return differencesOf(topics, yield* foundAt(client, topics), choices)
})

/** What whoever works on a cluster does first. Fails with TopicsUnfit. */
export const checkTopics = Effect.fn("kafkaTopics.check")(function* (
  connection: KafkaConnection,
  topics: ReadonlyArray<LogTopic>
) {
  const differences = yield* topicDifferences(connection, topics)
  if (differences.length > 0)
    return yield* new TopicsUnfit({ place: `kafka ${connection.brokers.join(",")}`, differences })
})

/** Makes the topics that are missing, and touches no other; returns the names of those it made. */
export const createMissingTopics = Effect.fn("kafkaTopics.create")(function* (
  connection: KafkaConnection,
  topics: ReadonlyArray<LogTopic>,
  choices: TopicChoices = noChoices
) {
  const client = yield* clientOf(connection)
  const there = new Set((yield* foundAt(client, topics)).map(({ name }) => name))
  const missing = topics.filter(({ name }) => !there.has(name))
  const specs = missing.map((topic) => ({ name: topic.name, partitions: partitionsFor(topic, choices) }))
  if (specs.length > 0) yield* attempt(client.place, () => client.createTopics(specs, choices))
  return specs.map(({ name }) => name)
})
