/**
 * Writing to Kafka: drafts become messages, messages become positions. A producer that failed is never used again.
 *
 * One request carries one batch of records for each partition, and a broker keeps a batch whole or not at all: what goes
 * into one partition needs no transaction (about 4 ms instead of 35).
 */
import { randomUUID } from "node:crypto"
import { setTimeout as pause } from "node:timers/promises"
import { Effect } from "effect"
import type { LogError, Position } from "./event-log.ts"
import { GroupCommit } from "./group-commit.ts"
import { nameOf } from "./groups.ts"
import type { GroupOffset, Placed } from "./in-process.ts"
import type { KafkaClient, Producer, Transaction, Written } from "./kafka-client.ts"
import { kafkaFault, typeOf } from "./kafka-fault.ts"
import type { WireIds } from "./wire-ids.ts"

/** How values lie in the topics. */
type Form = Pick<KafkaClient, "compression" | "ids">

/** What one request carries at most, unless a single record is larger. */
const requestBytes = 4 * 1024 * 1024
const requestRecords = 1000

const sizeOf = ({ headers = {}, key, value }: Placed): number =>
  Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length, key.length + value.length)

/** Cuts drafts into requests, in order. */
const requestsOf = (drafts: ReadonlyArray<Placed>): ReadonlyArray<ReadonlyArray<Placed>> => {
  const requests: Array<Array<Placed>> = []
  let bytes = 0
  for (const draft of drafts) {
    const request = requests.at(-1)
    bytes += sizeOf(draft)
    if (request === undefined || bytes > requestBytes || request.length >= requestRecords) {
      requests.push([draft])
      bytes = sizeOf(draft)
    } else request.push(draft)
  }
  return requests
}

const messageOf = ({ outgoing }: WireIds, { headers = {}, key, partition, timestamp, value }: Placed) => {
  const sent = outgoing(value)
  return {
    partition,
    key: Buffer.from(key),
    value: Buffer.from(sent.buffer, sent.byteOffset, sent.length),
    headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
    timestamp: String(timestamp)
  }
}

/** Where the drafts of one request went: a batch has one first offset, and its records follow it in order. */
const positionsOf = (drafts: ReadonlyArray<Placed>, written: ReadonlyArray<Written>): ReadonlyArray<Position> => {
  const next = new Map(
    written.map(({ baseOffset, partition, topicName }) => [nameOf({ topic: topicName, partition }), Number(baseOffset)])
  )
  return drafts.map(({ partition, topic }) => {
    const offset = next.get(nameOf({ topic, partition })) ?? 0
    next.set(nameOf({ topic, partition }), offset + 1)
    return { topic, partition, offset }
  })
}

const send = async (
  sender: Producer | Transaction,
  drafts: ReadonlyArray<Placed>,
  form: Form
): Promise<ReadonlyArray<Position>> => {
  const positions: Array<Position> = []
  for (const request of requestsOf(drafts)) {
    const byTopic = Map.groupBy(request, (draft) => draft.topic)
    const topicMessages = [...byTopic].map(([topic, drafts]) => ({
      topic,
      messages: drafts.map((draft) => messageOf(form.ids, draft))
    }))
    positions.push(...positionsOf(request, await sender.sendBatch({ compression: form.compression, topicMessages })))
  }
  return positions
}

/** kafkajs waits for the broker to end the last transaction when it sends records, but not when it sends offsets. */
const sendOffsets = async (transaction: Transaction, moves: ReadonlyArray<GroupOffset>): Promise<void> => {
  const [{ group: consumerGroupId }] = moves
  const topics = [...Map.groupBy(moves, ({ topic }) => topic)].map(([topic, places]) => ({
    topic,
    partitions: places.map(({ offset, partition }) => ({ partition, offset: String(offset) }))
  }))
  for (let left = 200; ; left--) {
    try {
      return await transaction.sendOffsets({ consumerGroupId, topics })
    } catch (cause) {
      if (typeOf(cause) !== "CONCURRENT_TRANSACTIONS" || left === 0) throw cause
      await pause(5)
    }
  }
}

