/**
 * `onefold topics create` and `onefold topics check`: the topics of a cluster, made once by an operator and looked at
 * by everybody who begins work there.
 */
import { Effect, Layer } from "effect"
import { Command } from "effect/cli"
import { layerKafka } from "../../../platform/log/kafka.ts"
import { createMissingTopics, TopicsUnfit, topicDifferences } from "../../../platform/log/kafka-topics.ts"
import {
  type LogTopic,
  partitionsFor,
  type TopicChoices,
  type TopicDifference
} from "../../../platform/log/topic-settings.ts"
import { keepsOrder, topics } from "../../../schemas/catalogue.ts"
import { json, optionalInt } from "../flags.ts"
import { writeLines, writeText } from "../json-lines.ts"
import { checkBetween } from "../ranges.ts"
import { aligned, cell } from "../report/grid.ts"
import { terminalOf } from "../reporter.ts"
import { kafkaOf } from "./cluster.ts"
import { type BrokerFlags, brokerFlags } from "./cluster-flags.ts"

/** The catalogue's topics, as they are made and checked on a cluster. */
export const logTopics: ReadonlyArray<LogTopic> = topics.map((topic) => ({ ...topic, ordered: keepsOrder(topic) }))

type Options = BrokerFlags & TopicChoices & { readonly json: boolean }

const choiceFlags = {
  heavy: optionalInt("heavy", "Partitions of topics whose work is shared; default: 4"),
  ordered: optionalInt("ordered", "Partitions of topics that keep the order of a run; default: 2"),
  replication: optionalInt("replication", "Copies of every partition; default: the brokers'"),
  minInsync: optionalInt("min-insync", "Copies that must have a record before it counts; default: the brokers'")
}

const flagNames = [
  ["--heavy", "heavy", 10_000],
  ["--ordered", "ordered", 10_000],
  ["--replication", "replication", 100],
  ["--min-insync", "minInsync", 100]
] as const

const checkChoices = Effect.fn("topics.checkChoices")(function* (choices: TopicChoices) {
  for (const [flag, name, most] of flagNames) yield* checkBetween(flag, choices[name] ?? 1, 1, most)
})

const table = (rows: ReadonlyArray<ReadonlyArray<string>>) => {
  const terminal = terminalOf(process.stdout)
  const grid = rows.map((row, i) => row.map((text) => cell(terminal, text, ...(i === 0 ? (["quiet"] as const) : []))))
  const lines = aligned(grid, ["left", "left", "left", "left"]).map(({ shown }) => `${shown}\n`)
  return writeText(lines.join(""))
}

const createTopics = Effect.fn("topics.create")(function* (options: Options) {
  yield* checkChoices(options)
  const kafka = yield* kafkaOf(options)
  const made = new Set(yield* createMissingTopics(kafka, logTopics, options))
  // Whoever connects to a registry registers what it lacks; one that keeps nothing has forgotten it after a restart.
  if (kafka.registry !== undefined) yield* Effect.scoped(Layer.build(layerKafka(kafka)))
  const rows = logTopics.map((topic) => {
    const isMade = made.has(topic.name)
    return { topic: topic.name, made: isMade, partitions: isMade ? partitionsFor(topic, options) : null }
  })
  if (options.json) return yield* writeLines(rows.map((row) => ({ type: "topic", ...row })))
  yield* table([
    ["topic", "", "partitions", ""],
    ...rows.map(({ made, partitions, topic }) => [topic, made ? "made" : "was there", String(partitions ?? ""), ""])
  ])
})

const print = (differences: ReadonlyArray<TopicDifference>) =>
  table([
    ["topic", "what", "found", "expected"],
    ...differences.map(({ expected, found, topic, what }) => [topic, what, found, expected])
  ])

const checkAll = Effect.fn("topics.check")(function* (options: Options) {
  yield* checkChoices(options)
  const kafka = yield* kafkaOf(options)
  const differences = yield* topicDifferences(kafka, logTopics, options)
  const result = { type: "topics", topics: logTopics.length, differences: differences.length }
  if (options.json) yield* writeLines([...differences.map((each) => ({ type: "difference", ...each })), result])
  if (differences.length > 0) {
    if (!options.json) yield* print(differences)
    return yield* new TopicsUnfit({ place: `kafka ${kafka.brokers.join(",")}`, differences })
  }
  if (!options.json) yield* writeText(`all ${logTopics.length} topics are as they must be\n`)
})

const flags = { ...brokerFlags, ...choiceFlags, json }

const create = Command.make("create", flags, createTopics).pipe(
  Command.withDescription("Make the topics that are missing, and leave the others as they are")
)

const check = Command.make("check", flags, checkAll).pipe(
  Command.withDescription("Say what about the topics is not as it must be; code 4 where anything is not")
)

export const topicsCommand = Command.make("topics").pipe(
  Command.withDescription("The topics of a Kafka cluster that runs are recorded on"),
  Command.withSubcommands([create, check]),
  Command.withExamples([
    { command: "onefold topics create --brokers kafka-1:9093 --tls --heavy 32", description: "Room for 32 workers" },
    { command: "onefold topics check --brokers kafka-1:9093 --tls", description: "Before anybody works there" }
  ])
)
