/**
 * Writing to Kafka: drafts become messages, messages become positions. A producer that failed is never used again.
 *
 * One request carries one batch of records for each partition, and a broker keeps a batch whole or not at all: what goes
 * into one partition needs no transaction.
 */
import { randomUUID } from "node:crypto"
import { Effect } from "effect"
import type { LogError, Position } from "./event-log.ts"
import { GroupCommit } from "./group-commit.ts"
import { nameOf } from "./groups.ts"
import type { GroupOffset, Placed } from "./in-process.ts"
import type { KafkaClient, Producer } from "./kafka-client.ts"
import { kafkaFault } from "./kafka-fault.ts"
import { type Form, messageOf, positionsOf, requestsOf } from "./kafka-messages.ts"
import { KafkaTransactions } from "./kafka-transactions.ts"

const send = async (
  producer: Producer,
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
    positions.push(...positionsOf(request, await producer.sendBatch({ compression: form.compression, topicMessages })))
  }
  return positions
}

/** Something made when it is first needed, and made anew after a failure. */
class Renewed<A> {
  readonly #make: () => Promise<A>
  readonly #end: (made: A) => Promise<unknown>
  #making: Promise<A> | undefined

  constructor(make: () => Promise<A>, end: (made: A) => Promise<unknown>) {
    this.#make = make
    this.#end = end
  }

  get isMade(): boolean {
    return this.#making !== undefined
  }

  async use<B>(work: (made: A) => Promise<B>): Promise<B> {
    try {
      this.#making ??= this.#make()
      return await work(await this.#making)
    } catch (cause) {
      await this.close()
      throw cause
    }
  }

  async close(): Promise<void> {
    const making = this.#making
    this.#making = undefined
    const made = await making?.catch(() => undefined)
    if (made !== undefined) await this.#end(made).catch(() => undefined)
  }
}

/** Writes the transactions of one transactional id. */
export class KafkaSender {
  readonly #transactions: Renewed<KafkaTransactions>

  constructor(client: KafkaClient, transactionalId: string) {
    this.#transactions = new Renewed(
      () => KafkaTransactions.of(client, transactionalId),
      (transactions) => transactions.close()
    )
  }

  /** From here on nobody who had the transactional id before can write, and what they left open is ended. */
  async fence(): Promise<void> {
    await this.close()
    await this.#transactions.use(async () => undefined)
  }

  /** @param moves all of one group */
  transact(drafts: ReadonlyArray<Placed>, moves: ReadonlyArray<GroupOffset> = []): Promise<ReadonlyArray<Position>> {
    return this.#transactions.use((transactions) => transactions.transact(drafts, moves))
  }

  /**
   * A last word of one who leaves. Not after a failure: the id may be another's by now, and asking for it again would shut
   * that one out.
   */
  async leave(moves: ReadonlyArray<GroupOffset>): Promise<void> {
    if (this.#transactions.isMade) await this.transact([], moves).catch(() => undefined)
    await this.close()
  }

  close(): Promise<void> {
    return this.#transactions.close()
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
  readonly #client: KafkaClient
  readonly #single: Renewed<Producer>
  readonly #transactional: KafkaSender
  readonly #requests = new GroupCommit((jobs: ReadonlyArray<Job>) => this.#all(jobs, (all) => this.#send(all)))
  readonly #transactions = new GroupCommit((jobs: ReadonlyArray<Job>) =>
    this.#all(jobs, (all) => this.#transactional.transact(all))
  )

  constructor(client: KafkaClient) {
    this.#client = client
    this.#single = new Renewed(
      () => client.sender(),
      (producer) => producer.disconnect()
    )
    this.#transactional = new KafkaSender(client, `append/${randomUUID()}`)
  }

  #send(drafts: Job): Promise<ReadonlyArray<Position>> {
    return this.#single.use((producer) => send(producer, drafts, this.#client))
  }

  #all(jobs: ReadonlyArray<Job>, write: (all: Job) => Promise<ReadonlyArray<Position>>) {
    return Effect.tryPromise({
      try: async () => {
        const positions = [...(await write(jobs.flat()))]
        return jobs.map((job) => positions.splice(0, job.length))
      },
      catch: (cause) => kafkaFault(this.#client.place, cause)
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
