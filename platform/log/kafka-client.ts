/**
 * The one file that imports kafkajs (2.2.4; kafkajs-queues.ts mends it): connections to a cluster, and what the log needs
 * of each kind.
 *
 *   link       a plain connection, for fetching records and for the offsets of groups
 *   sender     a producer; with an id it writes transactions and fences whoever had the id before
 *   member     a place in a consumer group: it is told which partitions are its own
 *
 * A member fetches nothing through kafkajs, whose consumer waits for the slowest partition before it fetches for any:
 * its partitions are paused, and the log fetches over a link (kafka-fetch.ts). A link is a consumer that never runs; the
 * hook for partition assigners is the library's public way to the connection below it.
 */
import {
  type Admin,
  type Cluster,
  CompressionTypes,
  type Consumer,
  Kafka,
  type LogEntry,
  logLevel,
  PartitionAssigners,
  type Producer
} from "kafkajs"
import type { TopicSpec } from "./event-log.ts"
import type { Place } from "./groups.ts"
import { KafkaMember } from "./kafka-member.ts"
import { type KafkaSasl, type KafkaTls, transportOf } from "./kafka-transport.ts"
import { mendQueues } from "./kafkajs-queues.ts"
import type { RegistryConnection } from "./registry-connection.ts"
import { type FoundTopic, noChoices, type TopicChoices, topicSettings } from "./topic-settings.ts"
import { catalogueIds, type WireIds } from "./wire-ids.ts"

export type { Consumer, Producer, RecordMetadata as Written, Transaction } from "kafkajs"

/** Where the brokers are and who asks. */
export interface KafkaConnection {
  /** host:port, at least one. */
  readonly brokers: ReadonlyArray<string>
  readonly clientId: string
  /** `true`: encrypted, and the system's authorities are trusted. Without it, nothing is encrypted. */
  readonly tls?: KafkaTls | true
  readonly sasl?: KafkaSasl
  /** Without TLS: refuse to connect to other machines, also to those that a broker of this one names. */
  readonly onlyLoopback?: boolean
  /** What batches are written with; they are read whatever they were written with. */
  readonly compression?: "gzip"
  /** With a schema registry its ids lie in the topics, without one the catalogue's. Fixed for the life of a topic. */
  readonly registry?: RegistryConnection
}

export interface Link {
  readonly cluster: Cluster
  readonly close: () => Promise<void>
}

export interface Membership {
  readonly leave: () => Promise<void>
}

/** After 5, 8, 12 … 1000 ms, for about 10 seconds in all. The short first wait is for transactions still being ended. */
const retry = { initialRetryTime: 5, multiplier: 1.5, factor: 0.1, maxRetryTime: 1000, retries: 21 }

/** What a link does is tried again by whoever asked for it, with a new link. */
const linkRetry = { ...retry, retries: 3 }

const sessionMillis = 10_000
const heartbeatMillis = 300

/** How long a member sleeps between two looks at its heartbeat, and so at most how long leaving takes. */
const lookMillis = 100

/** A transaction left open by a dead process is ended by the broker after this time. */
export const transactionMillis = 10_000

mendQueues()

/** The protocol's number for topics among all that has settings: ES modules cannot import kafkajs's own name for it. */
const topicResource = 2

/** What repeats what a caller is told anyway, or belongs to the normal course of a transaction. */
const isNoise = ({ log, namespace }: LogEntry): boolean =>
  namespace === "Connection" ||
  /transaction while another concurrent operation|Limiting retries|re-joining|^Restarting|coordinator is loading|uthentication failed/.test(
    log.message
  )

const textOf = ({ log, namespace }: LogEntry): string =>
  `kafka [${namespace}] ${log.message}${typeof log.error === "string" ? `: ${log.error}` : ""}`

export class KafkaClient {
  readonly place: string
  readonly compression: CompressionTypes
  readonly ids: WireIds
  readonly #kafka: Kafka
  readonly #kafkaForLinks: Kafka

