/**
 * KafkaTransactions: the transactions of one transactional id, in as few waits as the protocol allows.
 *
 *   1  the partitions are added to the transaction, and with them the group whose offsets move
 *   2  the records are written to their leaders, and the offsets to the group's coordinator
 *   3  the transaction is ended
 *
 * Each line is one wait. kafkajs's own producer asks who the coordinator is before every request and sends one after the
 * other, which makes nine, and after a transaction waits 5 ms and asks for all metadata where the broker is not done with
 * the one before. Its requests are used here, over a link, without its producer.
 *
 * Whatever fails makes this unusable: its successor begins by ending what was left open.
 */
import { setTimeout as pause } from "node:timers/promises"
import type { Position } from "./event-log.ts"
import { nameOf } from "./groups.ts"
import type { GroupOffset, Placed } from "./in-process.ts"
import { type KafkaClient, type Link, transactionMillis, type Written } from "./kafka-client.ts"
import { isComing, typeOf } from "./kafka-fault.ts"
import { messageOf, positionsOf, requestsOf } from "./kafka-messages.ts"
import { leaderOf } from "./kafka-wire.ts"

interface Identity {
  readonly producerId: string
  readonly producerEpoch: number
}

interface Whose extends Identity {
  readonly transactionalId: string
}

interface OffsetsOf {
  readonly topic: string
  readonly partitions: ReadonlyArray<{ readonly partition: number; readonly offset: string }>
}

interface TopicData {
  readonly topic: string
  readonly partitions: ReadonlyArray<{
    readonly partition: number
    readonly firstSequence: number
    readonly messages: ReadonlyArray<ReturnType<typeof messageOf>>
  }>
}

interface ProduceAnswer {
  readonly topics: ReadonlyArray<{
    readonly topicName: string
    readonly partitions: ReadonlyArray<Omit<Written, "topicName">>
  }>
}

/** Requests of kafkajs's brokers that its types leave out, or know with a number for the producer's id. */
interface Broker {
  readonly initProducerId: (asked: { transactionalId: string; transactionTimeout: number }) => Promise<Identity>
  readonly addPartitionsToTxn: (
    asked: Whose & { topics: ReadonlyArray<{ topic: string; partitions: ReadonlyArray<number> }> }
  ) => Promise<unknown>
  readonly addOffsetsToTxn: (asked: Whose & { groupId: string }) => Promise<unknown>
  readonly txnOffsetCommit: (asked: Whose & { groupId: string; topics: ReadonlyArray<OffsetsOf> }) => Promise<unknown>
  readonly endTxn: (asked: Whose & { transactionResult: boolean }) => Promise<unknown>
  readonly produce: (
    asked: Whose & { topicData: ReadonlyArray<TopicData>; compression: KafkaClient["compression"] }
  ) => Promise<ProduceAnswer>
}

const requests = ["initProducerId", "addPartitionsToTxn", "addOffsetsToTxn", "txnOffsetCommit", "endTxn", "produce"]

const isBroker = (found: unknown): found is Broker =>
  typeof found === "object" && found !== null && requests.every((name) => name in found)

const brokerOf = (found: unknown): Broker => {
  if (isBroker(found)) return found
  throw new Error("this kafkajs has no requests for transactions")
}

/** The protocol's number for the coordinator of a transactional id; kafkajs's types leave it out. */
const ofTransactions = 1

const coordinatorOf = async ({ cluster }: Link, transactionalId: string): Promise<Broker> => {
  const asked = { groupId: transactionalId, coordinatorType: ofTransactions }
  return brokerOf(await cluster.findGroupCoordinator(asked))
}

/** For about ten seconds in all. */
const mostTries = 400

/** Again while the broker says that this passes by itself; `before` each new try. */
const persisting = async <A>(
  work: () => Promise<A>,
  passes: (cause: unknown) => boolean,
  before: () => Promise<unknown> = async () => undefined
): Promise<A> => {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (cause) {
      if (!passes(cause) || tries >= mostTries) throw cause
      await pause(Math.min(25, tries))
      await before()
    }
  }
}

/** The last transaction's end is still being written. */
const isEnding = (cause: unknown): boolean => typeOf(cause) === "CONCURRENT_TRANSACTIONS"

/** The partition's leader moves, or the group's coordinator. */
const isMoving = (cause: unknown): boolean =>
  /^(NOT_LEADER_FOR_PARTITION|LEADER_NOT_AVAILABLE|NOT_ENOUGH_REPLICAS|COORDINATOR_NOT_AVAILABLE|NOT_COORDINATOR|COORDINATOR_LOAD_IN_PROGRESS|GROUP_COORDINATOR_NOT_AVAILABLE|NOT_COORDINATOR_FOR_GROUP|GROUP_LOAD_IN_PROGRESS)$/.test(
    String(typeOf(cause))
  )

/** Both, whatever becomes of either: nothing of a transaction is under way when it is ended. */
const bothOf = async <A>(one: Promise<A>, other: Promise<unknown>): Promise<A> => {
  const [first, second] = await Promise.allSettled([one, other])
  if (first.status === "rejected") throw first.reason
  if (second.status === "rejected") throw second.reason
  return first.value
}

const nothing = Promise.resolve()

export class KafkaTransactions {
  readonly #client: KafkaClient
  readonly #link: Link
  readonly #coordinator: Broker
  readonly #whose: Whose
  /** The number of each partition's next record, by which a broker knows one that it has already. */
  readonly #sequences = new Map<string, number>()
  /** Coordinators of groups, once found. */
  readonly #groups = new Map<string, Promise<Broker>>()

