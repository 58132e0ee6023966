/**
 * KafkaWire: one connection to the cluster for requests of any kind, made when it is first needed.
 *
 * After a failure the connection is thrown away and the next use makes a new one: brokers come back under other
 * addresses, leaders move, and nothing learned before can be trusted then.
 */

import type { Position } from "./event-log.ts"
import type { Place } from "./groups.ts"
import type { KafkaClient, Link } from "./kafka-client.ts"
import type { WireIds } from "./wire-ids.ts"

/** The broker that leads a partition. */
export const leaderOf = ({ cluster }: Link, { partition, topic }: Place): string => {
  const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]))
  if (leader === undefined) throw new Error(`no broker leads partition ${partition} of topic ${topic}`)
  return leader
}

const byTopic = <A, B>(places: ReadonlyArray<A & Place>, of: (place: A & Place) => B) =>
  [...Map.groupBy(places, (place) => place.topic)].map(([topic, places]) => ({ topic, partitions: places.map(of) }))

export class KafkaWire {
  readonly #client: KafkaClient
  #making: Promise<Link> | undefined
  #link: Link | undefined

  constructor(client: KafkaClient) {
    this.#client = client
  }

  get place(): string {
    return this.#client.place
  }

  get ids(): WireIds {
    return this.#client.ids
  }

  async #connected(): Promise<Link> {
    this.#making ??= this.#client.link()
    this.#link = await this.#making
    return this.#link
  }

  /** @param topics what will be asked about */
  async use<A>(topics: ReadonlyArray<string>, work: (link: Link) => Promise<A>): Promise<A> {
    try {
      const link = await this.#connected()
      await link.cluster.addMultipleTargetTopics([...new Set(topics)])
      await link.cluster.refreshMetadataIfNecessary()
      return await work(link)
    } catch (cause) {
      await this.close()
      throw cause
    }
  }

  async close(): Promise<void> {
    const making = this.#making
    this.#making = undefined
    this.#link = undefined
    const link = await making?.catch(() => undefined)
    await link?.close().catch(() => undefined)
  }

  /** The broker that led a partition when last heard of. */
  leaderOf(place: Place): string | undefined {
    try {
      return this.#link && leaderOf(this.#link, place)
    } catch {
      return undefined
    }
  }

  /** How many partitions a topic has. */
  partitions(topic: string): Promise<number> {
    return this.use([topic], async ({ cluster }) => cluster.findTopicPartitionMetadata(topic).length)
  }

  /** The offset that the next record of each partition will get, whether or not what lies before it can be read yet. */
  ends(topics: ReadonlyArray<string>): Promise<ReadonlyArray<Position>> {
    return this.use(topics, async ({ cluster }) => {
      const asked = topics.map((topic) => ({
        topic,
        partitions: cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ partition: partitionId })),
        fromBeginning: false
      }))
      const answers = await cluster.fetchTopicsOffset(asked)
      return answers.flatMap(({ partitions, topic }) =>
        partitions.map(({ offset, partition }) => ({ topic, partition, offset: Number(offset) }))
      )
    })
  }

  /** The next offset of each partition, of which group members may not know yet. */
  groupOffsets(group: string, places: ReadonlyArray<Place>): Promise<ReadonlyArray<number | null>> {
    return this.use([], async ({ cluster }) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group })
      const topics = byTopic(places, ({ partition }) => ({ partition, offset: "-1" }))
      const { responses } = await coordinator.offsetFetch({ groupId: group, topics })
      return places.map(({ partition, topic }) => {
        const answers = responses.find((response) => response.topic === topic)?.partitions ?? []
        const offset = Number(answers.find((answer) => answer.partition === partition)?.offset ?? -1)
        return offset < 0 ? null : offset
      })
    })
  }

  /** Sets offsets of a group that has no members. */
  setGroupOffsets(group: string, positions: ReadonlyArray<Position>): Promise<void> {
    return this.use([], async ({ cluster }) => {
      const coordinator = await cluster.findGroupCoordinator({ groupId: group })
      const topics = byTopic(positions, ({ offset, partition }) => ({ partition, offset: String(offset) }))
      // A generation of -1 and no member: the protocol's way for one who is in no group.
      await coordinator.offsetCommit({ groupId: group, groupGenerationId: -1, memberId: "", topics })
    })
  }
}