  /**
   * @param warn told what kafkajs met on its way; what it could not mend is thrown as well
   * @param ids which number stands for a schema in the topics
   */
  constructor(connection: KafkaConnection, warn: (text: string) => void, ids: WireIds = catalogueIds) {
    this.ids = ids
    let last = ""
    const config = {
      brokers: [...connection.brokers],
      clientId: connection.clientId,
      ...transportOf(connection),
      connectionTimeout: 5000,
      logLevel: logLevel.WARN,
      logCreator: () => (entry: LogEntry) => {
        const text = textOf(entry)
        if (text === last || isNoise(entry)) return
        last = text
        warn(text)
      }
    }
    this.compression = connection.compression === "gzip" ? CompressionTypes.GZIP : CompressionTypes.None
    this.place = `kafka ${connection.brokers.join(",")}`
    this.#kafka = new Kafka({ ...config, retry })
    this.#kafkaForLinks = new Kafka({ ...config, retry: linkRetry })
  }

  async link(): Promise<Link> {
    const clusters: Array<Cluster> = []
    const consumer = this.#kafkaForLinks.consumer({
      groupId: "a link joins no group",
      retry: linkRetry,
      allowAutoTopicCreation: false,
      // For asking where a partition ends; fetches say for themselves that they want committed records.
      readUncommitted: true,
      partitionAssigners: [
        (config) => {
          clusters.push(config.cluster)
          return PartitionAssigners.roundRobin(config)
        }
      ]
    })
    await consumer.connect()
    return { cluster: clusters[0], close: () => consumer.disconnect() }
  }

  /** @param transactionalId for transactions; without it, single requests that are never written twice */
  async sender(transactionalId?: string): Promise<Producer> {
    const producer = this.#kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      // Every message names its partition.
      createPartitioner:
        () =>
        ({ message }) =>
          message.partition ?? 0,
      transactionTimeout: transactionMillis,
      ...(transactionalId === undefined ? {} : { transactionalId }),
      retry
    })
    await producer.connect()
    return producer
  }

  /**
   * Joins a group. `assigned` is called with the member's partitions whenever they are dealt, `lost` when the membership
   * has ended for good.
   */
  member(
    group: string,
    topics: ReadonlyArray<string>,
    assigned: (places: ReadonlyArray<Place>) => void,
    lost: (cause: unknown) => void
  ): Promise<Membership> {
    const make = (): Consumer =>
      this.#kafka.consumer({
        groupId: group,
        allowAutoTopicCreation: false,
        sessionTimeout: sessionMillis,
        rebalanceTimeout: sessionMillis,
        heartbeatInterval: heartbeatMillis,
        maxWaitTimeInMs: lookMillis,
        retry: { ...retry, restartOnFailure: async () => false }
      })
    return KafkaMember.join({ place: this.place, make, topics, assigned, lost })
  }

  /** For questions about the cluster itself. */
  async #asAdmin<A>(work: (admin: Admin) => Promise<A>): Promise<A> {
    const admin = this.#kafka.admin({ retry })
    await admin.connect()
    try {
      return await work(admin)
    } finally {
      await admin.disconnect()
    }
  }

  /** @param choices null: as the brokers do where nobody says */
  createTopics(
    topics: ReadonlyArray<TopicSpec>,
    { minInsync, replication }: Pick<TopicChoices, "minInsync" | "replication"> = noChoices
  ): Promise<void> {
    const insync = minInsync === null ? {} : { "min.insync.replicas": String(minInsync) }
    const configEntries = Object.entries({ ...topicSettings, ...insync }).map(([name, value]) => ({ name, value }))
    const specs = topics.map(({ name, partitions }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor: replication ?? -1,
      configEntries
    }))
    return this.#asAdmin(async (admin) => {
      await admin.createTopics({ topics: specs, waitForLeaders: true })
    })
  }

  /** Those of the topics that are there. */
  describeTopics(names: ReadonlyArray<string>): Promise<ReadonlyArray<FoundTopic>> {
    return this.#asAdmin(async (admin) => {
      const all = new Set(await admin.listTopics())
      const there = names.filter((name) => all.has(name))
      if (there.length === 0) return []
      const { topics } = await admin.fetchTopicMetadata({ topics: there })
      const asked = there.map((name) => ({ type: topicResource, name }))
      const { resources } = await admin.describeConfigs({ resources: asked, includeSynonyms: false })
      return topics.map(({ name, partitions }) => {
        const entries = resources.find(({ resourceName }) => resourceName === name)?.configEntries ?? []
        return {
          name,
          partitions: partitions.length,
          copies: Math.min(...partitions.map(({ replicas }) => replicas.length)),
          settings: Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue]))
        }
      })
    })
  }
}
