/**
 * What lies in the topics, seen by a witness: nothing of this comes from the code that wrote it. A plain consumer that
 * sees committed records only, the Avro schemas as they lie in their files, and which event has which number.
 *
 * Where a partition ends, a consumer cannot tell from records alone, for markers of transactions are offsets too. So a
 * mark is written behind the last record of each partition, and whoever met all marks has read everything before them.
 */
import { randomUUID } from "node:crypto"
import { readFileSync } from "node:fs"
import avro from "avsc"
import { Schema } from "effect"
import { type Consumer, Kafka, type KafkaMessage, logLevel } from "kafkajs"

/** Folders of schemas/ by the number of their event. */
const folders: Readonly<Record<number, string>> = {
  1: "run-started",
  2: "rollout-requested",
  3: "rollout-generated",
  4: "rollout-graded",
  5: "gradient-requested",
  6: "gradient-computed",
  7: "policy-updated",
  8: "evaluation-requested",
  9: "evaluation-sampled",
  10: "evaluation-completed",
  11: "run-paused",
  12: "run-resumed",
  13: "run-finished",
  14: "run-failed",
  15: "dead-lettered",
  16: "scores-requested",
  17: "scores-computed",
  18: "critic-gradient-requested",
  19: "critic-gradient-computed",
  20: "critic-updated",
  21: "run-cancelled"
}

/** As much of any event as says which it is and what has to follow from it. */
const Fields = Schema.Struct({
  runId: Schema.String,
  step: Schema.optionalKey(Schema.Int),
  cohort: Schema.optionalKey(Schema.Int),
  cohorts: Schema.optionalKey(Schema.Int),
  shard: Schema.optionalKey(Schema.Int),
  shards: Schema.optionalKey(Schema.Int),
  session: Schema.optionalKey(Schema.Int),
  promptId: Schema.optionalKey(Schema.String),
  problemId: Schema.optionalKey(Schema.String),
  problemIds: Schema.optionalKey(Schema.Array(Schema.String)),
  samplesPerProblem: Schema.optionalKey(Schema.Int),
  sampleIndex: Schema.optionalKey(Schema.Int),
  protocol: Schema.optionalKey(Schema.String),
  prompts: Schema.optionalKey(
    Schema.Array(Schema.Struct({ promptId: Schema.String, firstSample: Schema.Int, samples: Schema.Int }))
  ),
  gradientHashes: Schema.optionalKey(Schema.Array(Schema.String)),
  policyHash: Schema.optionalKey(Schema.NullOr(Schema.String)),
  config: Schema.optionalKey(Schema.String),
  detail: Schema.optionalKey(Schema.String),
  topic: Schema.optionalKey(Schema.String),
  partition: Schema.optionalKey(Schema.Int),
  offset: Schema.optionalKey(Schema.Int)
})

export interface RawEvent {
  /** The folder of its schema: "rollout-graded". */
  readonly kind: string
  readonly fields: typeof Fields.Type
  /** topic/partition/offset of its record. */
  readonly place: string
}

const readFields = Schema.decodeUnknownSync(Fields)

const types = new Map<number, avro.Type>()

/** The schema that wrote a value, by the id it begins with: number times 100 plus version. */
const typeOf = (id: number): avro.Type => {
  const known = types.get(id)
  if (known !== undefined) return known
  const file = new URL(`../../../schemas/${folders[Math.floor(id / 100)]}/v${id % 100}.avsc`, import.meta.url)
  const made = avro.Type.forSchema(JSON.parse(readFileSync(file, "utf8")))
  types.set(id, made)
  return made
}

/** An event as it lies in a topic. Throws where it is none. */
export const rawEvent = (place: string, value: Buffer): RawEvent => {
  if (value[0] !== 0) throw new Error(`${place} begins with ${value[0]} instead of 0`)
  const id = value.readUInt32BE(1)
  return {
    kind: folders[Math.floor(id / 100)] ?? String(id),
    fields: readFields(typeOf(id).fromBuffer(value.subarray(5))),
    place
  }
}

const markKey = "end of what was read"

/** How long reading may take: an open transaction before a mark is ended by the broker after some seconds. */
const limitMillis = 120_000

/** Hands every committed record before the marks to `met`, and resolves once all marks were met. */
const readToMarks = (consumer: Consumer, mark: string, partitions: number, met: (event: RawEvent) => void) =>
  new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`the topics were not read in ${limitMillis / 1000} s`)), limitMillis)
    const ended = new Set<string>()
    const look = (topic: string, partition: number, { key, offset, value }: KafkaMessage): void => {
      const place = `${topic}/${partition}`
      if (ended.has(place) || value === null) return
      if (key?.toString() !== markKey) met(rawEvent(`${place}/${offset}`, value))
      else if (value.toString() === mark) ended.add(place)
      if (ended.size < partitions) return
      clearTimeout(late)
      resolve()
    }
    consumer.on("consumer.crash", ({ payload }) => {
      if (!payload.restart) reject(payload.error)
    })
    const running = consumer.run({
      autoCommit: false,
      eachMessage: async ({ message, partition, topic }) => {
        try {
          look(topic, partition, message)
        } catch (error) {
          clearTimeout(late)
          reject(error)
        }
      }
    })
    running.catch(reject)
  })

/** Every committed event of every topic. Writes one mark a partition, so that no worker may run meanwhile. */
export const rawTopics = async (brokers: string): Promise<ReadonlyArray<RawEvent>> => {
  const kafka = new Kafka({ brokers: [brokers], clientId: "witness", logLevel: logLevel.NOTHING })
  const mark = randomUUID()
  const [admin, producer] = [kafka.admin(), kafka.producer({ allowAutoTopicCreation: false })]
  // Committed records only: `readUncommitted` is left out.
  const consumer = kafka.consumer({ groupId: `witness-${mark}`, allowAutoTopicCreation: false })
  await Promise.all([admin.connect(), producer.connect(), consumer.connect()])
  try {
    const names = (await admin.listTopics()).filter((name) => !name.startsWith("__"))
    const { topics } = await admin.fetchTopicMetadata({ topics: names })
    for (const { name, partitions } of topics)
      await producer.send({
        topic: name,
        messages: partitions.map(({ partitionId }) => ({ partition: partitionId, key: markKey, value: mark }))
      })
    await consumer.subscribe({ topics: names, fromBeginning: true })
    const events: Array<RawEvent> = []
    const partitions = topics.reduce((sum, topic) => sum + topic.partitions.length, 0)
    await readToMarks(consumer, mark, partitions, (event) => events.push(event))
    return events
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()])
  }
}