/** Both, whatever becomes of either: nothing of a transaction is under way when it is ended. */
const bothOf = async <A>(one: Promise<A>, other: Promise<unknown>): Promise<A> => {
  const [first, second] = await Promise.allSettled([one, other])
  if (first.status === "rejected") throw first.reason
  if (second.status === "rejected") throw second.reason
  return first.value
}

/**
 * Writes records and offsets of one group in one transaction. Neither waits for the other: each takes several requests,
 * and only the transaction's end must come after both.
 */
const transact = async (
  producer: Producer,
  drafts: ReadonlyArray<Placed>,
  form: Form,
  moves: ReadonlyArray<GroupOffset>
) => {
  const transaction = await producer.transaction()
  try {
    const moving = moves.length > 0 ? sendOffsets(transaction, moves) : Promise.resolve()
    const positions = await bothOf(send(transaction, drafts, form), moving)
    await transaction.commit()
    return positions
  } catch (cause) {
    await transaction.abort().catch(() => undefined)
    throw cause
  }
}

/** A producer made when it is first needed, and made anew after a failure. */
export class KafkaSender {
  readonly #client: KafkaClient
  readonly #transactionalId: string | undefined
  #producer: Promise<Producer> | undefined

  constructor(client: KafkaClient, transactionalId?: string) {
    this.#client = client
    this.#transactionalId = transactionalId
  }

  async #use<A>(work: (producer: Producer) => Promise<A>): Promise<A> {
    try {
      this.#producer ??= this.#client.sender(this.#transactionalId)
      return await work(await this.#producer)
    } catch (cause) {
      await this.close()
      throw cause
    }
  }

  /** From here on nobody who had the transactional id before can write, and what they left open is ended. */
  async fence(): Promise<void> {
    await this.close()
    await this.#use(async (producer) => (await producer.transaction()).abort())
  }

  send(drafts: ReadonlyArray<Placed>): Promise<ReadonlyArray<Position>> {
    return this.#use((producer) => send(producer, drafts, this.#client))
  }

  /** @param moves all of one group */
  transact(drafts: ReadonlyArray<Placed>, moves: ReadonlyArray<GroupOffset> = []): Promise<ReadonlyArray<Position>> {
    return this.#use((producer) => transact(producer, drafts, this.#client, moves))
  }

  async close(): Promise<void> {
    const making = this.#producer
    this.#producer = undefined
    const producer = await making?.catch(() => undefined)
    await producer?.disconnect().catch(() => undefined)
  }
}

type Job = ReadonlyArray<Placed>

/**
 * Appends outside of any consumer group. What waits meanwhile goes into the next request or transaction together.
 *
 * Nothing is tried again here once kafkajs has given up: what became of it is not known then, and it must not be
 * written twice.
 */
export class KafkaAppender {
  readonly #place: string
  readonly #single: KafkaSender
  readonly #transactional: KafkaSender
  readonly #requests = new GroupCommit((jobs: ReadonlyArray<Job>) => this.#all(jobs, (all) => this.#single.send(all)))
  readonly #transactions = new GroupCommit((jobs: ReadonlyArray<Job>) =>
    this.#all(jobs, (all) => this.#transactional.transact(all))
  )

  constructor(client: KafkaClient) {
    this.#place = client.place
    this.#single = new KafkaSender(client)
    this.#transactional = new KafkaSender(client, `append/${randomUUID()}`)
  }

  #all(jobs: ReadonlyArray<Job>, write: (all: Job) => Promise<ReadonlyArray<Position>>) {
    return Effect.tryPromise({
      try: async () => {
        const positions = [...(await write(jobs.flat()))]
        return jobs.map((job) => positions.splice(0, job.length))
      },
      catch: (cause) => kafkaFault(this.#place, cause)
    })
  }

  /** All or nothing. */
  append(drafts: Job): Effect.Effect<ReadonlyArray<Position>, LogError> {
    const isOneBatch = new Set(drafts.map(nameOf)).size === 1 && requestsOf(drafts).length === 1
    return (isOneBatch ? this.#requests : this.#transactions).submit(drafts)
  }

  async close(): Promise<void> {
    await Promise.all([this.#single.close(), this.#transactional.close()])
  }
}
