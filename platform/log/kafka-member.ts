/**
 * A place in a consumer group that is kept: where kafkajs gives a consumer up, a new one joins in its stead.
 *
 * kafkajs would start the same one again by itself, in the background. Whoever left meanwhile had left the old one only:
 * the new one joined and stayed, a member that nobody knew of, whose partitions nobody handled. So one consumer is done
 * with here before there is another, and leaving waits for the one that is just joining.
 */
import { setTimeout as pause } from "node:timers/promises"
import type { Place } from "./groups.ts"
import type { Consumer } from "./kafka-client.ts"
import { kafkaFault } from "./kafka-fault.ts"

export interface Joining {
  /** The cluster, for messages. */
  readonly place: string
  /** A consumer that does not start again by itself. */
  readonly make: () => Consumer
  readonly topics: ReadonlyArray<string>
  /** Told the member's partitions whenever they are dealt. */
  readonly assigned: (places: ReadonlyArray<Place>) => void
  /** Told when the membership has ended for good. */
  readonly lost: (cause: unknown) => void
}

/** Between one consumer and the next. */
const restMillis = 500

/** So many consumers in a row may fail to join; each tries for some seconds itself. */
const mostFailures = 60

export class KafkaMember {
  readonly #joining: Joining
  #consumer: Consumer | undefined
  /** Over when nobody is about to join any more. */
  #seated: Promise<void> = Promise.resolve()
  #failures = 0
  #left = false

  private constructor(joining: Joining) {
    this.#joining = joining
  }

  /** Resolves once it has joined, or tries to again; rejects where there are no brokers to ask. */
  static async join(joining: Joining): Promise<KafkaMember> {
    const member = new KafkaMember(joining)
    const seated = member.#sit()
    member.#seated = seated.catch(() => {
      member.#left = true
      return member.#done()
    })
    await seated
    return member
  }

  async #sit(): Promise<void> {
    const { assigned, make, topics } = this.#joining
    const consumer = make()
    this.#consumer = consumer
    consumer.on("consumer.group_join", ({ payload }) => {
      if (this.#consumer !== consumer || this.#left) return
      this.#failures = 0
      consumer.pause(topics.map((topic) => ({ topic })))
      const assignment = Object.entries(payload.memberAssignment)
      assigned(assignment.flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition }))))
    })
    consumer.on("consumer.crash", ({ payload }) => {
      this.#seated = this.#seated.then(() => this.#sitAgain(consumer, payload.error))
    })
    await consumer.connect()
    await consumer.subscribe({ topics: [...topics] })
    await consumer.run({ autoCommit: false, eachBatch: async () => undefined })
  }

  /** Lets a new consumer join where this one has failed. */
  async #sitAgain(failed: Consumer, first: unknown): Promise<void> {
    if (this.#consumer !== failed) return
    let cause = first
    while (!this.#left) {
      await this.#done()
      this.#failures++
      const { reason } = kafkaFault(this.#joining.place, cause)
      if (reason !== "unavailable" || this.#failures > mostFailures) return this.#joining.lost(cause)
      await pause(restMillis)
      if (this.#left) return
      try {
        return await this.#sit()
      } catch (error) {
        cause = error
      }
    }
  }

  async #done(): Promise<void> {
    const consumer = this.#consumer
    this.#consumer = undefined
    await consumer?.disconnect().catch(() => undefined)
  }

  async leave(): Promise<void> {
    if (!this.#left) {
      this.#left = true
      await this.#seated
    }
    await this.#done()
  }
}