  private constructor(client: KafkaClient, link: Link, coordinator: Broker, whose: Whose) {
    this.#client = client
    this.#link = link
    this.#coordinator = coordinator
    this.#whose = whose
  }

  /** From here on nobody who had the id before can write, and what they left open is ended. */
  static async of(client: KafkaClient, transactionalId: string): Promise<KafkaTransactions> {
    const link = await client.link()
    try {
      const asked = { transactionalId, transactionTimeout: transactionMillis }
      const begin = async () => {
        const coordinator = await coordinatorOf(link, transactionalId)
        return { coordinator, identity: await coordinator.initProducerId(asked) }
      }
      const passes = (cause: unknown) => isEnding(cause) || isMoving(cause) || isComing(cause)
      const { coordinator, identity } = await persisting(begin, passes)
      return new KafkaTransactions(client, link, coordinator, { ...identity, transactionalId })
    } catch (cause) {
      await link.close().catch(() => undefined)
      throw cause
    }
  }

  close(): Promise<void> {
    return this.#link.close()
  }

  /**
   * Writes records and offsets in one transaction.
   *
   * @param moves all of one group
   */
  async transact(drafts: ReadonlyArray<Placed>, moves: ReadonlyArray<GroupOffset>): Promise<ReadonlyArray<Position>> {
    if (drafts.length === 0 && moves.length === 0) return []
    const { cluster } = this.#link
    await cluster.addMultipleTargetTopics([...new Set(drafts.map(({ topic }) => topic))])
    await cluster.refreshMetadataIfNecessary()
    try {
      await bothOf(this.#addPartitions(drafts), this.#addGroup(moves))
      const positions = await bothOf(this.#write(drafts), this.#move(moves))
      await this.#coordinator.endTxn({ ...this.#whose, transactionResult: true })
      return positions
    } catch (cause) {
      await this.#coordinator.endTxn({ ...this.#whose, transactionResult: false }).catch(() => undefined)
      throw cause
    }
  }

  #addPartitions(drafts: ReadonlyArray<Placed>): Promise<unknown> {
    if (drafts.length === 0) return nothing
    const topics = [...Map.groupBy(drafts, ({ topic }) => topic)].map(([topic, own]) => ({
      topic,
      partitions: [...new Set(own.map(({ partition }) => partition))]
    }))
    return persisting(() => this.#coordinator.addPartitionsToTxn({ ...this.#whose, topics }), isEnding)
  }

  #addGroup(moves: ReadonlyArray<GroupOffset>): Promise<unknown> {
    if (moves.length === 0) return nothing
    const [{ group: groupId }] = moves
    return persisting(() => this.#coordinator.addOffsetsToTxn({ ...this.#whose, groupId }), isEnding)
  }

  async #move(moves: ReadonlyArray<GroupOffset>): Promise<void> {
    if (moves.length === 0) return
    const [{ group: groupId }] = moves
    const topics = [...Map.groupBy(moves, ({ topic }) => topic)].map(([topic, places]) => ({
      topic,
      partitions: places.map(({ offset, partition }) => ({ partition, offset: String(offset) }))
    }))
    const commit = async () =>
      (await this.#coordinatorOfGroup(groupId)).txnOffsetCommit({ ...this.#whose, groupId, topics })
    const passes = (cause: unknown) => isMoving(cause) || isComing(cause)
    await persisting(commit, passes, async () => this.#groups.delete(groupId))
  }

  #coordinatorOfGroup(groupId: string): Promise<Broker> {
    const found = this.#groups.get(groupId) ?? this.#link.cluster.findGroupCoordinator({ groupId }).then(brokerOf)
    this.#groups.set(groupId, found)
    return found
  }

  async #write(drafts: ReadonlyArray<Placed>): Promise<ReadonlyArray<Position>> {
    const positions: Array<Position> = []
    for (const request of requestsOf(drafts)) {
      const byPlace = [...Map.groupBy(request, nameOf).values()]
      const written = await Promise.all(byPlace.length === 0 ? [] : this.#produce(byPlace))
      positions.push(...positionsOf(request, written.flat()))
    }
    return positions
  }

  /** One request for each leader. */
  #produce(byPlace: ReadonlyArray<ReadonlyArray<Placed>>): ReadonlyArray<Promise<ReadonlyArray<Written>>> {
    const byLeader = Map.groupBy(byPlace, ([draft]) => leaderOf(this.#link, draft))
    return [...byLeader.values()].map(async (places) => {
      const topicData = places.map((drafts) => this.#dataOf(drafts))
      const send = async () => {
        const nodeId = leaderOf(this.#link, places[0][0])
        const leader = brokerOf(await this.#link.cluster.findBroker({ nodeId }))
        return leader.produce({ ...this.#whose, topicData, compression: this.#client.compression })
      }
      const { topics } = await persisting(send, isMoving, () => this.#link.cluster.refreshMetadata())
      return topics.flatMap(({ partitions, topicName }) => partitions.map((one) => ({ ...one, topicName })))
    })
  }

  /** The records of one partition, numbered. */
  #dataOf(drafts: ReadonlyArray<Placed>): TopicData {
    const [{ partition, topic }] = drafts
    const name = nameOf({ topic, partition })
    const firstSequence = this.#sequences.get(name) ?? 0
    // The protocol's numbers begin anew after the largest of 32 bits.
    this.#sequences.set(name, (firstSequence + drafts.length) % 2 ** 31)
    const messages = drafts.map((draft) => messageOf(this.#client.ids, draft))
    return { topic, partitions: [{ partition, firstSequence, messages }] }
  }
}
